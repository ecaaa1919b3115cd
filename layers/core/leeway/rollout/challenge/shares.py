"""Who has which share of the traffic, by the endpoint's weights and by what is assigned. Pure."""

from __future__ import annotations

from dataclasses import replace

from leeway import keys
from leeway.experiment.assignment import Arm, Assignment
from leeway.rollout.challenge import apart
from leeway.rollout.challenge.experiment import PROMOTED, SHADOW, Experiment
from leeway.rollout.observed import Observed, Serving
from leeway.rollout.target import WHOLE, Contender, Target

CLOSE = 1e-3  # percent: weights are floats


def duel(seen: Observed, experiment: Experiment) -> Target:
    """Both versions of an experiment, with the shares of its state."""
    if experiment.state == SHADOW:
        return seen.blueprint.shadowed(experiment.champion, experiment.challenger)
    return seen.blueprint.duel(
        experiment.champion, experiment.challenger, first=experiment.stages[0], share=experiment.share
    )


def serves(seen: Observed, target: Target) -> Serving:
    """Who serves where the endpoint has the two versions of an experiment: the leader, once it has the weights."""
    experiment, serving = seen.experiment, seen.serving
    assert experiment is not None  # there are two versions
    there = {experiment.champion.version, experiment.challenger.version}
    leader = experiment.leader
    if not weighed(seen, target):
        leader = serving.contender if serving and serving.version in there else experiment.champion
    return Serving(version=leader.version, package=leader.package, slot=leader.slot, config=target.config_name)


def weighed(seen: Observed, target: Target) -> bool:
    """Whether the shares of the traffic are those that are wanted."""
    shares = seen.endpoint.shares if seen.endpoint else {}
    return shares.keys() == target.shares.keys() and all(
        abs(shares[slot] - share) < CLOSE for slot, share in target.shares.items()
    )


def assignment(seen: Observed, target: Target) -> Assignment:
    """Who should get which version, beginning now; of what is assigned already, that."""
    experiment, before = seen.experiment, seen.assignment
    leader = seen.serving.contender if seen.serving else Contender(version=target.version, package=target.package)
    there = seen.blueprint.beside if apart.up(seen) else target.endpoint
    champion_there = target.endpoint
    if experiment is not None and apart.up(seen) and experiment.state == PROMOTED and not experiment.compares:
        leader, champion_there = experiment.challenger, there
    name, champion, challenger, share = f"{seen.model}-{leader.version}", leader, None, 0
    if experiment is not None and (target.is_duel or apart.up(seen)) and experiment.compares:
        name, champion, challenger = experiment.id, experiment.champion, experiment.challenger
        share = experiment.share
    wanted = Assignment(
        experiment=name,
        epoch=before.epoch + 1 if before else 1,
        champion=_arm(champion, champion_there),
        challenger=_arm(challenger, there) if challenger else None,
        share=share,
        begin=seen.now,
    )
    if before is not None and replace(wanted, epoch=before.epoch, begin=before.begin) == before:
        return before
    return wanted


def _arm(one: Contender, endpoint: str) -> Arm:
    return Arm(version=one.version, endpoint=endpoint, slot=one.slot)


def closed(seen: Observed) -> Assignment | None:
    """What is assigned, with its end: the endpoint is to change, or has changed; None where nothing is in force.

    An update belongs to no epoch: it ends before, or, of one that nobody of us asked for, where that began at the
    latest.
    """
    before, endpoint = seen.assignment, seen.endpoint
    if before is None or before.end is not None:
        return None
    end = seen.now
    if endpoint is not None and endpoint.status != "InService":
        end = min(end, keys.unstamp(endpoint.changed))
    elif not _as_assigned(seen, before):
        end = seen.looked or seen.now
    return replace(before, end=max(end, before.begin))


def _as_assigned(seen: Observed, before: Assignment) -> bool:
    shares = seen.endpoint.shares if seen.endpoint else {}
    arms = [(before.champion, WHOLE - before.share)]
    arms += [(before.challenger, before.share)] if before.challenger else []
    if len({arm.endpoint for arm, _ in arms}) > 1:
        arms = [(arm, WHOLE) for arm, _ in arms]  # each has an endpoint to itself
    answers = seen.beside is not None and seen.beside.status == "InService"
    return all(
        abs(shares.get(arm.slot, -1.0) - share) < CLOSE if arm.endpoint != seen.blueprint.beside else answers
        for arm, share in arms
    )
