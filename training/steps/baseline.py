"""The baseline: what the training part looked like, feature by feature. Monitoring compares with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from leeway.cells import Label, Value
from leeway.spec import BINARY, REGRESSION, Column, Data
from serving.encoders import most_frequent
from steps.dataset import Sample

QUANTILES = 31
FORMAT = 1


def baseline(samples: Sequence[Sample], data: Data, problem: str = BINARY) -> dict[str, Any]:
    """Counts and shapes of the training samples."""
    labels = [sample.row.label for sample in samples]
    columns = {
        column.name: feature(column, [sample.row.values[n] for sample in samples], data.max_categories)
        for n, column in enumerate(data.columns)
    }
    label = {"name": data.label, "count": len(labels)} | _label(labels, data, problem)
    return {"format": FORMAT, "rows": len(samples), "label": label, "features": columns}


def _label(labels: Sequence[Label], data: Data, problem: str) -> dict[str, Any]:
    """Of a binary label the rate of positives, of a number its shape, of classes their shares."""
    if problem == BINARY:
        return {"positive": data.positive, "rate": labels.count(1) / len(labels)}
    if problem == REGRESSION:
        return _numbers([float(label) for label in labels])
    return {"shares": {name: count / len(labels) for name, count in sorted(Counter(map(str, labels)).items())}}


def feature(column: Column, values: Sequence[Value], most: int) -> dict[str, Any]:
    """One feature; `missing` is the number of rows without a value, and the rest is of those with one."""
    present = [value for value in values if value is not None]
    found: dict[str, Any] = {"type": column.type, "count": len(present), "missing": len(values) - len(present)}
    if column.type in {"int", "float", "date"}:
        return found | _numbers([float(value) for value in present])
    return found | _shares(column, present, most)


def _numbers(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"mean": None, "std": None, "min": None, "max": None, "quantiles": []}
    # Sums by fsum: the same on every machine, whatever its vector instructions.
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    quantiles = np.quantile(np.array(values), np.linspace(0.0, 1.0, QUANTILES))
    return {
        "mean": mean,
        "std": spread,
        "min": min(values),
        "max": max(values),
        "quantiles": [float(quantile) for quantile in quantiles],
    }


def _shares(column: Column, values: Sequence[Value], most: int) -> dict[str, Any]:
    """Shares of the values that the model knows; `distinct` counts all."""
    texts = [("true" if value else "false") if column.type == "bool" else str(value) for value in values]
    counts = Counter(texts)
    kept = most_frequent(counts, len(counts) if column.values else most)
    return {"distinct": len(counts), "shares": {text: counts[text] / len(texts) for text in kept}}
