"""Metrics of a binary model, each row with its weight. Sums by fsum: the same on every machine."""

from __future__ import annotations

import math

import numpy as np

LEAST = 1e-15  # a probability of 0 or 1 would make the log loss infinite


def metrics(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """All of them; `scores` are probabilities, and a row is taken for positive from 0.5 on."""
    truth, guessed = labels.astype(np.float64), scores >= 0.5
    return {
        "auc": auc(truth, scores, weights),
        "aucpr": average_precision(truth, scores, weights),
        "accuracy": mean(guessed == (truth == 1.0), weights),
        "f1": f1(truth == 1.0, guessed, weights),
        "logloss": mean(surprises(truth, scores), weights),
        "brier": mean((scores - truth) ** 2, weights),
        "mean_score": mean(scores, weights),
        "base_rate": mean(truth, weights),
    }


def surprises(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The log loss of each row."""
    clipped = np.clip(scores, LEAST, 1.0 - LEAST)
    found: np.ndarray = -np.where(truth == 1.0, np.log(clipped), np.log1p(-clipped))
    return found


def auc(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """The chance that a positive row scores above a negative one; ties count half (Mann and Whitney).

    NaN where it does not exist: with one class alone, or with a score that is no number.
    """
    positive, negative = by_score(labels, scores, weights)
    ones, zeros = math.fsum(positive), math.fsum(negative)
    if not ones or not zeros or np.isnan(scores).any():
        return math.nan
    below = np.cumsum(negative) - negative / 2.0
    return math.fsum((positive * below).tolist()) / (ones * zeros)


def average_precision(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """The area under the precision-recall curve as a sum of steps, without interpolation; NaN as for `auc`."""
    positive, negative = (part[::-1] for part in by_score(labels, scores, weights))
    ones = math.fsum(positive)
    if not ones or not math.fsum(negative) or np.isnan(scores).any():
        return math.nan
    hits, taken = np.cumsum(positive), np.cumsum(positive + negative)
    kept = taken > 0
    return math.fsum((positive[kept] * hits[kept] / taken[kept]).tolist()) / ones


def by_score(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the positive and of the negative rows at each score, the lowest first."""
    _, places = np.unique(scores, return_inverse=True)
    positive = labels == 1.0
    return np.bincount(places, weights * positive), np.bincount(places, weights * ~positive)


def f1(positive: np.ndarray, guessed: np.ndarray, weights: np.ndarray) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is positive and nothing was guessed."""
    hits, both = total(weights[positive & guessed]), total(weights[positive]) + total(weights[guessed])
    return 2.0 * hits / both if both else 0.0


def confusion(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, int]]:
    """Rows by class and by the class that was guessed."""
    guessed = scores >= 0.5
    return {
        str(truth): {str(guess): int(((labels == truth) & (guessed == bool(guess))).sum()) for guess in (0, 1)}
        for truth in (0, 1)
    }


def mean(values: np.ndarray, weights: np.ndarray) -> float:
    """NaN without rows that weigh."""
    whole = total(weights)
    return total(values * weights) / whole if whole else math.nan


def total(values: np.ndarray) -> float:
    """A sum that does not depend on the order of its parts."""
    return math.fsum(values.tolist())
