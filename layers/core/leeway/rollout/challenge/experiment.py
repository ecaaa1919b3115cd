"""An experiment as the rollout keeps it, and what may become of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.experiment.assignment import Assignment
from leeway.rollout.order import Seen
from leeway.rollout.target import OTHER_SLOT, WHOLE, Contender
from leeway.spec import Rollout

SHADOW, RUNNING, PROMOTED, REVERTED = "shadow", "running", "promoted", "reverted"
PROMOTE, ABORT = "promote", "abort"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """`stages` are the challenger's shares in percent, as they were when it began.

    It is in the shadow, with copies of the requests; or running; or promoted: the challenger serves and the champion is
    kept for a while; or reverted: the champion gets all of the traffic back. `started` is when its first epoch began,
    `staged` that of this stage or state, None until the weights are in force. `kept` percent stay with the champion
    after a promotion.
    """

    id: str
    champion: Contender
    challenger: Contender
    stages: tuple[int, ...]
    kept: int = 0
    state: str = RUNNING
    stage: int = 0
    started: datetime | None = None
    staged: datetime | None = None

    @classmethod
    def begin(cls, model: str, champion: Contender, challenger: Seen, rules: Rollout) -> Experiment:
        """A challenger takes the other slot; each approval of the same version is another experiment."""
        other = Contender(version=challenger.version, package=challenger.arn, slot=OTHER_SLOT[champion.slot])
        mark = keys.digest(other.package, challenger.approved_at, champion.package)[:8]
        name = f"{model}-{other.version}-{champion.version}-{mark}"
        return cls(
            id=name,
            champion=champion,
            challenger=other,
            stages=rules.stages,
            kept=rules.holdback,
            state=SHADOW if rules.strategy == SHADOW else RUNNING,
        )

    @property
    def share(self) -> int:
        """The challenger's share in percent that belongs to this state."""
        shares = {SHADOW: 0, RUNNING: self.stages[self.stage], PROMOTED: WHOLE - self.kept, REVERTED: 0}
        return shares[self.state]

    @property
    def leader(self) -> Contender:
        """Who serves, once the weights are in force."""
        return self.challenger if self.state == PROMOTED else self.champion

    @property
    def compares(self) -> bool:
        """Whether both have traffic."""
        return 0 < self.share < WHOLE

    def turned(self, **changes: Any) -> Experiment:
        """In another state or stage, which begins when its weights are in force."""
        return replace(self, staged=None, **changes)

    def assigned(self, now: datetime) -> Experiment:
        """With its weights in force."""
        return replace(self, started=self.started or now, staged=self.staged or now)

    def to_item(self) -> dict[str, Any]:
        """As the table keeps it."""
        pairs = (("started", self.started), ("staged", self.staged))
        moments = {name: keys.stamp(at) if at else None for name, at in pairs}
        return asdict(self) | {"stages": list(self.stages), **moments}

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Experiment:
        """Of what `to_item` gave."""
        moments = {name: keys.unstamp(item[name]) if item[name] else None for name in ("started", "staged")}
        sides = {name: Contender(**item[name]) for name in ("champion", "challenger")}
        return cls(**{**item, "stages": tuple(item["stages"]), **sides, **moments})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asks of an experiment: to promote the challenger, or to abort."""

    what: str
    experiment: str
    by: str
    reason: str = ""

    @property
    def words(self) -> str:
        """Who, and why."""
        return f"{self.by} asked for it{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The experiment is another from now on, or over where `after` is None; `lost` is an approval that is used up.

    `brings` where the challenger gets more of the traffic by it, or the first of it.
    """

    after: Experiment | None
    what: str
    why: str
    lost: Seen | None = None
    brings: bool = False


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Everything is as it should be: look at what the traffic says of champion and challenger."""

    experiment: Experiment


@dataclass(frozen=True, kw_only=True)
class Weigh:
    """Ask for the weights of the slots, absolute ones: twice is the same as once.

    `counts` are the instances of the slot that gets more, where they are scaled and it needs more of them; `undone`
    where SageMaker began that and took it back. `before` is the endpoint's last change.
    """

    endpoint: str
    weights: Mapping[str, int]
    why: str
    counts: Mapping[str, int] = field(default_factory=dict)
    before: str = ""
    undone: bool = False


@dataclass(frozen=True, kw_only=True)
class Assign:
    """Keep who gets which version from now on, or, where `assignment` has an end, that this is over."""

    assignment: Assignment
