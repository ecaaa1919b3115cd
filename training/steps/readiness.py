"""Whether there is enough to train on; if not, why: a sentence, never a crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from leeway.spec import BINARY, MULTICLASS, REGRESSION, ModelSpec
from steps.dataset import Dataset, Sample
from steps.split import Parts

MOST_CLASSES = 1000


def not_ready(dataset: Dataset, parts: Parts, spec: ModelSpec) -> str | None:
    """The first reason not to train."""
    return _no_rows(dataset) or _too_few(dataset, spec) or _labels(dataset, spec) or _parts(parts, spec)


def _no_rows(dataset: Dataset) -> str | None:
    if dataset.samples:
        return None
    if not dataset.paths:
        return "the manifest names no file"
    if dataset.refused:
        name, reason = next(iter(dataset.refused.items()))
        return f"{len(dataset.refused)} of {len(dataset.paths)} files are refused, and no row is left; {name}: {reason}"
    return f"no good row in {len(dataset.paths)} files"


def _too_few(dataset: Dataset, spec: ModelSpec) -> str | None:
    if len(dataset.samples) >= spec.data.min_rows:
        return None
    reason = f"{len(dataset.samples)} rows, and min_rows is {spec.data.min_rows}"
    if dataset.out_of_window and dataset.newest:
        days = spec.data.window.total_seconds() / 86400
        reason += (
            f"; {dataset.out_of_window} more lie outside the window of {days:g} days"
            f" before the newest event time, {dataset.newest:%Y-%m-%dT%H:%M:%SZ}"
        )
    return reason + (f"; {dataset.bad_rows} rows are bad" if dataset.bad_rows else "")


def _labels(dataset: Dataset, spec: ModelSpec) -> str | None:
    if spec.model.problem == BINARY:
        return _two_classes(dataset, spec)
    reason = _one_value("", dataset.samples, spec)
    return _classes(dataset, spec) if reason is None and spec.model.problem == MULTICLASS else reason


def _two_classes(dataset: Dataset, spec: ModelSpec) -> str | None:
    answers = sorted({sample.row.answer for sample in dataset.samples})
    if spec.data.positive is not None and len(answers) > 2:
        shown = ", ".join(answers[:5])
        return f"{spec.data.label} has {len(answers)} values ({shown}); a binary model takes two"
    if len(set(dataset.labels)) < 2 and len(answers) > 1 and spec.data.positive is not None:
        return f"one class only: none of the {len(dataset.samples)} rows has {spec.data.label} = {spec.data.positive}"
    return _one_value("", dataset.samples, spec)


def _classes(dataset: Dataset, spec: ModelSpec) -> str | None:
    counts = Counter(sample.row.answer for sample in dataset.samples)
    if len(counts) > MOST_CLASSES:
        hint = 'if it is a quantity, set problem = "regression"'
        return f"{spec.data.label} has {len(counts):,} classes; a model takes {MOST_CLASSES:,} ({hint})"
    if single := sorted(name for name, count in counts.items() if count == 1):
        more = f" and {len(single) - 5} more" if len(single) > 5 else ""
        return f"classes with one row cannot be learnt and tried: {spec.data.label} = {', '.join(single[:5])}{more}"
    return None


def _one_value(where: str, samples: Sequence[Sample], spec: ModelSpec) -> str | None:
    """Why labels that are all the same teach nothing."""
    if len({sample.row.label for sample in samples}) > 1:
        return None
    what = "constant target" if spec.model.problem == REGRESSION else "one class only"
    return f"{what}{where}: all {len(samples)} rows have {spec.data.label} = {samples[0].row.answer}"


def _parts(parts: Parts, spec: ModelSpec) -> str | None:
    for name, samples in parts.named().items():
        if not samples:
            return f"the {name} part is empty after a split by {spec.training.split}; more rows or times are needed"
        if reason := _one_value(f" in the {name} part", samples, spec):
            return reason
        if not any(sample.row.weight for sample in samples):
            return f"{spec.data.weight} is 0 in all {len(samples)} rows of the {name} part"
    return None
