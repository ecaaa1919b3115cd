"""What the traffic of an experiment has come to: evidence and guardrails, each minute and cohort counted once. Pure.

All of it adds up, so that a look counts what is new and adds it to what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leeway import keys
from leeway.experiment.assignment import Assignment
from leeway.experiment.evidence import Evidence
from leeway.experiment.guardrails import Guards, Minute, Signs
from leeway.experiment.rule import Course
from leeway.spec import Rollout

MINUTE = timedelta(minutes=1)
LATE = 2 * MINUTE  # CloudWatch has the metrics of a minute by then
LONGEST = timedelta(days=1)  # of minutes that one look counts
WATCHED = timedelta(minutes=15)  # a stage is looked at each minute for so long
SOON, LATER = MINUTE, 5 * MINUTE

Metrics = Mapping[datetime, Mapping[str, float]]  # of one arm, by minute


@dataclass(frozen=True, kw_only=True)
class Tally:
    """`counted` is the minute up to which metrics were counted; `exposed` are the challenger's requests in a stage."""

    guards: Guards = field(default_factory=Guards)
    evidence: Evidence = field(default_factory=Evidence.none)
    counted: datetime | None = None
    exposed: int = 0

    def add(self, champion: Metrics, challenger: Metrics, until: datetime) -> Tally:
        """With the minutes up to `until`."""
        guards, exposed = self.guards, self.exposed
        for at in sorted({*champion, *challenger}):
            pair = (_minute(champion.get(at, {})), _minute(challenger.get(at, {})))
            guards, exposed = guards.add(*pair), exposed + pair[1].requests
        return replace(self, guards=guards, exposed=exposed, counted=until)

    def to_item(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {
            "odds": list(self.guards.odds.sums),
            "means": asdict(self.guards.means),
            "tails": asdict(self.guards.tails),
            "evidence": list(self.evidence.sums),
            "counted": keys.stamp(self.counted) if self.counted else None,
            "exposed": self.exposed,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any] | None) -> Tally:
        """Of what `to_item` gave, or of nothing."""
        if item is None:
            return cls()
        fresh = cls()
        guards = Guards(
            odds=replace(fresh.guards.odds, sums=tuple(item["odds"])),
            means=Signs(**item["means"]),
            tails=Signs(**item["tails"]),
        )
        return cls(
            guards=guards,
            evidence=replace(fresh.evidence, sums=tuple(item["evidence"])),
            counted=keys.unstamp(item["counted"]) if item["counted"] else None,
            exposed=item["exposed"],
        )


def span(tally: Tally, assigned: Assignment, now: datetime) -> tuple[datetime, datetime] | None:
    """The whole minutes of this epoch that are over and not counted; None where there are none."""
    first = _floor(assigned.begin - timedelta(microseconds=1)) + MINUTE
    begin = max(first, tally.counted or first)
    end = min(_floor(now - LATE), begin + LONGEST)
    return (begin, end) if begin < end else None


def pace(staged: datetime, now: datetime) -> timedelta:
    """Until the next look: harm shows soon after the challenger gets more."""
    return SOON if now < staged + WATCHED else LATER


def course(rules: Rollout, stages: tuple[int, ...]) -> Course:
    """How the experiment is to go, in the terms of the rule."""
    return Course(stages=stages, horizon=rules.horizon, bake=rules.bake, exposure=rules.min_exposure)


def _minute(found: Mapping[str, float]) -> Minute:
    requests = int(found.get("requests", 0))
    return Minute(
        requests=requests,
        errors=min(int(found.get("errors", 0)), requests),
        latency=found.get("latency"),
        latency_p99=found.get("latency_p99"),
    )


def _floor(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
