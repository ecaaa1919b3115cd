"""How soon the guardrails see harm, and how often they see it where there is none; a minute a look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leeway.experiment.guardrails import ALPHA, Guards, Minute

REQUESTS = 600  # a minute
SHARE = 0.10
SPREAD = 0.5  # standard deviation of the latency of one request, as a share of its mean
LATENCY = 20_000.0  # microseconds


@dataclass(frozen=True, kw_only=True)
class Harm:
    """What the arms are like: chances of a 5xx, and how many times slower the challenger is."""

    champion_errors: float = 0.001
    challenger_errors: float = 0.001
    slower: float = 1.0


def minutes_to_roll_back(harm: Harm, minutes: int, seed: int) -> int | None:
    """The minute at which one experiment is rolled back, None where it is not."""
    chance, guards = np.random.default_rng(seed), Guards()
    for minute in range(1, minutes + 1):
        challenger = int(chance.binomial(REQUESTS, SHARE))
        guards = guards.add(
            _minute(chance, REQUESTS - challenger, harm.champion_errors, LATENCY),
            _minute(chance, challenger, harm.challenger_errors, LATENCY * harm.slower),
        )
        if max(guards.errors(), guards.means.evidence(), guards.tails.evidence()) >= 1 / ALPHA:
            return minute
    return None


Law = Callable[[np.random.Generator, int], NDArray[np.float64]]

# Latencies of single requests, from well-behaved to those whose mean hardly exists.
LAWS: dict[str, Law] = {
    "lognormal, sigma 0.5": lambda chance, count: chance.lognormal(0, 0.5, count),
    "lognormal, sigma 1.5": lambda chance, count: chance.lognormal(0, 1.5, count),
    "Pareto, 1.5": lambda chance, count: chance.pareto(1.5, count) + 1,
    "1 % take 30 times as long": lambda chance, count: (
        np.where(chance.random(count) < 0.01, 30.0, 1.0) * chance.lognormal(0, 0.2, count)
    ),
}
COLD = 2.0  # further times the mean that the first request of a minute takes, where caches go cold in between


def false_latency_alarm(law: Law, requests: float, share: float, seed: int, minutes: int = 1440) -> bool:
    """Whether two versions that are alike are told apart by their mean latency within a day, by each minute's."""
    chance, guards = np.random.default_rng(seed), Guards()
    champion = _means(chance, law, requests * (1 - share), minutes)
    challenger = _means(chance, law, requests * share, minutes)
    for one, other in zip(champion, challenger, strict=True):
        guards = replace(guards, means=guards.add(one, other).means)
        if guards.means.evidence() >= 1 / ALPHA:
            return True
    return False


def _means(chance: np.random.Generator, law: Law, requests: float, minutes: int) -> list[Minute]:
    counts = chance.poisson(requests, minutes)
    taken = law(chance, int(counts.sum()))
    ends = np.cumsum(counts)
    sums = np.diff(np.concatenate([[0.0], np.cumsum(taken)])[np.concatenate([[0], ends])])
    cold = COLD * float(law(chance, 10_000).mean())
    return [
        Minute(requests=int(count), latency=float((total + cold) / count)) if count else Minute(requests=0)
        for count, total in zip(counts, sums, strict=True)
    ]


def _minute(chance: np.random.Generator, requests: int, errors: float, latency: float) -> Minute:
    if not requests:
        return Minute(requests=0)
    mean = float(chance.normal(latency, SPREAD * latency / requests**0.5))
    return Minute(requests=requests, errors=int(chance.binomial(requests, errors)), latency=mean)
