"""An hour of captures of one version, counted: its files fetched from S3, and compared with what the version learnt."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path

from leeway import keys, models
from leeway.bootstrap import App
from leeway.counting import connected
from leeway.drift import plan, records
from leeway.drift.capture import windows
from leeway.drift.records import Counted
from leeway.drift.reference import Reference, reference
from leeway.drift.windows import Window
from leeway.errors import Missing, Rejected
from leeway.request import Takes
from leeway.rollout.observed import Slot
from leeway.rollout.records import slots
from leeway.spec import ModelSpec

MEMORY = "400MB"  # of the function's 1,769; a record is at most some megabytes


def count(app: App, model: str, version: int, hours: Sequence[datetime]) -> list[Window]:
    """Hours of a version, counted anew; nothing is kept, so the looks of every hour see nothing of it.

    Raises Missing for what never served, and Rejected or Unavailable for what cannot be read.
    """
    pointer = models.find(app.table, model)
    served = [slot for slot in slots(app.table, model) if slot.version == version]
    if pointer is None or not served:
        raise Missing(f"version {version} of {model} has never served")
    spec = models.specification(app.objects, app.settings.artifacts_bucket, pointer)
    counter = Hours(app=app, model=model)
    return [counter.recounted(spec, served, hour) for hour in hours]


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Those of one model."""

    app: App
    model: str

    def recounted(self, spec: ModelSpec, served: Sequence[Slot], hour: datetime) -> Window:
        """An hour by itself, of all slots in which a version served then."""
        versus, _ = self.compared(spec, served[-1])
        there = [slot for slot in served if plan.served(slot, hour)]
        return reduce(Window.merge, (self.counted(spec, slot, versus, hour, None).window for slot in there), Window())

    def compared(self, spec: ModelSpec, slot: Slot) -> tuple[Reference, dict[str, object]]:
        """What a version is compared with, and its `baseline.json`."""
        package = self.app.sagemaker.package(slot.package)
        if not package.baseline:
            raise Rejected(f"version {slot.version} has no baseline in the registry")
        baseline, evaluation = (self._json(uri) for uri in (package.baseline, package.evaluation))
        return reference(baseline or {}, evaluation, [column.name for column in spec.data.columns]), baseline or {}

    def _json(self, uri: str) -> dict[str, object] | None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        found: dict[str, object] | None = self.app.objects.get_json(bucket, key) if uri else None
        return found

    def counted(
        self, spec: ModelSpec, slot: Slot, versus: Reference, hour: datetime, before: Counted | None
    ) -> Counted:
        """The hour's window: as it was counted before, unless files have come since."""
        prefix = records.capture_prefix(slot.endpoint, slot.slot, hour)
        files = self.app.objects.listed(self.app.settings.artifacts_bucket, prefix)
        mark = keys.digest(*(part for pair in files for part in pair))
        if before is not None and before.files == mark:
            return before
        return Counted(files=mark, window=self._window(spec, slot, versus, hour, [key for key, _ in files]))

    def _window(self, spec: ModelSpec, slot: Slot, versus: Reference, hour: datetime, files: list[str]) -> Window:
        takes = Takes(
            columns=spec.data.columns,
            beside=frozenset({spec.data.id, spec.data.label, spec.data.event_time, spec.data.weight}),
        )
        with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
            paths = [self._fetched(key, Path(folder) / f"{number}.jsonl") for number, key in enumerate(files)]
            found = windows(
                connected(folder, MEMORY), [path for path in paths if path], takes, spec.model.problem, versus,
                between=plan.bounds(slot, hour),
            )  # fmt: skip
        return reduce(Window.merge, found.values(), Window())

    def _fetched(self, key: str, path: Path) -> Path | None:
        """None for what has gone since it was listed."""
        try:
            self.app.objects.fetch(self.app.settings.artifacts_bucket, key, path)
        except Missing:
            return None
        return path
