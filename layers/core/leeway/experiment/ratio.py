"""Sample ratio mismatch: whether units came to the arms in the proportion that the weights say.

A Dirichlet prior around the weights makes the multinomial likelihood ratio an e-process (Lindon and Malek, NeurIPS
2022). The weights of each epoch are its own, so each has its own prior, and the ratios of the epochs multiply.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

CONCENTRATION = 500.0  # units that the prior is worth: shares within some percent of the weights are likely before data
ALPHA = 0.001


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """Units assigned to each arm under one set of weights; the weights are shares."""

    weights: tuple[float, ...]
    units: tuple[int, ...]


def mismatch(epochs: Iterable[Epoch]) -> float:
    """Evidence that units do not come as the weights say; to be believed from 1/ALPHA on."""
    total = sum(_log_evidence(epoch.weights, epoch.units) for epoch in epochs)
    return exp(total) if total < 700 else float("inf")


def _log_evidence(weights: Sequence[float], units: Sequence[int]) -> float:
    """An arm of no weight that gets units all the same is proof."""
    if any(count and not weight for weight, count in zip(weights, units, strict=True)):
        return float("inf")
    arms = [(CONCENTRATION * weight, weight, count) for weight, count in zip(weights, units, strict=True) if weight]
    prior = lgamma(CONCENTRATION) - lgamma(CONCENTRATION + sum(count for *_, count in arms))
    return prior + sum(lgamma(mass + count) - lgamma(mass) - count * log(weight) for mass, weight, count in arms)
