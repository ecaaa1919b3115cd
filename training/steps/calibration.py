"""Whether scores mean what they say: the expected calibration error (Naeini et al. 2015; Guo et al. 2017)."""

from __future__ import annotations

import math

import numpy as np

BINS = 10  # of equal width


def calibration_error(scores: np.ndarray, happened: np.ndarray, weights: np.ndarray) -> float:
    """How far, on average, the share of rows in which it happened lies from their scores; NaN where it cannot be said.

    Of a binary model, scores are those of the positive class; of a multiclass model, those of the likeliest one, and
    what happened is that it was right.
    """
    whole = math.fsum(weights.tolist())
    if not whole or np.isnan(scores).any():
        return math.nan
    places = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    said, seen = np.bincount(places, weights * scores), np.bincount(places, weights * happened)
    return math.fsum(np.abs(said - seen).tolist()) / whole
