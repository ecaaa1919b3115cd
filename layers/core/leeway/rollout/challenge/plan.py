"""What becomes of an experiment by what is seen of versions and endpoint, before any number is looked at. Pure.

A challenger that does not win leaves its approval used up: it is tried again when it is approved once more.
"""

from __future__ import annotations

from datetime import datetime

from leeway.experiment.rule import Finding
from leeway.rollout.canary import plan as canary
from leeway.rollout.challenge.apart import is_apart, named
from leeway.rollout.challenge.experiment import ABORT, PROMOTE, PROMOTED, REVERTED, RUNNING, SHADOW, Experiment, Turn
from leeway.rollout.challenge.shares import duel, weighed
from leeway.rollout.observed import Observed
from leeway.rollout.order import Seen
from leeway.rollout.target import Contender, Target

AB = "ab"
TRIED = {AB, SHADOW}  # strategies by which a version has to prove itself


def goal(seen: Observed) -> Target | None:
    """What the endpoint should be now; None where nothing is wanted."""
    experiment, desired, serving = seen.experiment, seen.choice.desired, seen.serving
    if experiment is not None and seen.blueprint.is_serverless:
        until = baked_at(seen, experiment) if experiment.state == PROMOTED else None
        baked = until is not None and seen.now >= until
        return seen.blueprint.solo(experiment.challenger if baked else experiment.champion)
    if experiment is not None:
        both = duel(seen, experiment)
        there = seen.endpoint is not None
        if there and (experiment.state != REVERTED or seen.config == both.config_name):
            return both
        return seen.blueprint.solo(experiment.leader)
    if serving is not None and contested(seen) is not None:
        return seen.blueprint.solo(serving.contender)
    if (comes := canary.due(seen)) is not None:
        return canary.goal(seen, comes)
    if desired is None:
        return None
    slot = serving.contender if serving else Contender(version=0, package="")
    return seen.blueprint.solo(Contender(version=desired.version, package=desired.arn, slot=slot.slot))


def contested(seen: Observed) -> Seen | None:
    """The version that has to prove itself against the one that serves, None where there is none."""
    desired, serving = seen.choice.desired, seen.serving
    if seen.rules.strategy not in TRIED or seen.experiment is not None or serving is None or seen.choice.unsure:
        return None
    champion = seen.known(serving.version)
    if desired is None or desired.version == serving.version or champion is None or not champion.stands:
        return None
    return desired


def begin(seen: Observed, challenger: Seen) -> Turn:
    """The experiment of a version that is contested; it may be."""
    assert seen.serving is not None  # it is the champion
    experiment = Experiment.begin(seen.model, seen.serving.contender, challenger, seen.rules)
    share = "a copy of each request" if experiment.state == SHADOW else f"{experiment.share} % of the traffic"
    why = (
        f"version {challenger.version} is approved and has to prove itself against version {seen.serving.version}, "
        f"beginning with {share}"
    )
    return Turn(after=experiment, what="ExperimentBegun", why=why, brings=True)


def turn(seen: Observed, given_up: str) -> Turn | None:
    """What ends or changes the experiment, whatever the numbers say; `given_up` is why SageMaker did not start it."""
    experiment = seen.experiment
    if experiment is None:
        return None
    champion = seen.known(experiment.champion.version)
    if champion is None or not champion.stands:
        why = f"the experiment is over: its champion, version {experiment.champion.version}, is no longer approved"
        return Turn(after=None, what="ExperimentEnded", why=why)
    if experiment.state == REVERTED:
        return _over(seen, experiment)
    lost = _lost(seen, experiment, given_up)
    if turned := lost or _wished(seen, experiment):
        return turned
    return _baked(seen, experiment) if experiment.state == PROMOTED else _overtaken(seen, experiment)


def _lost(seen: Observed, experiment: Experiment, given_up: str) -> Turn | None:
    """Why the challenger is out, None where it is not."""
    version, challenger = experiment.challenger.version, seen.known(experiment.challenger.version)
    if challenger is None or not challenger.stands:
        why = f"version {version} is no longer approved: version {experiment.champion.version} gets all of the traffic"
        return back(seen, experiment, "ChallengerRejected", why)
    if given_up:
        return back(seen, experiment, "ChallengerFailed", given_up)
    desired = None if seen.choice.unsure else seen.choice.desired
    if desired is not None and desired.version == experiment.champion.version:
        why = f"version {desired.version} was approved once more after version {version}, and stays"
        return back(seen, experiment, "ChampionKept", why)
    return None


def _wished(seen: Observed, experiment: Experiment) -> Turn | None:
    """What a person asks for; of another experiment, or of one that has not begun or is decided, nothing comes."""
    wish, version = seen.wish, f"version {experiment.challenger.version}"
    if wish is None or wish.experiment != experiment.id:
        return None
    if wish.what == ABORT:
        return back(seen, experiment, "ExperimentAborted", f"the experiment with {version} is aborted: {wish.words}")
    if wish.what == PROMOTE and experiment.state in {SHADOW, RUNNING} and experiment.started is not None:
        return promote(experiment, f"{version} is promoted before the evidence says so: {wish.words}")
    return None


def _overtaken(seen: Observed, experiment: Experiment) -> Turn | None:
    """Another version was approved meanwhile, or the strategy is another now."""
    if seen.rules.strategy not in TRIED:
        why = f'the experiment is over: strategy is "{seen.rules.strategy}" now'
        return Turn(after=None, what="ExperimentEnded", why=why)
    desired, versions = seen.choice.desired, {experiment.champion.version, experiment.challenger.version}
    if desired is None or desired.version in versions or seen.choice.unsure or seen.rules.during == "queue":
        return None
    if seen.rules.during == "replace":
        why = f"version {desired.version} was approved and takes the place of version {experiment.challenger.version}"
        return back(seen, experiment, "ChallengerReplaced", why)
    why = (
        f"version {desired.version} was approved while version {experiment.challenger.version} is in an experiment, "
        'and is ignored (during = "ignore"); approve it once more when that is over'
    )
    return Turn(after=experiment, what="ApprovalIgnored", why=why, lost=desired)


def _baked(seen: Observed, experiment: Experiment) -> Turn | None:
    """The old champion goes once the new one has served alone for a while; a holdback stays until the horizon."""
    until = baked_at(seen, experiment)
    if until is None or seen.now < until:
        return None
    if is_apart(seen) and not (seen.serving and seen.serving.version == experiment.challenger.version):
        return None  # first it takes over its champion's endpoint
    versions = f"version {experiment.challenger.version} has served since {experiment.staged:%Y-%m-%d %H:%M}"
    why = f"{versions}: version {experiment.champion.version} is taken away"
    return Turn(after=None, what="ExperimentEnded", why=why)


def baked_at(seen: Observed, experiment: Experiment) -> datetime | None:
    """When the old champion goes, None where its weights are not in force yet."""
    if experiment.staged is None or experiment.started is None:
        return None
    baked = experiment.staged + seen.rules.bake
    return max(baked, experiment.started + seen.rules.horizon) if experiment.kept else baked


def _over(seen: Observed, experiment: Experiment) -> Turn | None:
    """Over as soon as the champion has all of the traffic, and that is kept."""
    why = f"version {experiment.champion.version} has all of the traffic again"
    if is_apart(seen):
        return None if named(seen) else Turn(after=None, what="ExperimentEnded", why=why)
    both = duel(seen, experiment)
    here = seen.endpoint is not None and seen.config == both.config_name
    if here and not (weighed(seen, both) and seen.serving and seen.serving.version == experiment.champion.version):
        return None
    return Turn(after=None, what="ExperimentEnded", why=why)


def after(seen: Observed, experiment: Experiment, finding: Finding) -> Turn | None:
    """What follows from a look; None where nothing does. Of a promoted one only harm counts."""
    version, words = experiment.challenger.version, finding.why
    if finding.verdict == "roll-back":
        return back(seen, experiment, "ChallengerRolledBack", f"version {version} is rolled back: {words}")
    if experiment.state not in {SHADOW, RUNNING}:
        return None
    if experiment.state == SHADOW and finding.verdict == "promote":
        return _out_of_the_shadow(seen, experiment, words)
    if finding.verdict == "keep":
        return back(seen, experiment, "ChampionKept", f"version {experiment.champion.version} is kept: {words}")
    if finding.verdict == "promote":
        return promote(experiment, f"version {version} is promoted: {words}")
    if finding.verdict == "step":
        stage = experiment.turned(stage=experiment.stage + 1)
        return Turn(after=stage, what="StageReached", why=f"version {version}: {words}", brings=True)
    return None


def _out_of_the_shadow(seen: Observed, experiment: Experiment, words: str) -> Turn:
    """Into an experiment, which begins then; or back, with a report."""
    version = experiment.challenger.version
    if seen.rules.then != AB:
        why = f'version {version} has done well in the shadow: {words}; it ends with this report (then = "report")'
        return back(seen, experiment, "ShadowReported", why)
    stage = experiment.turned(state=RUNNING, started=None)
    why = f"version {version} has done well in the shadow, and gets {stage.share} % of the traffic: {words}"
    return Turn(after=stage, what="ShadowEnded", why=why, brings=True)


def promote(experiment: Experiment, why: str) -> Turn:
    """The challenger gets all of the traffic, or all but a holdback."""
    return Turn(after=experiment.turned(state=PROMOTED), what="ChallengerPromoted", why=why, brings=True)


def back(seen: Observed, experiment: Experiment, what: str, why: str) -> Turn:
    """The champion gets all of the traffic back, and the challenger's approval is used up."""
    return Turn(
        after=experiment.turned(state=REVERTED), what=what, why=why, lost=seen.known(experiment.challenger.version)
    )
