"""How long an experiment takes to decide, told before it begins.

A challenger worth having is taken as one that succeeds at 25 of 100 where the champion does at 20; one that is better
by more is found sooner, one that is better by less later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, log
from typing import Any

from leeway.aws.translate import translated
from leeway.challenge import Rollout
from leeway.experiment.rule import BAR
from leeway.rollout.target import OTHER_SLOT

CHAMPION, CHALLENGER = 0.20, 0.25  # rates of success
ODDS = log(CHALLENGER / (1 - CHALLENGER)) - log(CHAMPION / (1 - CHAMPION))
MEAN = (CHAMPION + CHALLENGER) / 2
# What the logarithm of the evidence has to come to: the bar, and what it costs not to know the odds. The second is
# fitted to the median of simulated experiments; tests/unit/experiment/test_pace.py holds both against them.
NEEDED = log(BAR) + 1.0
DAY = timedelta(days=1)
MOST = 10**9  # requests a day
WEEK = 7  # days of traffic that are looked at


@dataclass(frozen=True, kw_only=True)
class Pace:
    """With so many requests a day, how long a decision takes; and how many it takes within the horizon."""

    rules: Rollout
    requests: float | None
    least: int

    @property
    def takes(self) -> timedelta | None:
        """Until such a challenger is promoted, in the median; None where the traffic is not known."""
        return None if self.requests is None else time_to_decide(self.rules, self.requests)

    @property
    def late(self) -> bool:
        """Whether the horizon comes first."""
        return self.takes is not None and self.takes > self.rules.horizon

    def lines(self) -> Iterator[str]:
        """What there is to say."""
        horizon, unit = days(self.rules.horizon), "units" if self.rules.unit == "unit_id" else "requests"
        found = f"a challenger that succeeds at {CHALLENGER:.0%} instead of {CHAMPION:.0%}"
        if self.takes is None:
            yield f"within its horizon of {horizon}, {found} is found from {self.least:,} {unit} a day on"
        elif not self.late:
            yield f"with {self.requests:,.0f} {unit} a day, {found} is found in about {days(self.takes)}"
        else:
            yield (
                f"warning: with {self.requests:,.0f} {unit} a day, {found} takes about {days(self.takes)} to find, and"
                f" the champion stays at the horizon of {horizon}; set a longer rollout.horizon, or higher or fewer"
                f" rollout.stages ({self.least:,} {unit} a day would do)"
            )

    def as_json(self) -> dict[str, Any]:
        """For programs; days as numbers."""
        return {
            "champion": CHAMPION,
            "challenger": CHALLENGER,
            "per_day": self.requests,
            "days": None if self.takes is None else round(self.takes / DAY, 2),
            "horizon_days": round(self.rules.horizon / DAY, 2),
            "least_per_day": self.least,
            "late": self.late,
        }


def pace(rules: Rollout, requests: float | None = None) -> Pace | None:
    """For a strategy that compares outcomes, None for another; `requests` (or units) a day, None where not known."""
    return Pace(rules=rules, requests=requests, least=least(rules)) if compares(rules) else None


def compares(rules: Rollout) -> bool:
    """Whether outcomes decide."""
    return rules.strategy == "ab" or (rules.strategy, rules.then) == ("shadow", "ab")


def time_to_decide(rules: Rollout, requests: float) -> timedelta:
    """Until a better challenger is promoted, in the median, at so many requests (or units) a day, over 0."""
    spent, found = timedelta(), 0.0
    for share, following in pairwise([*(stage / 100 for stage in rules.stages), None]):
        assert share is not None  # only the last following one is
        per_day = requests * share * (1 - share) * MEAN * (1 - MEAN) * ODDS**2 / 2
        lasts = _time((NEEDED - found) / per_day)
        stage = max(rules.bake, _time(rules.min_exposure / (requests * share)))
        if following is None or lasts <= stage:
            spent += lasts
            break
        spent, found = spent + stage, found + per_day * (stage / DAY)
    shadow = rules.shadow_for if rules.strategy == "shadow" else timedelta()
    return shadow + max(spent + rules.outcome_window, rules.cycle)


def least(rules: Rollout) -> int:
    """The fewest requests (or units) a day by which it is decided within the horizon."""
    low, high = 0, MOST
    while high - low > 1:
        middle = (low + high) // 2
        if time_to_decide(rules, middle) <= rules.horizon:
            high = middle
        else:
            low = middle
    return high


def seen(cloudwatch: Any, endpoint: str, now: datetime) -> float | None:
    """Requests a day that an endpoint has had in the last week, None where it had none."""
    begin = (now - WEEK * DAY).replace(minute=0, second=0, microsecond=0)
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": "Invocations",
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant},
                    ],
                },
                "Period": 3600,
                "Stat": "Sum",
            },
        }
        for number, variant in enumerate(OTHER_SLOT)
    ]  # fmt: skip
    with translated(f"CloudWatch GetMetricData {endpoint}"):
        answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=begin, EndTime=now)
    points = [
        (at, value)
        for result in answer["MetricDataResults"]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        if value
    ]
    if not points:
        return None
    first = min(at for at, _ in points)
    lasted: timedelta = max(now - first, DAY)
    return float(sum(value for _, value in points)) / (lasted / DAY)


def days(span: timedelta) -> str:
    """A time as people say it: hours below two days."""
    hours = span / timedelta(hours=1)
    return f"{ceil(hours)} hours" if hours < 48 else f"{ceil(hours / 24):,} days"


def _time(in_days: float) -> timedelta:
    """Days, and never more than a thousand years of them."""
    return timedelta(days=min(in_days, 365_000.0))
