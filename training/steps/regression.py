"""Metrics of a regression, each row with its weight."""

from __future__ import annotations

import math

import numpy as np

from steps.binary import mean


def metrics(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """All of them; r2 does not exist where all rows have the same answer."""
    answers = truth.astype(np.float64)
    squared = mean((scores - answers) ** 2, weights)
    around = mean((answers - mean(answers, weights)) ** 2, weights)
    return {
        "rmse": math.sqrt(squared),
        "mae": mean(np.abs(scores - answers), weights),
        "mse": squared,
        "r2": 1.0 - squared / around if around else math.nan,
        "mean_score": mean(scores, weights),
        "mean_label": mean(answers, weights),
    }
