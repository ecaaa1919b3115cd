"""How a challenger's own endpoint comes and goes, beside that of a champion that shares no variant: pure."""

from __future__ import annotations

from leeway.rollout.challenge import apart
from leeway.rollout.challenge.apart import Lower, Raise
from leeway.rollout.challenge.experiment import Experiment
from leeway.rollout.decisions import Decision, Hold, Look, MakeConfig, MakeModel, Settle, Wait
from leeway.rollout.observed import IN_PROGRESS, Endpoint, Observed
from leeway.rollout.target import Target


def bring(seen: Observed) -> Decision | None:
    """Until it is up and that is kept; what somebody else made of it is made anew."""
    target, experiment = apart.wanted(seen), seen.experiment
    if target is None or experiment is None:
        return None
    return _there(seen, experiment, seen.beside) if seen.beside else _create(seen, experiment, target)


def clear(seen: Observed) -> Decision | None:
    """Delete it once nobody is sent there any more."""
    if seen.raised is None or apart.wanted(seen) is not None:
        return None
    if seen.beside is not None and seen.beside.status in IN_PROGRESS:
        return _waits(seen.beside)
    return Lower(endpoint=seen.blueprint.beside, gone=seen.beside is None)


def _there(seen: Observed, experiment: Experiment, there: Endpoint) -> Decision | None:
    if there.status in IN_PROGRESS:
        return _waits(there)
    if not apart.up(seen):
        return Lower(endpoint=there.name, gone=False)
    if seen.raised is None or seen.raised.up or seen.serving is None:
        return None
    why = f"version {experiment.challenger.version} is up beside version {experiment.champion.version}"
    what, other = "ChallengerInService", experiment.challenger
    return Settle(serving=seen.serving, what=what, why=why, beside=other, beside_at=there.name)


def _create(seen: Observed, experiment: Experiment, target: Target) -> Decision:
    stock = seen.stock
    if stock is None:
        return Look()
    versions = f"beside version {experiment.champion.version}"
    if stock.halted:
        why = f"version {experiment.challenger.version} is to be brought up {versions}, but {stock.halted}"
        return Hold(code="halted", why=why)
    for model in target.models:
        if model["ModelName"] in stock.missing:
            return MakeModel(target=target, request=model)
    if not stock.apart_exists:
        return MakeConfig(target=target)
    why = f"version {experiment.challenger.version} is brought up {versions}, on an endpoint of its own"
    attempts = seen.raised.attempts if seen.raised else 0
    return Raise(target=target, attempts=attempts, why=f"{why}: {target.endpoint}")


def _waits(there: Endpoint) -> Wait:
    return Wait(code="in-progress", why=f"the endpoint {there.name} is {there.status}", soon=True)
