"""Figures of the simulations, each with the bar that it has to reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from simulations.drift import WEEK, windows_to_alarm
from simulations.guarding import LAWS, Harm, false_latency_alarm, minutes_to_roll_back
from simulations.rollout import OURS, false_decisions, power

DAY = 1440  # minutes
FALSE = 0.03


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure, which should not exceed its bar."""

    name: str
    value: float
    bar: float | None = None

    @property
    def missed(self) -> bool:
        """Whether it is worse than its bar."""
        return self.bar is not None and self.value > self.bar


def rollout(experiments: int) -> Iterator[Figure]:
    """Of the rule that lets a challenger take over."""
    for rule, scenarios in false_decisions(experiments).items():
        for scenario, share in scenarios.items():
            bar = FALSE if rule == OURS else None
            yield Figure(name=f"false decisions, {scenario}: {rule}", value=share, bar=bar)
    found = power(experiments)
    for name, bar in (
        ("base 10 %, +2 pp, even", 10_000),
        ("base 10 %, +2 pp, ramp", 17_500),
        ("base 20 %, +5 pp, even", 3_000),
        ("base 20 %, +5 pp, ramp", 7_500),
    ):
        yield Figure(name=f"units to promote, {name}", value=found[name].units, bar=bar)
    for name, bar in (("base 10 %, -5 pp, ramp", 320), ("base 10 %, -10 pp, ramp", 70)):
        yield Figure(name=f"on the challenger before rollback, {name}", value=found[name].exposed, bar=bar)
    yield from _guardrails(max(experiments // 15, 20))


def _guardrails(experiments: int) -> Iterator[Figure]:
    for name, harm, bar in (
        ("minutes to roll back, 1 % of 5xx against 0.1 %", Harm(challenger_errors=0.01), 15),
        ("minutes to roll back, latency +20 %", Harm(slower=1.2), 20),
    ):
        minutes = sorted(minutes_to_roll_back(harm, 120, seed) or DAY for seed in range(experiments))
        yield Figure(name=name, value=minutes[experiments // 2], bar=bar)
    alarms = sum(minutes_to_roll_back(Harm(), DAY, seed) is not None for seed in range(experiments))
    yield Figure(name="false rollbacks within a day, nothing wrong", value=alarms / experiments, bar=0.005)
    yield from _quiet_minutes(max(experiments // 60, 10))


def _quiet_minutes(days: int) -> Iterator[Figure]:
    """Minutes of few requests, the smaller arm's number in each, whatever latencies are like."""
    for fewest, share in product((6, 25, 60), (0.10, 0.50, 0.95)):
        requests = fewest / min(share, 1 - share)
        cases = list(product(LAWS.values(), range(days)))
        alarms = sum(false_latency_alarm(law, requests, share, seed) for law, seed in cases)
        name = f"false alarms of latency a day, {fewest} a minute, challenger {share:.0%}"
        yield Figure(name=name, value=alarms / len(cases), bar=0.02)


def drift(experiments: int) -> Iterator[Figure]:
    """Of the monitor's alarm."""
    for rows in (100, 500, 1000, 10_000):
        replicates = range(max(experiments // 60, 2))
        alarms = sum(windows_to_alarm(rows, WEEK, seed) is not None for seed in replicates)
        name = f"alarms in a week without drift, {rows:,} rows an hour, {len(replicates)} times"
        yield Figure(name=name, value=alarms, bar=0)
    for shift, bar in ((0.25, 3), (0.5, 1)):
        found = [windows_to_alarm(1000, WEEK, seed, shift) or WEEK for seed in range(max(experiments // 60, 9))]
        yield Figure(name=f"windows to find a shift of {shift} sd, 1,000 rows", value=float(np.median(found)), bar=bar)
