"""Metrics of a binary model on a holdout that has both classes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

LEAST = 1e-15  # a probability of 0 or 1 would make the log loss infinite
HIGHER_IS_BETTER = {"auc": True, "accuracy": True, "logloss": False, "brier": False}


def metrics(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """All of them; `scores` are probabilities. Sums by fsum: the same on every machine."""
    truth, given = labels.astype(np.float64), scores.astype(np.float64)
    clipped = np.clip(given, LEAST, 1.0 - LEAST)
    surprises = -np.where(truth == 1.0, np.log(clipped), np.log1p(-clipped))
    return {
        "auc": auc(truth, given),
        "logloss": _mean(surprises),
        "accuracy": _mean((given >= 0.5) == (truth == 1.0)),
        "brier": _mean((given - truth) ** 2),
        "mean_score": _mean(given),
        "base_rate": _mean(truth),
    }


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """The chance that a positive row scores above a negative one; ties count half (Mann and Whitney).

    NaN where it does not exist: with one class alone, or with a score that is no number.
    """
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[places]
    positive = labels == 1.0
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros or np.isnan(scores).any():
        return math.nan
    return (math.fsum(ranks[positive]) - ones * (ones + 1) / 2.0) / (ones * zeros)


def report(labels: np.ndarray, scores: np.ndarray, found: dict[str, float]) -> dict[str, Any]:
    """In the form of Model Monitor's model quality: a standard deviation that nobody computed is the text NaN there."""
    guessed = scores >= 0.5
    table = {
        str(truth): {str(guess): int(((labels == truth) & (guessed == bool(guess))).sum()) for guess in (0, 1)}
        for truth in (0, 1)
    }
    values = {name: {"value": value, "standard_deviation": "NaN"} for name, value in found.items()}
    return {"confusion_matrix": table, **values}


def _mean(values: np.ndarray) -> float:
    return math.fsum(float(value) for value in values) / len(values)
