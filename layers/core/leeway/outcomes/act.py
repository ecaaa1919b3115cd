"""Fetch what a cohort is counted of, count it, and keep the units seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leeway import keys
from leeway.bootstrap import App
from leeway.counting import counted
from leeway.drift.plan import floor
from leeway.drift.records import capture_prefix
from leeway.errors import Missing, Rejected
from leeway.experiment.assignment import Arm
from leeway.outcomes import plan
from leeway.outcomes.cohorts import CohortCounts, count
from leeway.outcomes.plan import Slice
from leeway.outcomes.truth import UNIT_ID, Question
from leeway.rollout.records import package
from leeway.spec import MULTICLASS, ModelSpec

MEMORY = "128MB"  # of DuckDB, beside what Python takes
CLASSES = "classes"  # in evaluation.json's scores: the order of a multiclass model's probabilities


def cohort(app: App, spec: ModelSpec, piece: Slice, folder: Path, seen_key: str = "") -> CohortCounts:
    """Count one ripe slice, from S3; the same again whenever it is counted again.

    What is fetched stays in `folder`, so that the next slice, which shares most label files, fetches only its own.
    Below `seen_key` (by itself in the experiment's folder) each slice leaves the units seen so far, and reads what the
    slice before it has left; so slices are counted in their order. Raises Rejected where nothing can ever be counted.
    """
    assignment = piece.assignment
    if assignment.challenger is None:
        raise Rejected("an epoch without a challenger has no cohorts")
    question = Question(data=spec.data, problem=spec.model.problem, reward=spec.rollout.reward, unit=spec.rollout.unit)
    prefix = seen_key.rstrip("/") + "/" if seen_key else plan.seen(spec.model.name, assignment.experiment)
    keep = folder / f"{keys.digest(prefix, piece.name)}.parquet"
    arms = (assignment.champion, assignment.challenger)
    captured = (_captures(app, arms[0], piece, folder), _captures(app, arms[1], piece, folder))
    label_files = labels(app, spec, (piece.begin, piece.end), spec.rollout.outcome_window, folder)
    classes = (_classes(app, spec, arms[0]), _classes(app, spec, arms[1]))
    seen = _seen(app, prefix, piece, folder) if question.unit == UNIT_ID else None
    with counted(folder, MEMORY) as connection:
        counts = count(connection, captured, label_files, piece, question, classes=classes, seen=seen, keep=keep)
    if question.unit == UNIT_ID:
        app.objects.store(app.settings.artifacts_bucket, f"{prefix}{piece.name}.parquet", keep)
    return counts


def labels(app: App, spec: ModelSpec, span: tuple[datetime, datetime], window: timedelta, folder: Path) -> list[Path]:
    """The label files of what was predicted within a span of time, in the order in which they count."""
    bucket, model = app.settings.inbox_bucket, spec.model.name
    first, until = plan.folders(model, *span, window)
    found = app.objects.listed(bucket, f"{plan.LABELS}{model}/", after=first, until=until)
    return fetched(app, bucket, [(key, etag) for key, etag in found if plan.in_an_hour(key)], folder)


def fetched(app: App, bucket: str, found: Sequence[tuple[str, str]], folder: Path) -> list[Path]:
    """Objects (key and ETag) as files, each fetched once; without those that have gone since they were listed."""
    paths = []
    for key, etag in found:
        path = folder / keys.digest(bucket, key, etag)
        if not path.exists():
            part = path.with_suffix(".part")
            try:
                app.objects.fetch(bucket, key, part)
            except Missing:
                continue
            part.rename(path)
        paths.append(path)
    return paths


def _captures(app: App, arm: Arm, piece: Slice, folder: Path) -> list[Path]:
    """A slice lies within one hour, so its captures lie in one folder of each arm."""
    return captured(app, arm.endpoint, arm.slot, piece.begin, folder)


def captured(app: App, endpoint: str, slot: str, begin: datetime, folder: Path) -> list[Path]:
    """The captures of a slot in the hour of a moment."""
    bucket = app.settings.artifacts_bucket
    return fetched(app, bucket, app.objects.listed(bucket, capture_prefix(endpoint, slot, floor(begin))), folder)


def _seen(app: App, prefix: str, piece: Slice, folder: Path) -> Path | None:
    """What the slice before has left."""
    bucket = app.settings.artifacts_bucket
    before = app.objects.listed(bucket, prefix, until=f"{prefix}{piece.name}")
    found = fetched(app, bucket, before[-1:], folder)
    return found[0] if found else None


def _classes(app: App, spec: ModelSpec, arm: Arm) -> tuple[str, ...]:
    """The classes of a version in the order of its probabilities."""
    if spec.model.problem != MULTICLASS:
        return ()
    known = package(app.table, spec.model.name, arm.version)
    uri = app.sagemaker.package(known.arn).evaluation if known else ""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return classes_of(app.objects.get_json(bucket, key) if uri else None, arm.version)


def classes_of(evaluation: Mapping[str, Any] | None, version: int) -> tuple[str, ...]:
    """What the `evaluation.json` of a version says of its classes."""
    found = ((evaluation or {}).get("scores") or {}).get(CLASSES)
    if not found:
        raise Rejected(f"version {version} was evaluated without the order of its classes; train it again")
    return tuple(found)
