"""What the traffic of an experiment has come to: evidence and guardrails, each minute and cohort counted once. Pure.

All of it adds up, so that a look counts what is new and adds it to what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leeway import keys
from leeway.drift.plan import ARRIVAL, HOUR, floor
from leeway.experiment.assignment import Assignment
from leeway.experiment.evidence import Cohort, Evidence
from leeway.experiment.guardrails import Guards, Minute, Signs
from leeway.experiment.ratio import Epoch
from leeway.experiment.rule import Course
from leeway.outcomes.plan import Slice
from leeway.rollout.target import WHOLE
from leeway.spec import Rollout

MINUTE = timedelta(minutes=1)
LATE = 2 * MINUTE  # CloudWatch has the metrics of a minute by then
LONGEST = timedelta(days=1)  # of minutes that one look counts
WATCHED = timedelta(minutes=15)  # a stage is looked at each minute for so long
SOON, LATER = MINUTE, 5 * MINUTE

Pair = tuple[int, int]  # of the champion and of the challenger
Metrics = Mapping[datetime, Mapping[str, float]]  # of one arm, by minute


@dataclass(frozen=True, kw_only=True)
class Tally:
    """`counted` is the minute up to which metrics were counted; `exposed` are the challenger's requests in a stage.

    Outcomes were counted up to `sliced`, and are looked for again at `ripe_at`. `assigned` are units of champion and
    challenger by epoch, with the challenger's share; `labelled` are those of all that had a label in time.
    """

    guards: Guards = field(default_factory=Guards)
    evidence: Evidence = field(default_factory=Evidence.none)
    counted: datetime | None = None
    exposed: int = 0
    sliced: datetime | None = None
    ripe_at: datetime | None = None
    assigned: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    labelled: tuple[int, int] = (0, 0)

    def add(self, champion: Metrics, challenger: Metrics, until: datetime, *, exposes: bool = True) -> Tally:
        """With the minutes up to `until`; those of another stage than this one expose nobody in it."""
        guards, exposed = self.guards, self.exposed
        for at in sorted({*champion, *challenger}):
            pair = (minute(champion.get(at, {})), minute(challenger.get(at, {})))
            guards, exposed = guards.add(*pair), exposed + pair[1].requests * exposes
        return replace(self, guards=guards, exposed=exposed, counted=until)

    def fold(self, piece: Slice, cohort: Cohort, assigned: Pair, labelled: Pair) -> Tally:
        """With the outcomes of one slice more."""
        epoch = piece.assignment
        share, *before = self.assigned.get(epoch.epoch, (epoch.share, 0, 0))
        units = (share, before[0] + assigned[0], before[1] + assigned[1])
        return replace(
            self,
            evidence=self.evidence.add(cohort),
            sliced=piece.end,
            assigned={**self.assigned, epoch.epoch: units},
            labelled=(self.labelled[0] + labelled[0], self.labelled[1] + labelled[1]),
        )

    def rested(self, until: datetime) -> Tally:
        """With nothing to fold before."""
        return replace(self, ripe_at=until)

    @property
    def units(self) -> Pair:
        """Units of champion and challenger whose outcomes were looked for."""
        return sum(one[1] for one in self.assigned.values()), sum(one[2] for one in self.assigned.values())

    @property
    def epochs(self) -> list[Epoch]:
        """Units against weights, for the sample ratio."""
        return [
            Epoch(weights=((WHOLE - share) / WHOLE, share / WHOLE), units=(champion, challenger))
            for share, champion, challenger in self.assigned.values()
        ]

    def silence(self) -> str:
        """What is missing of the labels, "" where nothing is."""
        arms, (ours, theirs) = ("the champion", "the challenger"), self.labelled
        if sum(self.units) and not ours + theirs:
            return f"no label has come within outcome_window for any of {sum(self.units):,} units"
        if all(self.units) and not (ours and theirs):
            return f"labels have come for {arms[0] if ours else arms[1]} alone"
        return ""

    def to_item(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {
            "odds": list(self.guards.odds.sums),
            "means": asdict(self.guards.means),
            "tails": asdict(self.guards.tails),
            "evidence": list(self.evidence.sums),
            "counted": keys.stamp(self.counted) if self.counted else None,
            "exposed": self.exposed,
            "sliced": keys.stamp(self.sliced) if self.sliced else None,
            "ripe_at": keys.stamp(self.ripe_at) if self.ripe_at else None,
            "assigned": {str(epoch): list(units) for epoch, units in self.assigned.items()},
            "labelled": list(self.labelled),
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
            exposed=item["exposed"],
            assigned={int(epoch): tuple(units) for epoch, units in item["assigned"].items()},
            labelled=tuple(item["labelled"]),
            **{name: keys.unstamp(item[name]) if item[name] else None for name in ("counted", "sliced", "ripe_at")},
        )


def spans(tally: Tally, epochs: Sequence[Assignment], now: datetime) -> list[tuple[Assignment, datetime, datetime]]:
    """Of each epoch, in their order, the whole minutes that are over and not counted; none where there are none.

    The last minutes before a change of weights have no metrics yet when it comes, and count all the same.
    """
    found, counted = list[tuple[Assignment, datetime, datetime]](), tally.counted
    for epoch in epochs:
        first = _floor(epoch.begin - timedelta(microseconds=1)) + MINUTE
        begin = max(first, counted or first)
        end = min(_floor(now - LATE), _floor(epoch.end or now), begin + LONGEST)
        if begin < end:
            found.append((epoch, begin, end))
            counted = end
    return found


def pace(staged: datetime, now: datetime) -> timedelta:
    """Until the next look: harm shows soon after the challenger gets more."""
    return SOON if now < staged + WATCHED else LATER


def course(rules: Rollout, stages: tuple[int, ...]) -> Course:
    """How the experiment is to go, in the terms of the rule."""
    return Course(
        stages=stages,
        horizon=rules.horizon,
        bake=rules.bake,
        exposure=rules.min_exposure,
        cycle=rules.cycle,
        margin=rules.margin,
    )


def next_cohorts(now: datetime) -> datetime:
    """Slices are ripe once in an hour, when its captures and labels have come."""
    at = floor(now) + ARRIVAL
    return at if at > now else at + HOUR


def minute(found: Mapping[str, float]) -> Minute:
    """Of what `Metrics.of_variants` has found of one."""
    requests = int(found.get("requests", 0))
    return Minute(
        requests=requests,
        errors=min(int(found.get("errors", 0)), requests),
        latency=found.get("latency"),
        latency_p99=found.get("latency_p99"),
    )


def _floor(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(second=0, microsecond=0)
