"""Metrics of a model on a holdout, by problem: what the gate may ask for, and what evaluation.json shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from leeway.spec import BINARY, MULTICLASS, REGRESSION
from steps import binary, multiclass, regression

HIGHER_IS_BETTER = {
    "auc": True,
    "aucpr": True,
    "accuracy": True,
    "f1": True,
    "f1_macro": True,
    "r2": True,
    "logloss": False,
    "mlogloss": False,
    "brier": False,
    "rmse": False,
    "mae": False,
}
Metrics = Callable[[np.ndarray, np.ndarray, np.ndarray], dict[str, float]]
OF: dict[str, Metrics] = {
    BINARY: binary.metrics,
    MULTICLASS: multiclass.metrics,
    REGRESSION: regression.metrics,
}


def metrics(problem: str, truth: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None) -> dict[str, float]:
    """All metrics of a problem; a metric that does not exist on these rows is NaN.

    `truth` holds 0 and 1, numbers, or codes of classes; `scores` probabilities of 1, numbers, or rows of probabilities.
    """
    given = np.ones(len(truth)) if weights is None else weights.astype(np.float64)
    # Rows of probabilities stay as they are, for there may be a thousand in each.
    return OF[problem](truth, scores if scores.ndim > 1 else scores.astype(np.float64), given)
