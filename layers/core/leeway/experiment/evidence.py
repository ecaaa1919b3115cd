"""Evidence for and against a challenger, right however often one looks, and while weights and base rates change.

In each cohort the successes of the challenger, given the successes of both, are hypergeometric where the two are alike.
So the likelihood ratio of a log odds ratio compares units with those of the same hour and the same weights alone
(Cochran, Mantel and Haenszel), and a mean of such ratios is an e-process: P(it ever reaches 1/alpha) <= alpha, by
Ville's inequality. Turner and Grünwald, arXiv 2302.11401; ter Schure et al., NEJSDS 2024.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

from leeway.experiment.hypergeometric import log_mean_exp

UP = tuple(0.02 * 50 ** (n / 9) for n in range(10))  # log odds ratios, 0.02 to 1
# -0.02 to -3. Harm below 0.05 shows in hundreds of thousands of units only; one point for it leaves its weight to more.
DOWN = (-0.02, *(-0.05 * 60 ** (n / 10) for n in range(11)))


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Units that were assigned in one time slice under one set of weights, and how many of them are successes."""

    champion: int
    champion_successes: int
    challenger: int
    challenger_successes: int

    def __post_init__(self) -> None:
        pairs = ((self.champion, self.champion_successes), (self.challenger, self.challenger_successes))
        if not all(0 <= successes <= units for units, successes in pairs):
            raise ValueError(f"a cohort has successes among its units: {self}")

    @property
    def says_nothing(self) -> bool:
        """Of one arm alone, or of one outcome alone."""
        successes = self.champion_successes + self.challenger_successes
        units = self.champion + self.challenger
        return not self.champion or not self.challenger or successes in {0, units}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The log likelihood ratio of each log odds ratio of `grid` against none, summed over cohorts."""

    grid: tuple[float, ...]
    sums: tuple[float, ...]

    @classmethod
    def none(cls, grid: Sequence[float] = UP + DOWN) -> Evidence:
        """Of no cohort."""
        return cls(grid=tuple(grid), sums=(0.0,) * len(grid))

    @classmethod
    def of(cls, cohorts: Iterable[Cohort], grid: Sequence[float] = UP + DOWN) -> Evidence:
        """Of some cohorts, in any order."""
        found = cls.none(grid)
        for cohort in cohorts:
            found = found.add(cohort)
        return found

    def add(self, cohort: Cohort) -> Evidence:
        """With one cohort more."""
        if cohort.says_nothing:
            return self
        pairs = zip(self.grid, self.sums, strict=True)
        return Evidence(grid=self.grid, sums=tuple(total + _log_ratio(odds, cohort) for odds, total in pairs))

    def merge(self, other: Evidence) -> Evidence:
        """Of the cohorts of both, which have none in common."""
        if self.grid != other.grid:
            raise ValueError("evidence on two grids cannot be merged")
        pairs = zip(self.sums, other.sums, strict=True)
        return Evidence(grid=self.grid, sums=tuple(one + two for one, two in pairs))

    def up(self, *, over: float = 0.0) -> float:
        """Evidence against "the log odds ratio is at most `over` in every cohort", of what the grid has above it."""
        return self._against(over, [odds for odds in self.grid if odds > over])

    def down(self) -> float:
        """Evidence against "the log odds ratio is at least 0 in every cohort"."""
        return self._against(0.0, [odds for odds in self.grid if odds < 0])

    def _against(self, bound: float, chosen: Sequence[float]) -> float:
        at = {0.0: 0.0} | dict(zip(self.grid, self.sums, strict=True))
        if bound not in at or not chosen:
            raise ValueError(f"the grid has to have the bound {bound}, and something beyond it")
        return mean_exp([at[odds] - at[bound] for odds in chosen])


def grid_over(bound: float, reach: float = 3.0, points: int = 10) -> tuple[float, ...]:
    """A grid for one question, whether a log odds ratio is above `bound`: the bound, and what lies above it."""
    first = 0.02
    return (bound, *(bound + first * (reach / first) ** (n / (points - 1)) for n in range(points)))


def mean_exp(logs: Sequence[float]) -> float:
    """The mean of exponentials; where it is too large for a number, infinity."""
    top = max(logs)
    total = top + log(sum(exp(one - top) for one in logs) / len(logs))
    return exp(total) if total < 700 else float("inf")


def _log_ratio(odds: float, cohort: Cohort) -> float:
    successes = cohort.champion_successes + cohort.challenger_successes
    units = cohort.champion + cohort.challenger
    return odds * cohort.challenger_successes - log_mean_exp(odds, units, successes, cohort.challenger)
