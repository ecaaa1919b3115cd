"""What a rollout plan may decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.rollout.canary.steps import Canary, GiveUp, Ring, Silence
from leeway.rollout.challenge.apart import Lower, Raise
from leeway.rollout.challenge.experiment import Assign, Judge, Turn, Weigh
from leeway.rollout.leftovers import Retire
from leeway.rollout.observed import Asked, Serving
from leeway.rollout.target import Contender, Scaling, Target


@dataclass(frozen=True, kw_only=True)
class Look:
    """A change is due: read what only a change needs."""


@dataclass(frozen=True, kw_only=True)
class MakeModel:
    """Create a SageMaker model, by its request, for a target."""

    target: Target
    request: dict[str, Any]

    @property
    def package(self) -> str:
        """ARN of the version that it is of."""
        return str(self.request["Containers"][0]["ModelPackageName"])


@dataclass(frozen=True, kw_only=True)
class MakeConfig:
    """Create the endpoint configuration."""

    target: Target


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Ask for the endpoint, or for its change; `what` and `why` are None where it was asked for and said before."""

    target: Target
    asked: Asked
    create: bool
    what: str | None
    why: str = ""
    canary: Canary | None = None


@dataclass(frozen=True, kw_only=True)
class Settle:
    """The endpoint is InService with exactly what was wanted: keep that, and say it; `beside` is who is there too.

    `beside_at` is the endpoint where that is, "" for the same one.
    `left` is since when what served before has shared its traffic, and its slot, with what serves now.
    """

    serving: Serving
    what: str
    why: str
    beside: Contender | None = None
    beside_at: str = ""
    left: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reevaluate:
    """Record that a version must be compared with another champion (`key`), and ask the retrainer for it."""

    key: str
    version: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Let the variant be scaled, or within other bounds."""

    endpoint: str
    slot: str
    scaling: Scaling
    why: str


@dataclass(frozen=True, kw_only=True)
class Unscale:
    """Let the variant be scaled no more."""

    endpoint: str
    slot: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Nothing is done, for a reason that somebody has to know; `soon` while something is in progress."""

    code: str
    why: str
    soon: bool = False


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to do yet; `soon` while something is in progress, `until` where it is known."""

    code: str
    why: str
    soon: bool = False
    until: datetime | None = None


Decision = (
    Look | MakeModel | MakeConfig | Ask | Settle | Weigh | Assign | Turn | Judge | Scale | Unscale | Retire | Reevaluate
    | Ring | GiveUp | Silence | Raise | Lower | Hold | Wait
)  # fmt: skip
