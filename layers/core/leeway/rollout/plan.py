"""Decides the one next step that brings the desired version to serve: pure, each decision with its reason.

Everything is a function of what is observed: an endpoint changed or deleted by hand is just another observation.
"""

from __future__ import annotations

from datetime import timedelta

from leeway import keys
from leeway.rollout import beside
from leeway.rollout.canary import plan as canary
from leeway.rollout.challenge import apart, shares
from leeway.rollout.challenge import plan as challenge
from leeway.rollout.challenge.experiment import PROMOTED, SHADOW, Assign, Judge, Weigh
from leeway.rollout.decisions import Decision, Hold, Look, Settle, Wait
from leeway.rollout.leftovers import leftover
from leeway.rollout.observed import IN_PROGRESS, Observed, Serving
from leeway.rollout.scaling import plan as scaling
from leeway.rollout.target import Target
from leeway.rollout.update import ATTEMPTS, change, closing, given_up, goes_back, other_champion
from leeway.rollout.words import settles

LONG = timedelta(minutes=30)  # that a change may take before somebody has to know


def plan(seen: Observed) -> Decision:
    """The one next step for one model."""
    if seen.endpoint is not None and seen.endpoint.status in IN_PROGRESS:
        return closing(seen) or canary.stop(seen) or _in_progress(seen)
    now = _in_force(seen)
    if now is not None and (now != seen.serving or seen.asked is not None):
        return _settle(seen, now)
    if silenced := canary.over(seen):
        return silenced
    if turned := challenge.turn(seen, _failed(seen)):
        return turned
    if seen.choice.unsure and seen.experiment is None:
        versions = " and ".join(str(version) for version in seen.choice.unsure)
        why = f"versions {versions} were approved while nobody saw it, so which came last is unknown"
        return Hold(code="unsure", why=f"{why}; approve the one that should serve once more")
    if seen.target is None:
        return _nothing_wanted(seen)
    return _toward(seen, seen.target)


def _in_progress(seen: Observed) -> Decision:
    assert seen.endpoint is not None  # it changes
    why = f"the endpoint is {seen.endpoint.status}"
    long = LONG + canary.patience(seen)
    if seen.now < keys.unstamp(seen.endpoint.changed) + long:
        return Wait(code="in-progress", why=why, soon=True)
    kept = f"; version {seen.serving.version} keeps serving" if seen.serving else ""
    why = f"{why} for over {long.total_seconds() / 60:.0f} minutes, and takes no other change until that is over{kept}"
    return Hold(code="long-update", why=why, soon=True)


def _in_force(seen: Observed) -> Serving | None:
    """The version that is InService, if it is the one that was asked for or the one that is wanted.

    What was asked for counts even where another is wanted by now: it has served, and whatever comes next replaces it.
    """
    endpoint, asked, target = seen.endpoint, seen.asked, seen.target
    if endpoint is None or endpoint.status != "InService":
        return None
    if target is not None and endpoint.config == target.config_name:
        if target.is_duel:
            return shares.serves(seen, target)
        return Serving(version=target.version, package=target.package, config=target.config_name, slot=target.slot)
    known = seen.known(asked.leader or asked.version) if asked is not None else None
    if asked is None or known is None or endpoint.config != asked.config:
        return None
    return Serving(version=known.version, package=known.arn, config=asked.config, slot=asked.slot)


def _settle(seen: Observed, now: Serving) -> Settle:
    what, why = settles(seen, now, back=goes_back(seen, now.version))
    experiment, target = seen.experiment, seen.target
    other = None
    if experiment is not None and target is not None and target.config_name == now.config and experiment.compares:
        pair = (experiment.champion, experiment.challenger)
        other = next(one for one in pair if one.version != now.version)
    at = ""
    if experiment is not None and apart.up(seen) and now.version != experiment.challenger.version:
        other, at = experiment.challenger, seen.blueprint.beside
    left = keys.unstamp(seen.asked.at) if seen.asked is not None and seen.asked.canary else None
    return Settle(serving=now, what=what, why=why, beside=other, beside_at=at, left=left)


def _failed(seen: Observed) -> str:
    """Why SageMaker did not bring a challenger up, "" where it did or may still."""
    if apart.is_apart(seen):
        return apart.failed(seen, ATTEMPTS)
    if (
        seen.target is None
        or not seen.target.is_duel
        or seen.endpoint is None
        or seen.config == seen.target.config_name
    ):
        return ""
    held = given_up(seen, seen.target)
    return held.why if held else ""


def _toward(seen: Observed, target: Target) -> Decision:
    if seen.endpoint is None:
        return given_up(seen, target) or change(seen, target, create=True)
    if seen.endpoint.status != "InService":
        why = f"the endpoint is {seen.endpoint.status}: {seen.endpoint.reason or 'no reason given'}"
        return Hold(code="broken-endpoint", why=f"{why}; delete it, and it is created again")
    if seen.endpoint.config == target.config_name:
        moved = _weigh(seen, target) or scaling.scale(seen, target) or _assign(seen, target)
        return moved or beside.bring(seen) or beside.clear(seen) or _rests(seen, target)
    if target.is_serverless and not seen.endpoint.serverless:
        why = f"SageMaker turns no endpoint of instances into a serverless one: delete the endpoint {target.endpoint}"
        return Hold(code="no-way-to-serverless", why=f"{why}, and it is created again, serverless")
    held = given_up(seen, target)
    if held is not None:
        return canary.after(seen, held) or held
    return change(seen, target, create=False)


def _weigh(seen: Observed, target: Target) -> Decision | None:
    """The weights of an experiment; more for the challenger only while nothing is halted."""
    endpoint, experiment = seen.endpoint, seen.experiment
    if endpoint is None or experiment is None or not target.is_duel or shares.weighed(seen, target):
        return None
    share = target.shares.get(experiment.challenger.slot, 0)
    if share > endpoint.shares.get(experiment.challenger.slot, 0.0):
        if seen.stock is None:
            return Look()
        if seen.stock.halted:
            why = f"version {experiment.challenger.version} is to have {share} % of the traffic"
            return Hold(code="halted", why=f"{why}, but {seen.stock.halted}")
    why = f"version {experiment.challenger.version} gets {share} % of the traffic"
    counts, came = scaling.growth(seen, target), True
    if scaling.failed(seen, target, counts):
        counts, came = {}, bool(seen.grown and seen.grown.error)
    weigh = Weigh(
        endpoint=endpoint.name, weights=target.shares, why=why, counts=counts, before=seen.changed, undone=not came
    )
    return closing(seen) or weigh


def _assign(seen: Observed, target: Target) -> Assign | None:
    wanted = shares.assignment(seen, target)
    return None if wanted == seen.assignment else closing(seen) or Assign(assignment=wanted)


def _rests(seen: Observed, target: Target) -> Decision:
    """Everything is as it should be: look at the experiment, begin one, or wait."""
    experiment = seen.experiment
    if experiment is not None:
        if experiment.compares or experiment.state == SHADOW:
            return Judge(experiment=experiment)
        until = challenge.baked_at(seen, experiment) if experiment.state == PROMOTED else None
        why = f"version {experiment.leader.version} serves; version {experiment.champion.version} stays beside it"
        return Wait(code="bake", why=f"{why} until {until:%Y-%m-%d %H:%M}" if until else why, until=until)
    challenger = challenge.contested(seen)
    if challenger is None:
        waits = _another_person(seen) or Wait(code="serving", why=f"version {target.version} serves")
        return leftover(seen.made, target.config_name, target.model_names) or waits
    if seen.stock is None:
        return Look()
    if seen.stock.halted:
        return Hold(code="halted", why=f"version {challenger.version} is approved, but {seen.stock.halted}")
    return other_champion(seen, challenger.version, seen.stock) or challenge.begin(seen, challenger)


def _another_person(seen: Observed) -> Hold | None:
    """Who made a version may not be the only one to approve it, where model.toml says so."""
    asks = "model.toml asks for four eyes: somebody else has to approve it, once more"
    return Hold(code="four-eyes", why=f"{seen.alone}, and {asks}") if seen.alone else None


def _nothing_wanted(seen: Observed) -> Decision:
    if alone := _another_person(seen):
        return alone
    if seen.endpoint is None:
        return Wait(code="nothing-approved", why="no version is approved yet")
    version = f"version {seen.serving.version}" if seen.serving else "what is deployed"
    why = f"no version is approved, and {version} keeps serving, for nothing could take its place"
    return Hold(code="nothing-approved", why=f"{why}; approve a version, or delete the endpoint {seen.endpoint.name}")
