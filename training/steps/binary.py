"""Metrics of a binary model, each row with its weight. Sums by fsum: the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from steps.calibration import calibration_error

Sum = Callable[[np.ndarray], float]
POINTS = 101  # of a curve; a holdout may have a million scores
TINY = 1e-300  # nothing is divided by zero
LEAST = 1e-15  # a probability of 0 or 1 would make the log loss infinite


def mean(values: np.ndarray, weights: np.ndarray) -> float:
    """NaN without rows that weigh."""
    whole = total(weights)
    return total(values * weights) / whole if whole else math.nan


def total(values: np.ndarray) -> float:
    """A sum that does not depend on the order of its parts."""
    return math.fsum(values.tolist())


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
        "expected_calibration_error": calibration_error(scores, truth, weights),
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
    return math.nan if np.isnan(scores).any() else area_by_rank(*by_score(labels, scores, weights))


def average_precision(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> float:
    """The area under the precision-recall curve as a sum of steps, without interpolation; NaN as for `auc`."""
    return math.nan if np.isnan(scores).any() else precision_by_rank(*by_score(labels, scores, weights))


def area_by_rank(positive: np.ndarray, negative: np.ndarray, add: Sum = total) -> float:
    """The AUC of the weights at each score, the lowest first."""
    ones, zeros = add(positive), add(negative)
    if not ones or not zeros:
        return math.nan
    below = np.cumsum(negative) - negative / 2.0
    return add(positive * below) / (ones * zeros)


def precision_by_rank(positive: np.ndarray, negative: np.ndarray, add: Sum = total) -> float:
    """The average precision of the weights at each score, the lowest first."""
    ones = add(positive)
    if not ones or not add(negative):
        return math.nan
    hits, taken = np.cumsum(positive[::-1]), np.cumsum((positive + negative)[::-1])
    share = np.divide(hits, taken, out=np.zeros(len(hits)), where=taken > 0)
    return add(positive[::-1] * share) / ones


def by_score(labels: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the positive and of the negative rows at each score, the lowest first."""
    _, places = np.unique(scores, return_inverse=True)
    positive = labels == 1.0
    return np.bincount(places, weights * positive), np.bincount(places, weights * ~positive)


def f1(positive: np.ndarray, guessed: np.ndarray, weights: np.ndarray) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is positive and nothing was guessed."""
    hits, both = total(weights[positive & guessed]), total(weights[positive]) + total(weights[guessed])
    return 2.0 * hits / both if both else 0.0


def rates(truth: np.ndarray, guessed: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """Shares of the rows that were taken for the right class; 0 where there are none to take."""
    positive = truth == 1.0
    hit, false_alarm = _share(guessed, positive, weights), _share(guessed, ~positive, weights)
    return {
        "recall": hit,
        "precision": _share(positive, guessed, weights),
        "true_positive_rate": hit,
        "true_negative_rate": 1.0 - false_alarm,
        "false_positive_rate": false_alarm,
        "false_negative_rate": 1.0 - hit,
    }


def _share(of: np.ndarray, among: np.ndarray, weights: np.ndarray) -> float:
    whole = total(weights[among])
    return total(weights[among & of]) / whole if whole else 0.0


def curves(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, dict[str, list[float]]]:
    """Of receiver operating characteristic, and of precision and recall: at most POINTS points, from strict to lax."""
    positive, negative = (part[::-1] for part in by_score(truth, scores, weights))
    hits, alarms = np.cumsum(positive), np.cumsum(negative)
    picked = np.unique(np.linspace(0, len(hits) - 1, min(POINTS, len(hits))).astype(np.int64))
    recall = hits[picked] / max(hits[-1], TINY)
    precision = hits[picked] / np.maximum(hits + alarms, TINY)[picked]
    false_alarms = alarms[picked] / max(alarms[-1], TINY)
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [0.0, *false_alarms.tolist()],
            "true_positive_rates": [0.0, *recall.tolist()],
        },
        "precision_recall_curve": {"precisions": precision.tolist(), "recalls": recall.tolist()},
    }


def confusion(labels: np.ndarray, scores: np.ndarray) -> dict[str, dict[str, int]]:
    """Rows by class and by the class that was guessed."""
    guessed = scores >= 0.5
    return {
        str(truth): {str(guess): int(((labels == truth) & (guessed == bool(guess))).sum()) for guess in (0, 1)}
        for truth in (0, 1)
    }
