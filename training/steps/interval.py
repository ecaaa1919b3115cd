"""How sure the difference between two models is: a paired bootstrap over the rows that both have scored.

Poisson bootstrap: each row counts as often as a Poisson number of mean 1 says, the same for both models (Chamandy et
al., "Estimating Uncertainty for Massive Data Streams", Google, 2012). Of a large holdout a sample is resampled, so that
the time is bounded; the interval is then wider than the whole holdout would give, never narrower.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from steps.statistic import Statistic, statistic

REPLICATES, LARGEST, CONFIDENCE = 1000, 100_000, 0.95
BLOCK = 20  # resamples whose numbers are drawn at once
LOST = 0.05  # share of resamples without the metric (one class alone) up to which the others speak for all


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Challenger's metric minus the champion's, with a 95 % interval; None where there are too few rows for one."""

    value: float
    low: float | None
    high: float | None
    confidence: float = CONFIDENCE
    method: str = "paired Poisson bootstrap"
    replicates: int = REPLICATES
    rows: int = 0

    def text(self) -> str:
        """In brackets behind a comparison."""
        if self.low is None or self.high is None:
            return f"difference {self.value:+.4f}, too few rows for an interval"
        return f"difference {self.value:+.4f}, {self.confidence:.0%} interval {self.low:+.4f} to {self.high:+.4f}"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two models' scores of the same rows."""

    truth: np.ndarray
    challenger: np.ndarray
    champion: np.ndarray
    weights: np.ndarray


def difference(metric: str, pair: Pair, value: float, seed: int) -> Difference:
    """The interval around `value`, the difference on all rows; the same for the same seed."""
    chance = np.random.Generator(np.random.PCG64(seed))
    drawn = _sample(pair, chance)
    ours, theirs = (statistic(metric, drawn.truth, scores) for scores in (drawn.challenger, drawn.champion))
    around = ours(drawn.weights) - theirs(drawn.weights)
    found = _resampled(ours, theirs, drawn.weights, chance) - around
    good = found[~np.isnan(found)]
    if math.isnan(value) or len(good) < (1 - LOST) * REPLICATES:
        return Difference(value=value, low=None, high=None, rows=len(drawn.truth))
    tail = (1 - CONFIDENCE) / 2
    low, high = (float(value + edge) for edge in np.quantile(good, [tail, 1 - tail]))
    return Difference(value=value, low=low, high=high, rows=len(drawn.truth))


def _sample(pair: Pair, chance: np.random.Generator) -> Pair:
    if len(pair.truth) <= LARGEST:
        return pair
    rows = np.sort(chance.choice(len(pair.truth), LARGEST, replace=False))
    return Pair(
        truth=pair.truth[rows],
        challenger=pair.challenger[rows],
        champion=pair.champion[rows],
        weights=pair.weights[rows],
    )


def _resampled(ours: Statistic, theirs: Statistic, weights: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    found = []
    for _ in range(REPLICATES // BLOCK):
        for counts in chance.poisson(1.0, (BLOCK, len(weights))):
            resample = weights * counts
            found.append(ours(resample) - theirs(resample))
    return np.array(found)
