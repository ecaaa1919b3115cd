"""An hour of captures of one version, counted: its files fetched from S3, and compared with what the version learnt."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path

from leeway import keys, models
from leeway.bootstrap import App
from leeway.drift import plan, records, shares
from leeway.drift.reference import Reference, reference
from leeway.drift.shares import Counted
from leeway.drift.windows import Window
from leeway.errors import Missing, Rejected
from leeway.rollout.observed import Slot
from leeway.rollout.records import slots
from leeway.spec import ModelSpec

MEMORY = "400MB"  # of the function's 1,769; a record is at most some megabytes
MEGABYTE = 10**6
MARK = 20  # hex digits that tell a file of a capture by its name and its ETag


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a capture, and its bytes."""

    key: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Todo:
    """What is there of an hour: what is `known` of it, and the files by their marks that are `new`."""

    hour: datetime
    between: tuple[datetime, datetime]
    known: Counted
    new: Mapping[str, File]

    @property
    def size(self) -> int:
        """Bytes that are to be counted."""
        return sum(file.size for file in self.new.values())


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
        todos = [self.todo(slot, hour, None) for slot in there]
        if (size := sum(todo.size for todo in todos)) > spec.monitoring.job_above * MEGABYTE:
            raise Rejected(
                f"it holds {size / MEGABYTE:,.1f} MB of captures, more than monitoring.job_above"
                f" ({spec.monitoring.job_above:,} MB); what a job has counted of it is in leeway drift {self.model}"
            )
        return reduce(Window.merge, (self.counted(spec, versus, todo).window for todo in todos), Window())

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

    def todo(self, slot: Slot, hour: datetime, before: Counted | None) -> Todo:
        """What has come of the hour beyond what was counted `before`; all of it, where that is not there any more."""
        prefix = records.capture_prefix(slot.endpoint, slot.slot, hour)
        listed = self.app.objects.sized(self.app.settings.artifacts_bucket, prefix)
        files = {keys.digest(key, etag)[:MARK]: File(key=key, size=size) for key, etag, size in listed}
        known = before if before is not None and before.files <= files.keys() else Counted()
        new = {mark: file for mark, file in files.items() if mark not in known.files}
        return Todo(hour=hour, between=plan.bounds(slot, hour), known=known, new=new)

    def counted(self, spec: ModelSpec, versus: Reference, todo: Todo) -> Counted:
        """The whole hour: what is new is counted and merged with what was known of it."""
        if not todo.new:
            return todo.known
        window = self._window(spec, versus, todo)
        return todo.known.merge(Counted(files=frozenset(todo.new), window=window))

    def _window(self, spec: ModelSpec, versus: Reference, todo: Todo) -> Window:
        with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
            fetched = (
                self._fetched(file.key, Path(folder) / f"{number}.jsonl")
                for number, file in enumerate(todo.new.values())
            )
            paths = [path for path in fetched if path]
            return shares.count(paths, spec, versus, todo.between, folder=folder, memory=MEMORY)

    def _fetched(self, key: str, path: Path) -> Path | None:
        """None for what has gone since it was listed."""
        try:
            self.app.objects.fetch(self.app.settings.artifacts_bucket, key, path)
        except Missing:
            return None
        return path
