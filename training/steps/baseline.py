"""The baseline: what the training part looked like, feature by feature. Monitoring compares with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leeway.spec import BINARY, REGRESSION, Column, ModelSpec
from serving.encoders import MISSING, most_frequent
from steps.engine import Database

QUANTILES = 31
FORMAT = 1


def baseline(database: Database, spec: ModelSpec) -> dict[str, Any]:
    """Counts and shapes of the training samples, as the model sees them (float32), one column in memory at a time."""
    data = spec.data
    labels = _column(database, "label")
    columns = {
        column.name: feature(database, f"v{n}", column, data.max_categories) for n, column in enumerate(data.columns)
    }
    label = {"name": data.label, "count": len(labels)} | _label(database, labels, spec)
    return {"format": FORMAT, "rows": len(labels), "label": label, "features": columns}


def _column(database: Database, name: str) -> np.ndarray:
    column = database.columns(f"SELECT {name} FROM samples WHERE part = 0")[name]
    filled: np.ndarray = np.ma.filled(column.astype(np.float32), MISSING)
    return filled


def _label(database: Database, labels: np.ndarray, spec: ModelSpec) -> dict[str, Any]:
    """Of a binary label the rate of positives, of a number its shape, of classes their shares."""
    if spec.model.problem == BINARY:
        return {"positive": spec.data.positive, "rate": float((labels == 1).mean())}
    if spec.model.problem == REGRESSION:
        return _numbers(labels)
    return {"shares": _shares(labels, _texts(database, "label"))}


def feature(database: Database, name: str, column: Column, most: int) -> dict[str, Any]:
    """One feature; `missing` is the number of rows without a value, and the rest is of those with one."""
    values = _column(database, name)
    present = values[~np.isnan(values)]
    found: dict[str, Any] = {"type": column.type, "count": len(present), "missing": len(values) - len(present)}
    if column.type == "category":
        return found | _known(_shares(present, _texts(database, name)), None if column.values else most)
    if column.type == "bool":
        return found | _known(_shares(present, ["false", "true"]), None)
    return found | _numbers(present)


def _known(shares: dict[str, float], most: int | None) -> dict[str, Any]:
    """Shares of the values that the model knows; `distinct` counts all."""
    kept = most_frequent(shares, len(shares) if most is None else most)
    return {"distinct": len(shares), "shares": {text: shares[text] for text in kept}}


def _texts(database: Database, name: str) -> list[str]:
    return [text for (text,) in database.rows(f"SELECT value FROM {name}_texts ORDER BY code")]


def _numbers(values: np.ndarray) -> dict[str, Any]:
    if not len(values):
        return {"mean": None, "std": None, "min": None, "max": None, "quantiles": []}
    mean = float(values.mean(dtype=np.float64))
    spread = float(np.sqrt(((values - mean) ** 2).mean(dtype=np.float64)))
    quantiles = np.quantile(values, np.linspace(0.0, 1.0, QUANTILES))
    low, high = _short(values.min()), _short(values.max())
    return {"mean": mean, "std": spread, "min": low, "max": high, "quantiles": [_short(one) for one in quantiles]}


def _short(value: np.floating[Any]) -> float:
    """The number that was written: 59.9, where float32 holds 59.900001525878906."""
    return float(str(np.float32(value)))


def _shares(codes: np.ndarray, texts: Sequence[str]) -> dict[str, float]:
    counts = np.bincount(codes.astype(np.int64), minlength=len(texts))
    return {text: int(count) / len(codes) for text, count in sorted(zip(texts, counts)) if count}  # noqa: B905  equal
