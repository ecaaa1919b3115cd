"""What a rollout plan is told: the endpoint, what was asked for, what serves, and all else that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leeway.experiment.assignment import Assignment
from leeway.rollout.challenge.experiment import Experiment, Wish
from leeway.rollout.leftovers import Made
from leeway.rollout.order import Choice, Seen
from leeway.rollout.target import SLOT, WHOLE, Blueprint, Contender, Scaling, Target
from leeway.spec import Rollout

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What a plan is told of the endpoint: `status` as the API spells it, `config` the one in force, with its weights.

    `changed` is its last change, as the table keeps times; `counts` are instances by slot.
    """

    name: str
    status: str
    config: str
    changed: str
    reason: str = ""
    serverless: bool = False
    weights: tuple[tuple[str, float], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def shares(self) -> dict[str, float]:
        """Percents of the traffic by slot, as they are in force; none where all weights are 0."""
        total = sum(weight for _, weight in self.weights)
        return {slot: WHOLE * weight / total for slot, weight in self.weights} if total else {}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A change of the endpoint that was asked for, written before it was: `before` is the endpoint's last change then.

    `approved_at` is of the approval that it carries out: approving again is a reason to try again.
    `attempts` counts refusals; what was not answered is sent again without counting. `error` is that of the last try.
    `leader` is the version that serves once it is in force, in `slot`; 0 means `version`. `at` is when a canary began.
    """

    config: str
    version: int
    approved_at: int
    before: str
    attempts: int = 0
    error: str = ""
    slot: str = SLOT
    leader: int = 0
    canary: bool = False
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Instances (`counts`) that were asked for together with weights, written before they were.

    `before` is the endpoint's last change then, `at` when; `error` is why SageMaker refused, "" where it did not.
    """

    weights: Mapping[str, int]
    counts: Mapping[str, int]
    before: str
    at: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Raised:
    """What was asked for beside the endpoint: a challenger's own one; `up` once that it came up is kept."""

    config: str
    attempts: int = 0
    error: str = ""
    up: bool = False


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What serves, as last seen InService; of two versions the champion."""

    version: int
    package: str
    config: str
    slot: str = SLOT

    @property
    def contender(self) -> Contender:
        """The version in its slot."""
        return Contender(version=self.version, package=self.package, slot=self.slot)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A version in a slot of an endpoint, from when to when it served there; `end` is None where it still does.

    `trial` where it is there beside the one that serves.
    """

    endpoint: str
    slot: str
    version: int
    package: str
    begin: datetime
    end: datetime | None = None
    trial: bool = False


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What only a change needs, read when one is due; `champion` is what the version that comes was compared with.

    `missing` are names of models that are not there, `rings` are a canary's alarms in ALARM, each with its reason;
    `apart_exists` is of the configuration of a challenger's own endpoint.
    Both champions are S3 URIs of model archives; "" where the version records none.
    """

    halted: str
    missing: frozenset[str]
    config_exists: bool
    champion: str
    serving_champion: str
    rings: Mapping[str, str] = field(default_factory=dict)
    apart_exists: bool = True


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Everything that a decision depends on; `reevaluated` is the comparison that was asked for last.

    `scaled` is what Application Auto Scaling says of each slot that is registered there, with the instance type that it
    was registered for, and `grown` the instances that were asked for last.
    `looked` is the last look at an experiment. `target` is what the endpoint should be now.
    `watched` is the configuration that has a canary's alarms, and `rung` why that is rolled back; "" for none.
    `beside` is a challenger's own endpoint, and `raised` what was asked for there.
    `alone` is why the version that was approved last is not wanted: nobody else has approved it, and that is asked for.
    """

    model: str
    now: datetime
    rules: Rollout
    blueprint: Blueprint
    choice: Choice
    packages: tuple[Seen, ...]
    target: Target | None
    endpoint: Endpoint | None
    serving: Serving | None
    asked: Asked | None
    reevaluated: str
    scaled: Mapping[str, Scaling] = field(default_factory=dict)
    grown: Grown | None = None
    stock: Stock | None = None
    experiment: Experiment | None = None
    assignment: Assignment | None = None
    wish: Wish | None = None
    looked: datetime | None = None
    made: tuple[Made, ...] = ()
    watched: str = ""
    rung: str = ""
    beside: Endpoint | None = None
    raised: Raised | None = None
    alone: str = ""

    def known(self, version: int) -> Seen | None:
        """What is known of a version."""
        return next((known for known in self.packages if known.version == version), None)

    @property
    def config(self) -> str:
        """The configuration in force, "" where there is no endpoint."""
        return self.endpoint.config if self.endpoint else ""

    @property
    def changed(self) -> str:
        """The endpoint's last change, "" where there is no endpoint."""
        return self.endpoint.changed if self.endpoint else ""
