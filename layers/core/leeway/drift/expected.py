"""The quality that a binary model can be expected to have, from its scores alone, before any label has come (CBPE).

Each score is worth the rate at which such scores came true on the holdout. That holds as long as only the inputs have
drifted: where the same input has come to mean something else, it sees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

CAVEAT = "valid as long as only the inputs have drifted, not what they mean"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Expected accuracy and AUC, NaN where there is nothing to say, and the rate of positives."""

    rows: int
    accuracy: float
    auc: float
    rate: float


def expected(bins: Sequence[int], rates: Sequence[float], positive: Sequence[float]) -> Expected:
    """Of so many scores in each bin: its rate on the holdout, and the share of its scores that are called positive."""
    rows = sum(bins)
    hits = [count * rate for count, rate in zip(bins, rates, strict=True)]
    misses = [count - hit for count, hit in zip(bins, hits, strict=True)]
    if not rows:
        return Expected(rows=0, accuracy=nan, auc=nan, rate=nan)
    right = sum(called * hit + (1 - called) * miss for called, hit, miss in zip(positive, hits, misses, strict=True))
    return Expected(rows=rows, accuracy=right / rows, auc=_auc(hits, misses), rate=sum(hits) / rows)


def _auc(hits: Sequence[float], misses: Sequence[float]) -> float:
    """The chance that a positive lies above a negative; those in one bin are even."""
    pairs = sum(hits) * sum(misses)
    if not pairs:
        return nan
    below = won = 0.0
    for hit, miss in zip(hits, misses, strict=True):
        won += hit * (below + miss / 2)
        below += miss
    return won / pairs
