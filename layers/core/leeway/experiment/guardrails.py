"""Guardrails: harm that shows within minutes, in errors and in latency, without waiting for outcomes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

from leeway.experiment.evidence import Cohort, Evidence, grid_over, mean_exp

ALPHA = 0.01
TOLERATED_ODDS = 1.5  # of an error, challenger against champion
TOLERATED_LATENCY = 1.1  # challenger's against champion's
ENOUGH = 100  # requests of a period in the smaller arm, from which on a 99th percentile says something
FEWEST = 20  # requests of a period in each arm, from which on a mean says something
CHANCES = (0.6, 0.7, 0.8, 0.9, 0.97)  # that a challenger who is slower is slower in a period

_BOUND = log(TOLERATED_ODDS)
_GRID = grid_over(_BOUND, reach=4.0)


@dataclass(frozen=True, kw_only=True)
class Minute:
    """What one arm's metrics say of a period: requests, those with a 5xx answer, latencies in microseconds."""

    requests: int
    errors: int = 0
    latency: float | None = None
    latency_p99: float | None = None


@dataclass(frozen=True, kw_only=True)
class Signs:
    """In how many periods the challenger was slower than is tolerated, and in how many it was not.

    A sign test as an e-process: where at most every second period is slower, each bet is worth at most one.
    """

    slower: int = 0
    others: int = 0

    def add(self, champion: float | None, challenger: float | None) -> Signs:
        """With one period more; one without traffic says nothing."""
        if champion is None or challenger is None:
            return self
        slower = challenger > TOLERATED_LATENCY * champion
        return Signs(slower=self.slower + slower, others=self.others + (not slower))

    def merge(self, other: Signs) -> Signs:
        """Of the periods of both."""
        return Signs(slower=self.slower + other.slower, others=self.others + other.others)

    def evidence(self) -> float:
        """That the challenger is slower more often than not."""
        return mean_exp([self.slower * log(2 * chance) + self.others * log(2 * (1 - chance)) for chance in CHANCES])


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What all periods came to; the bar of each is 1/ALPHA."""

    odds: Evidence = field(default_factory=lambda: Evidence.none(_GRID))
    means: Signs = Signs()
    tails: Signs = Signs()

    @classmethod
    def of(cls, minutes: Iterable[tuple[Minute, Minute]]) -> Guards:
        """Of (champion, challenger) of some periods, in any order."""
        found = cls()
        for champion, challenger in minutes:
            found = found.add(champion, challenger)
        return found

    def add(self, champion: Minute, challenger: Minute) -> Guards:
        """With one period more."""
        failed = Cohort(
            champion=champion.requests,
            champion_successes=champion.errors,
            challenger=challenger.requests,
            challenger_successes=challenger.errors,
        )
        enough = min(champion.requests, challenger.requests) >= ENOUGH
        means = self.means
        if _comparable(champion, challenger):
            means = means.add(champion.latency, challenger.latency)
        return Guards(
            odds=self.odds.add(failed),
            means=means,
            tails=self.tails.add(champion.latency_p99, challenger.latency_p99) if enough else self.tails,
        )

    def merge(self, other: Guards) -> Guards:
        """Of the periods of both, which have none in common."""
        return Guards(
            odds=self.odds.merge(other.odds), means=self.means.merge(other.means), tails=self.tails.merge(other.tails)
        )

    def errors(self) -> float:
        """Evidence that the odds of a 5xx are more than TOLERATED_ODDS times the champion's."""
        return self.odds.up(over=_BOUND)


def _comparable(champion: Minute, challenger: Minute) -> bool:
    """Whether the means of a period may be compared, as they are where the two are alike (docs/decisions.md).

    Of few requests one that finds a cold cache makes the mean. And latencies are skewed: a mean of fewer is mostly
    smaller, so that a champion with few beside many of the challenger's makes those look slow.
    """
    fewest = FEWEST if 2 * champion.requests >= challenger.requests else ENOUGH
    return challenger.requests >= FEWEST and champion.requests >= fewest
