"""evaluation.json, in the form of Model Monitor's model quality: `<problem>_metrics`, each metric with its value."""

from __future__ import annotations

from typing import Any

import numpy as np

from leeway.spec import BINARY, MULTICLASS, REGRESSION
from steps import binary, multiclass
from steps.holdout import Holdout

NAMES = {
    BINARY: "binary_classification_metrics",
    MULTICLASS: "multiclass_classification_metrics",
    REGRESSION: "regression_metrics",
}
UNKNOWN = "NaN"  # Model Monitor's standard deviation where nobody computed one


def document(problem: str, rows: Holdout, scores: np.ndarray, found: dict[str, float]) -> dict[str, Any]:
    """Metrics, and of classes what was taken for what."""
    dataset = {"item_count": len(rows)}
    values: dict[str, Any] = {name: _valued(value) for name, value in found.items()}
    if problem == BINARY:
        dataset["positive_count"] = int(rows.truth.sum())
        values |= _binary(rows, scores)
    elif problem == MULTICLASS:
        values["confusion_matrix"] = multiclass.confusion(rows.truth, scores, rows.classes)
    return {"version": 0.0, "dataset": dataset, NAMES[problem]: values}


def _binary(rows: Holdout, scores: np.ndarray) -> dict[str, Any]:
    rates = binary.rates(rows.truth, scores >= 0.5, rows.weights)
    found: dict[str, Any] = {name: _valued(value) for name, value in rates.items()}
    return (
        found
        | binary.curves(rows.truth, scores, rows.weights)
        | {"confusion_matrix": binary.confusion(rows.truth, scores)}
    )


def _valued(value: float) -> dict[str, Any]:
    return {"value": value, "standard_deviation": UNKNOWN}
