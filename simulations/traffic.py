"""Cohorts of simulated experiments, many at a time: arrays have a place for each experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Rate = Callable[[int], float]

RAMP = ((0, 0.10), (50, 0.25), (150, 0.50))  # from which look on, what share the challenger has
EVEN = ((0, 0.50),)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`base` is the champion's rate at each look, `lift` the challenger's above it, `share` the challenger's share.

    `routed` is the share that really comes, where it is not the one that the weights say.
    """

    name: str
    base: Rate
    lift: float = 0.0
    weights: tuple[tuple[int, float], ...] = RAMP
    routed: float | None = None
    units: int = 200

    def share(self, look: int) -> float:
        """The challenger's nominal share."""
        return next(share for start, share in reversed(self.weights) if look >= start)


@dataclass(frozen=True, kw_only=True)
class Look:
    """One cohort of each experiment."""

    champion: Counts
    champion_successes: Counts
    challenger: Counts
    challenger_successes: Counts


def constant(_: int) -> float:
    """One rate for all time."""
    return 0.10


def rising(look: int) -> float:
    """From 5 to 15 percent within 500 looks."""
    return 0.05 + 0.10 * min(look / 500, 1.0)


def daily(look: int) -> float:
    """A day of 24 looks, between 5 and 15 percent."""
    return 0.10 + 0.05 * float(np.sin(2 * np.pi * look / 24))


def looks(scenario: Scenario, experiments: int, number: int, seed: int) -> Iterator[Look]:
    """The cohorts of all experiments, look by look."""
    chance = np.random.default_rng(seed)
    for look in range(number):
        share = scenario.share(look) if scenario.routed is None else scenario.routed
        challenger = chance.binomial(scenario.units, share, experiments)
        champion = scenario.units - challenger
        base = scenario.base(look)
        yield Look(
            champion=champion,
            champion_successes=chance.binomial(champion, base),
            challenger=challenger,
            challenger_successes=chance.binomial(challenger, base + scenario.lift),
        )
