"""One metric as a function of the rows' weights: what is computed again and again, once for each resample.

Scores are sorted and losses taken once, so that a resample costs a few sums over the rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from steps import binary, multiclass

Statistic = Callable[[np.ndarray], float]
Build = Callable[[np.ndarray, np.ndarray], Statistic]


def statistic(metric: str, truth: np.ndarray, scores: np.ndarray) -> Statistic:
    """The metric of these rows; NaN where it does not exist with the weights that it is given."""
    return BUILD[metric](truth, scores if scores.ndim > 1 else scores.astype(np.float64))


def _mean_of(losses: np.ndarray, finish: Callable[[float], float] = float) -> Statistic:
    def value(weights: np.ndarray) -> float:
        whole = weights.sum()
        return finish(float((weights * losses).sum() / whole)) if whole else math.nan

    return value


def _by_rank(curve: Callable[[np.ndarray, np.ndarray, binary.Sum], float]) -> Build:
    """A metric of the weights of positives and negatives at each score, the lowest score first."""

    def build(truth: np.ndarray, scores: np.ndarray) -> Statistic:
        order = np.argsort(scores, kind="stable")
        ranked, positive = scores[order], truth[order] == 1.0
        starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))

        def value(weights: np.ndarray) -> float:
            given = weights[order]
            ones, both = np.add.reduceat(given * positive, starts), np.add.reduceat(given, starts)
            return curve(ones, both - ones, _sum)

        return value

    return build


def _sum(values: np.ndarray) -> float:
    return float(values.sum())


def _f1(truth: np.ndarray, scores: np.ndarray) -> Statistic:
    positive, guessed = truth == 1.0, scores >= 0.5
    hits, marks = positive & guessed, positive.astype(np.float64) + guessed

    def value(weights: np.ndarray) -> float:
        both = (weights * marks).sum()
        return float(2.0 * (weights * hits).sum() / both) if both else 0.0

    return value


def _f1_macro(codes: np.ndarray, scores: np.ndarray) -> Statistic:
    truth, guessed, size = codes.astype(np.int64), scores.argmax(axis=1), scores.shape[1]
    right = truth == guessed

    def value(weights: np.ndarray) -> float:
        both = np.bincount(truth, weights, size) + np.bincount(guessed, weights, size)
        hits = np.bincount(truth[right], weights[right], size)
        present = both > 0
        return float((2.0 * hits[present] / both[present]).mean()) if present.any() else math.nan

    return value


def _r2(truth: np.ndarray, scores: np.ndarray) -> Statistic:
    centred = truth.astype(np.float64) - truth.mean(dtype=np.float64)  # far from 0, squares of answers lose all digits
    squares, errors = centred**2, (scores - truth) ** 2

    def value(weights: np.ndarray) -> float:
        whole = weights.sum()
        around = (weights * squares).sum() - (weights * centred).sum() ** 2 / whole if whole else 0.0
        return float(1.0 - (weights * errors).sum() / around) if around > 0 else math.nan

    return value


BUILD: dict[str, Build] = {
    "auc": _by_rank(binary.area_by_rank),
    "aucpr": _by_rank(binary.precision_by_rank),
    "f1": _f1,
    "f1_macro": _f1_macro,
    "r2": _r2,
    "accuracy": lambda truth, scores: _mean_of(_right(truth, scores)),
    "logloss": lambda truth, scores: _mean_of(binary.surprises(truth, scores)),
    "brier": lambda truth, scores: _mean_of((scores - truth) ** 2),
    "mlogloss": lambda truth, scores: _mean_of(multiclass.surprises(truth, scores)),
    "rmse": lambda truth, scores: _mean_of((scores - truth) ** 2, math.sqrt),
    "mae": lambda truth, scores: _mean_of(np.abs(scores - truth)),
}


def _right(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    guessed = scores.argmax(axis=1) if scores.ndim > 1 else scores >= 0.5
    right: np.ndarray = guessed == truth
    return right
