"""Rules that decide at each look, for many experiments at a time: ours, and what is commonly used.

Each takes the cohorts one by one and answers 1 (the challenger is better), -1 (worse) or 0 for each experiment.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leeway.experiment.evidence import DOWN, UP
from leeway.experiment.hypergeometric import log_mean_exp
from leeway.experiment.rule import BAR
from simulations.traffic import Look

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int64]


class Decider(Protocol):
    """A rule."""

    def look(self, cohort: Look) -> Verdicts:
        """What it says after one more cohort."""
        ...


class Ours:
    """`leeway.experiment`, its sums kept for all experiments at once; what is costly is asked once a pair of counts."""

    def __init__(self, grid: tuple[float, ...] = UP + DOWN) -> None:
        self._grid = np.array(grid)
        self._sums: Floats = np.zeros((1, len(grid)))
        self._known: dict[tuple[int, int, int], Floats] = {}

    def look(self, cohort: Look) -> Verdicts:
        """As Evidence.add, Evidence.up and Evidence.down."""
        successes = cohort.champion_successes + cohort.challenger_successes
        keys = np.stack([cohort.champion + cohort.challenger, successes, cohort.challenger], axis=1)
        found, places = np.unique(keys, axis=0, return_inverse=True)
        norms = np.array([self._norms(*map(int, key)) for key in found])[places]
        self._sums = self._sums + self._grid * cohort.challenger_successes[:, None] - norms
        up = _mean_exp(self._sums[:, : len(UP)]) >= np.log(BAR)
        down = _mean_exp(self._sums[:, len(UP) :]) >= np.log(BAR)
        verdicts: Verdicts = up.astype(np.int64) - down.astype(np.int64)
        return verdicts

    def _norms(self, units: int, successes: int, draws: int) -> Floats:
        key = (units, successes, draws)
        if key not in self._known:
            self._known[key] = np.array([log_mean_exp(float(odds), units, successes, draws) for odds in self._grid])
        return self._known[key]


def _mean_exp(logs: Floats) -> Floats:
    top = logs.max(axis=1)
    found: Floats = top + np.log(np.exp(logs - top[:, None]).mean(axis=1))
    return found


class _Pooled:
    """What looks at the totals of both arms, whatever weights and rates were in between."""

    def __init__(self) -> None:
        self.units: list[Floats] = [np.zeros(1), np.zeros(1)]
        self.successes: list[Floats] = [np.zeros(1), np.zeros(1)]
        self.looks = 0

    def look(self, cohort: Look) -> Verdicts:
        """What it says after one more cohort."""
        self.looks += 1
        self.units = [self.units[0] + cohort.champion, self.units[1] + cohort.challenger]
        self.successes = [
            self.successes[0] + cohort.champion_successes,
            self.successes[1] + cohort.challenger_successes,
        ]
        return self.decide()

    def decide(self) -> Verdicts:
        """Of the totals."""
        raise NotImplementedError

    def difference(self) -> tuple[Floats, Floats]:
        """The difference of the rates, and its variance under one common rate."""
        rates = [(one + 0.5) / (units + 1) for one, units in zip(self.successes, self.units, strict=True)]
        pooled = (self.successes[0] + self.successes[1] + 0.5) / (self.units[0] + self.units[1] + 1)
        return rates[1] - rates[0], pooled * (1 - pooled) * (1 / (self.units[0] + 1) + 1 / (self.units[1] + 1))


def _signed(evidence: NDArray[np.bool_], side: Floats) -> Verdicts:
    verdicts: Verdicts = np.where(evidence, np.sign(side), 0).astype(np.int64)
    return verdicts


class NaiveZ(_Pooled):
    """A z-test of two proportions at each look, at 5 percent."""

    def decide(self) -> Verdicts:
        """Of the totals."""
        difference, variance = self.difference()
        return _signed(np.abs(difference) > 1.959964 * np.sqrt(variance), difference)


class ObrienFleming(_Pooled):
    """The same with bounds that spend 5 percent over 500 planned looks: 2.04 / sqrt(share of looks)."""

    def decide(self) -> Verdicts:
        """Of the totals."""
        difference, variance = self.difference()
        bound = 2.04 / np.sqrt(min(self.looks / 500, 1.0))
        return _signed(np.abs(difference) > bound * np.sqrt(variance), difference)


class Bayes(_Pooled):
    """A winner once P(one rate is the larger) is over 95 percent, with flat priors."""

    def decide(self) -> Verdicts:
        """Of the totals; the posterior of the difference by its normal form, sure at 1.645 deviations."""
        difference, deviation = self._posterior()
        return _signed(np.abs(difference) > 1.644854 * deviation, difference)

    def better(self) -> Floats:
        """P(the challenger's rate is the larger), of each experiment."""
        difference, deviation = self._posterior()
        chances: Floats = np.array([NormalDist().cdf(one) for one in difference / deviation])
        return chances

    def _posterior(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the difference."""
        means, variances = [], []
        for successes, units in zip(self.successes, self.units, strict=True):
            mean = (successes + 1) / (units + 2)
            means.append(mean)
            variances.append(mean * (1 - mean) / (units + 3))
        return means[1] - means[0], np.sqrt(variances[0] + variances[1])


class Msprt(_Pooled):
    """The mixture sequential probability ratio test (Johari et al.): a normal prior of 2 points on the difference."""

    def decide(self) -> Verdicts:
        """Of the totals."""
        difference, variance = self.difference()
        prior = 0.02**2
        ratio = 0.5 * np.log(variance / (variance + prior)) + difference**2 * prior / (
            2 * variance * (variance + prior)
        )
        return _signed(ratio >= np.log(1 / 0.05), difference)
