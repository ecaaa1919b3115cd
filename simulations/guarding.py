"""How soon the guardrails see harm, and how often they see it where there is none; a minute a look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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


def _minute(chance: np.random.Generator, requests: int, errors: float, latency: float) -> Minute:
    if not requests:
        return Minute(requests=0)
    mean = float(chance.normal(latency, SPREAD * latency / requests**0.5))
    return Minute(requests=requests, errors=int(chance.binomial(requests, errors)), latency=mean)
