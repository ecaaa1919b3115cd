"""What a plan may decide of a canary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leeway.rollout.order import Seen


@dataclass(frozen=True, kw_only=True)
class Canary:
    """How an update lets a version in: the request's DeploymentConfig, and the requests that make its alarms."""

    deployment: Mapping[str, Any]
    alarms: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Keep why a canary goes back; where `alarm` is a request, that alarm is made to ring, and the rest follows."""

    alarm: Mapping[str, Any] | None
    version: int
    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """SageMaker took the version back: its approval is used up, and it is not tried again before another one."""

    lost: Seen
    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Silence:
    """The deployment is over: delete its alarms."""

    config: str
