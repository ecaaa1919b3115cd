"""What `monitor` does about labels: an hour is measured once its outcome window has closed, and told in its report."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leeway.bootstrap import App
from leeway.counting import counted
from leeway.drift import plan as hourly
from leeway.drift.records import capture_prefix, report_key
from leeway.errors import Rejected
from leeway.outcomes import act, plan
from leeway.outcomes.quality import Verdict, Watch, events
from leeway.outcomes.scored import Measured, Version, measure
from leeway.rollout.observed import Slot
from leeway.spec import MULTICLASS, ModelSpec

MOST = 6  # hours that one look makes up for, within the time of a function
MEMORY = "300MB"
LARGEST = 3 * 10**9  # bytes of an hour's captures: what the function's disk takes, with labels and what DuckDB spills
TOO_LARGE = "its hour has more captures than the function takes"


def watched(slots: list[Slot], window: timedelta, now: datetime) -> list[Slot]:
    """The versions that have hours whose outcome window has not closed, or only just."""
    return [slot for slot in slots if slot.end is None or due(slot.end, window) + 2 * hourly.HOUR > now]


def due(end: datetime, window: timedelta) -> datetime:
    """When all labels and all captures are there of what was predicted before `end`."""
    return max(plan.ripe(end, window), end + hourly.LATE)


def look(app: App, spec: ModelSpec, slot: Slot, now: datetime) -> Verdict | None:
    """Measure the hours that are due; what is known by then, None where no label has ever come."""
    name, window = spec.model.name, spec.rollout.outcome_window
    key = f"monitoring/{name}/v{slot.version}/quality.json"
    document = app.objects.get_json(app.settings.artifacts_bucket, key)
    watch = Watch.from_json(document) if document else Watch()
    verdict = Verdict(**document["verdict"]) if document else None
    hours = list(_due(slot, watch.until, window, now))[:MOST]
    if not hours or not _labels(app, name, hours[0], hours[-1], window):
        return verdict
    evaluation = _evaluation(app, slot)
    held_to = events(spec.model.problem, evaluation)
    classes = act.classes_of(evaluation, slot.version) if spec.model.problem == MULTICLASS else ()
    version = Version(data=spec.data, problem=spec.model.problem, classes=classes, held_to=held_to)
    with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
        for hour in hours:
            found = _measured(app, spec, slot, hour, version, Path(folder))
            watch, verdict = watch.after(hour, found.counted, held_to, spec.monitoring.delta)
            _tell(app, report_key(name, slot.version, hour), found, verdict)
    assert verdict is not None  # there was an hour
    _put(app, key, watch.to_json() | {"verdict": vars(verdict)})
    return verdict


def _due(slot: Slot, until: datetime | None, window: timedelta, now: datetime) -> Iterator[datetime]:
    hour = hourly.floor(slot.begin) if until is None else until + hourly.HOUR
    while due(hourly.bounds(slot, hour)[1], window) <= now and (slot.end is None or hour < slot.end):
        yield hour
        hour += hourly.HOUR


def _labels(app: App, model: str, first: datetime, last: datetime, window: timedelta) -> bool:
    """Whether there is any for these hours."""
    after, until = plan.folders(model, first, last + hourly.HOUR, window)
    return bool(app.objects.listed(app.settings.inbox_bucket, f"{plan.LABELS}{model}/", after=after, until=until))


def _evaluation(app: App, slot: Slot) -> dict[str, Any]:
    uri = app.sagemaker.package(slot.package).evaluation
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found: dict[str, Any] | None = app.objects.get_json(bucket, key) if uri else None
    if not found:
        raise Rejected(f"version {slot.version} has no evaluation in the registry")
    return found


def _measured(app: App, spec: ModelSpec, slot: Slot, hour: datetime, version: Version, folder: Path) -> Measured:
    span = hourly.bounds(slot, hour)
    bucket = app.settings.artifacts_bucket
    listed = app.objects.sized(bucket, capture_prefix(slot.endpoint, slot.slot, hour))
    large = sum(size for _, _, size in listed) > LARGEST
    label_files = [] if large else act.labels(app, spec, span, spec.rollout.outcome_window, folder)
    captured = act.fetched(app, bucket, [(key, etag) for key, etag, _ in listed] if label_files else [], folder)
    with counted(folder, MEMORY) as connection:
        found = measure(connection, captured, label_files, span, version, folder)
    return replace(found, unused={TOO_LARGE: 1}) if large else found


def _tell(app: App, key: str, found: Measured, verdict: Verdict) -> None:
    """Beside the drift of the hour; where that was never counted, there is no report."""
    report = app.objects.get_json(app.settings.artifacts_bucket, key)
    if report is None:
        return
    told = vars(verdict) | {"rows": found.counted.rows, "unused": found.unused}
    _put(app, key, report | {"quality": found.metrics, "quality_verdict": told})


def _put(app: App, key: str, document: dict[str, Any]) -> None:
    app.objects.put(app.settings.artifacts_bucket, key, json.dumps(document).encode())
