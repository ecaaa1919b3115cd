"""Decides the one next step that brings the desired version to serve: pure, each decision with its reason.

Everything is a function of what is observed: an endpoint changed or deleted by hand is just another observation.
"""

from __future__ import annotations

from leeway.rollout.decisions import (
    Ask,
    Asked,
    Decision,
    Hold,
    Look,
    MakeConfig,
    MakeModel,
    Observed,
    Reevaluate,
    Scale,
    Serving,
    Settle,
    Stock,
    Unscale,
    Wait,
)
from leeway.rollout.order import APPROVED, Seen
from leeway.rollout.target import Target

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
ATTEMPTS = 3  # times that one request is refused before it is given up


def plan(seen: Observed) -> Decision:
    """The one next step for one model."""
    if seen.endpoint is not None and seen.endpoint.status in IN_PROGRESS:
        return Wait(code="in-progress", why=f"the endpoint is {seen.endpoint.status}", soon=True)
    now = _in_force(seen)
    if now is not None and (now != seen.serving or seen.asked is not None):
        return _settle(seen, now)
    if seen.choice.unsure:
        versions = " and ".join(str(version) for version in seen.choice.unsure)
        why = f"versions {versions} were approved while nobody saw it, so which came last is unknown"
        return Hold(code="unsure", why=f"{why}; approve the one that should serve once more")
    if seen.target is None:
        return _nothing_wanted(seen)
    return _toward(seen, seen.target)


def _in_force(seen: Observed) -> Serving | None:
    """The version that is InService, if it is the one that was asked for or the one that is wanted.

    What was asked for counts even where another is wanted by now: it has served, and whatever comes next replaces it.
    """
    endpoint, asked, target = seen.endpoint, seen.asked, seen.target
    if endpoint is None or endpoint.status != "InService":
        return None
    if target is not None and endpoint.config == target.config_name:
        return Serving(version=target.version, package=target.package, config=target.config_name)
    known = _known(seen, asked.version) if asked is not None else None
    if asked is None or known is None or endpoint.config != asked.config:
        return None
    return Serving(version=asked.version, package=known.arn, config=asked.config)


def _toward(seen: Observed, target: Target) -> Decision:
    if seen.endpoint is None:
        return _given_up(seen, target) or _change(seen, target, create=True)
    if seen.endpoint.status != "InService":
        why = f"the endpoint is {seen.endpoint.status}: {seen.endpoint.reason or 'no reason given'}"
        return Hold(code="broken-endpoint", why=f"{why}; delete it, and it is created again")
    if seen.endpoint.config == target.config_name:
        return _scale(seen, target) or Wait(code="serving", why=f"version {target.version} serves")
    if target.is_serverless and not seen.endpoint.serverless:
        why = f"SageMaker turns no endpoint of instances into a serverless one: delete the endpoint {target.endpoint}"
        return Hold(code="no-way-to-serverless", why=f"{why}, and it is created again, serverless")
    return _given_up(seen, target) or _change(seen, target, create=False)


def _scale(seen: Observed, target: Target) -> Decision | None:
    """What Application Auto Scaling must be told of an endpoint that is otherwise as it should be."""
    wanted, endpoint = target.scaling, target.endpoint
    if wanted == seen.scaled:
        return None
    if seen.stock is None:
        return Look()
    if seen.stock.halted:
        return Hold(code="halted", why=f"the scaling of {endpoint} is to change, but {seen.stock.halted}")
    if wanted is None:
        return Unscale(endpoint=endpoint, why=f"{endpoint} is scaled no more: model.toml has no max_instances")
    bounds = f"{wanted.least} to {wanted.most} instances"
    why = f"{endpoint} is scaled: {bounds}, so that each has {wanted.invocations:,} invocations a minute"
    return Scale(endpoint=endpoint, scaling=wanted, why=why)


def _nothing_wanted(seen: Observed) -> Decision:
    if seen.endpoint is None:
        return Wait(code="nothing-approved", why="no version is approved yet")
    version = f"version {seen.serving.version}" if seen.serving else "what is deployed"
    why = f"no version is approved, and {version} keeps serving, for nothing could take its place"
    return Hold(code="nothing-approved", why=f"{why}; approve a version, or delete the endpoint {seen.endpoint.name}")


def _settle(seen: Observed, now: Serving) -> Settle:
    before = seen.serving
    if before is None:
        why = f"version {now.version} serves: its endpoint is InService"
        return Settle(serving=now, what="EndpointInService", why=why)
    if before.version == now.version:
        return Settle(serving=now, what="EndpointInService", why=f"version {now.version} serves, as it should")
    if _goes_back(seen, now.version):
        why = f"version {now.version} serves again: version {before.version} is no longer approved"
        return Settle(serving=now, what="RolledBack", why=why)
    why = f"version {now.version} serves in place of version {before.version}"
    return Settle(serving=now, what="ChampionReplaced", why=why)


def _given_up(seen: Observed, target: Target) -> Hold | None:
    """What was asked for and is not in force: refused too often, or begun and undone by SageMaker."""
    asked = seen.asked
    if asked is None or not _same(asked, seen, target):
        return None
    again = f"approve version {target.version} once more to try again"
    if asked.before == seen.changed:
        if asked.attempts < ATTEMPTS:
            return None
        why = f"SageMaker refused version {target.version} {asked.attempts} times: {asked.error or 'no reason given'}"
        return Hold(code="refused", why=f"{why}; {again}")
    if seen.endpoint is None or asked.error:
        return None  # deleted since, or refused while the endpoint changed for another reason: scaled, or by hand
    kept = f"version {seen.serving.version}" if seen.serving else "what was there"
    why = f"SageMaker took version {target.version} back: {seen.endpoint.reason or 'no reason given'}"
    return Hold(code="taken-back", why=f"{why}; {kept} keeps serving; {again}")


def _same(asked: Asked, seen: Observed, target: Target) -> bool:
    """Whether what was asked for is this very wish; a later approval of the same version is another.

    The time of an inferred approval may turn out to be earlier, and that is no other approval.
    """
    desired = seen.choice.desired
    same_approval = desired is not None and desired.approved_at <= asked.approved_at
    return asked.config == target.config_name and same_approval


def _change(seen: Observed, target: Target, *, create: bool) -> Decision:
    stock = seen.stock
    if stock is None:
        return Look()
    back = _goes_back(seen, target.version)
    if stock.halted and not back:
        return Hold(code="halted", why=f"version {target.version} is approved, but {stock.halted}")
    if not create and not back and (other := _other_champion(seen, target, stock)):
        return other
    if not stock.model_exists:
        return MakeModel(target=target)
    if not stock.config_exists:
        return MakeConfig(target=target)
    if not create and seen.scaled is not None and seen.scaled.instance != target.instance:
        why = "SageMaker changes no instances that are scaled: scaling stops until the endpoint is as it should be"
        return Unscale(endpoint=target.endpoint, why=why)
    return _ask(seen, target, create=create)


def _goes_back(seen: Observed, version: int) -> bool:
    """Whether a version that has served takes over from one that is not approved any more: going back asks nobody."""
    known = _known(seen, version)
    return _withdrawn(seen) and known is not None and known.served


def _withdrawn(seen: Observed) -> bool:
    """Whether what serves is not approved any more."""
    known = _known(seen, seen.serving.version) if seen.serving else None
    return known is not None and known.status != APPROVED


def _known(seen: Observed, version: int) -> Seen | None:
    return next((known for known in seen.packages if known.version == version), None)


def _other_champion(seen: Observed, target: Target, stock: Stock) -> Decision | None:
    """A version that has never served must have been compared with the one that it replaces."""
    desired = seen.choice.desired
    if desired is None or desired.served or seen.serving is None or seen.serving.version == target.version:
        return None
    if not stock.champion or stock.champion == stock.serving_champion:
        return None
    why = f"version {target.version} was not compared with version {seen.serving.version}, which serves"
    key = f"{target.version}-{seen.serving.version}"
    if seen.reevaluated == key:
        return Hold(code="other-champion", why=f"{why}; the training that was asked for makes a version that is")
    return Reevaluate(key=key, version=target.version, why=f"{why}; it is held, and a new training is asked for")


def _ask(seen: Observed, target: Target, *, create: bool) -> Ask:
    desired = seen.choice.desired
    assert desired is not None  # there is a target
    if seen.asked is not None and _same(seen.asked, seen, target) and seen.asked.before == seen.changed:
        return Ask(target=target, asked=seen.asked, create=create, what=None)
    asked = Asked(
        config=target.config_name, version=target.version, approved_at=desired.approved_at, before=seen.changed
    )
    what, why = _words(seen, target, create=create)
    return Ask(target=target, asked=asked, create=create, what=what, why=why)


def _words(seen: Observed, target: Target, *, create: bool) -> tuple[str, str]:
    if create:
        why = f"version {target.version} is approved and nothing serves: endpoint {target.endpoint} is being created"
        return "EndpointRequested", why
    if seen.serving is None or seen.serving.version == target.version:
        why = f"{target.endpoint} is not as version {target.version} wants it and is being updated"
        return "UpdateRequested", why
    if _goes_back(seen, target.version):
        why = f"version {seen.serving.version} is no longer approved: version {target.version} takes over again"
        return "RollbackRequested", why
    why = f"version {target.version} is approved and replaces version {seen.serving.version}, all at once"
    return "UpdateRequested", why
