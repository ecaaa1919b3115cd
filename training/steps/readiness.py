"""Whether there is enough to train on; if not, why: a sentence, never a crash."""

from __future__ import annotations

from leeway.spec import BINARY, BUILTIN, MULTICLASS, REGRESSION, ModelSpec
from steps.dataset import Dataset
from steps.samples import Labels

MOST_CLASSES = 1000


def not_ready(dataset: Dataset, spec: ModelSpec) -> str | None:
    """The first reason not to train."""
    data = _no_rows(dataset) or _too_few(dataset, spec) or _labels(dataset, spec)
    return data or _parts(dataset, spec) or _promised(dataset, spec)


def _no_rows(dataset: Dataset) -> str | None:
    files, refused = dataset.staging.files, dataset.refused
    if dataset.samples.all.rows:
        return None
    if not files:
        return "the manifest names no file"
    if refused:
        name, reason = next(iter(refused.items()))
        return f"{len(refused)} of {len(files)} files are refused, and no row is left; {name}: {reason}"
    return f"no good row in {len(files)} files"


def _too_few(dataset: Dataset, spec: ModelSpec) -> str | None:
    samples = dataset.samples
    if samples.all.rows >= spec.data.min_rows:
        return None
    reason = f"{samples.all.rows} rows, and min_rows is {spec.data.min_rows}"
    if samples.out_of_window and samples.last:
        days = spec.data.window.total_seconds() / 86400
        reason += (
            f"; {samples.out_of_window} more lie outside the window of {days:g} days"
            f" before the newest event time, {samples.last:%Y-%m-%dT%H:%M:%SZ}"
        )
    return reason + (f"; {dataset.bad_rows} rows are bad" if dataset.bad_rows else "")


def _labels(dataset: Dataset, spec: ModelSpec) -> str | None:
    labels = dataset.samples.all
    if spec.model.problem == BINARY:
        return _two_classes(labels, spec)
    reason = _one_value("", labels, spec)
    return _classes(labels, spec) if reason is None and spec.model.problem == MULTICLASS else reason


def _two_classes(labels: Labels, spec: ModelSpec) -> str | None:
    answers = sorted(labels.answers)
    if spec.data.positive is not None and len(answers) > 2:
        return f"{spec.data.label} has {len(answers)} values ({', '.join(answers[:5])}); a binary model takes two"
    if labels.values < 2 and len(answers) > 1 and spec.data.positive is not None:
        return f"one class only: none of the {labels.rows} rows has {spec.data.label} = {spec.data.positive}"
    return _one_value("", labels, spec)


def _classes(labels: Labels, spec: ModelSpec) -> str | None:
    if labels.values > MOST_CLASSES:
        hint = 'if it is a quantity, set problem = "regression"'
        return f"{spec.data.label} has {labels.values:,} classes; a model takes {MOST_CLASSES:,} ({hint})"
    if single := sorted(name for name, count in labels.answers.items() if count == 1):
        more = f" and {len(single) - 5} more" if len(single) > 5 else ""
        return f"classes with one row cannot be learnt and tried: {spec.data.label} = {', '.join(single[:5])}{more}"
    return None


def _promised(dataset: Dataset, spec: ModelSpec) -> str | None:
    """SageMaker's own algorithm is told the number of classes before anyone has read the data."""
    if spec.model.problem != MULTICLASS or spec.training.algorithm != BUILTIN:
        return None
    learnt = dataset.samples.parts["train"].answers
    if lacking := sorted(set(spec.data.classes) - set(learnt)):
        return (
            f"the train part has no row with {spec.data.label} = {', '.join(lacking[:5])}:"
            " the built-in algorithm needs all that data.classes names"
        )
    return None


def _one_value(where: str, labels: Labels, spec: ModelSpec) -> str | None:
    """Why labels that are all the same teach nothing."""
    if labels.values > 1:
        return None
    what = "constant target" if spec.model.problem == REGRESSION else "one class only"
    return f"{what}{where}: all {labels.rows} rows have {spec.data.label} = {labels.one}"


def _parts(dataset: Dataset, spec: ModelSpec) -> str | None:
    for name, labels in dataset.samples.parts.items():
        if not labels.rows:
            return f"the {name} part is empty after a split by {spec.training.split}; more rows or times are needed"
        if reason := _one_value(f" in the {name} part", labels, spec):
            return reason
        if not labels.weight:
            return f"{spec.data.weight} is 0 in all {labels.rows} rows of the {name} part"
    return None
