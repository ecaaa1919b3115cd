"""A challenger on an endpoint of its own, beside the champion's: serverless ones have one variant each. Pure.

SageMaker has no weights there; the share is that of the assignment, by which `predict` chooses the endpoint. Who calls
the champion's endpoint directly gets the champion until the challenger has taken that over.
"""

from __future__ import annotations

from dataclasses import dataclass

from leeway.rollout.challenge.experiment import REVERTED
from leeway.rollout.observed import Observed
from leeway.rollout.target import Target


@dataclass(frozen=True, kw_only=True)
class Raise:
    """Create the challenger's own endpoint; recorded before it is asked for."""

    target: Target
    attempts: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Lower:
    """Delete the challenger's own endpoint, or forget it where it is `gone`."""

    endpoint: str
    gone: bool


def is_apart(seen: Observed) -> bool:
    """Whether an experiment has two endpoints."""
    return seen.experiment is not None and seen.blueprint.is_serverless


def wanted(seen: Observed) -> Target | None:
    """What the challenger's own endpoint should be, None where there should be none."""
    experiment = seen.experiment
    if experiment is None or not is_apart(seen) or experiment.state == REVERTED:
        return None
    return seen.blueprint.apart(experiment.challenger)


def up(seen: Observed) -> bool:
    """Whether it is as it should be, and answers."""
    target, there = wanted(seen), seen.beside
    return (
        target is not None and there is not None and there.status == "InService" and there.config == target.config_name
    )


def failed(seen: Observed, most: int) -> str:
    """Why the challenger cannot be brought up, "" where it can: refused so often, or it does not come up."""
    experiment, there, raised = seen.experiment, seen.beside, seen.raised
    if experiment is None or wanted(seen) is None:
        return ""
    version = f"version {experiment.challenger.version}"
    if there is not None and there.status == "Failed":
        return f"SageMaker did not bring {version} up: {there.reason or 'no reason given'}"
    if there is None and raised is not None and raised.attempts >= most:
        return f"SageMaker refused {version} {raised.attempts} times: {raised.error or 'no reason given'}"
    return ""


def named(seen: Observed) -> bool:
    """Whether what is assigned sends anybody there."""
    before = seen.assignment
    arms = [before.champion, *([before.challenger] if before.challenger else [])] if before else []
    return any(arm.endpoint == seen.blueprint.beside for arm in arms)
