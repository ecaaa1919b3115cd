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
    Serving,
    Settle,
    Stock,
    Wait,
)
from leeway.rollout.order import APPROVED
from leeway.rollout.target import Target

IN_PROGRESS = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
ATTEMPTS = 3  # times that one request is refused before it is given up


def plan(seen: Observed) -> Decision:
    """The one next step for one model."""
    if seen.endpoint is not None and seen.endpoint.status in IN_PROGRESS:
        return Wait(code="in-progress", why=f"the endpoint is {seen.endpoint.status}", soon=True)
    if seen.choice.unsure:
        versions = " and ".join(str(version) for version in seen.choice.unsure)
        why = f"versions {versions} were approved while nobody saw it, so which came last is unknown"
        return Hold(code="unsure", why=f"{why}; approve the one that should serve once more")
    if seen.target is None:
        return _nothing_wanted(seen)
    if seen.endpoint is None:
        return _change(seen, seen.target, create=True)
    if seen.endpoint.status != "InService":
        why = f"the endpoint is {seen.endpoint.status}: {seen.endpoint.reason or 'no reason given'}"
        return Hold(code="broken-endpoint", why=f"{why}; delete it, and it is created again")
    if seen.endpoint.config == seen.target.config_name:
        return _arrived(seen, seen.target)
    return _rolled_back(seen, seen.target) or _change(seen, seen.target, create=False)


def _nothing_wanted(seen: Observed) -> Decision:
    if seen.endpoint is None:
        return Wait(code="nothing-approved", why="no version is approved yet")
    version = f"version {seen.serving.version}" if seen.serving else "what is deployed"
    why = f"no version is approved, and {version} keeps serving, for nothing could take its place"
    return Hold(code="nothing-approved", why=f"{why}; approve a version, or delete the endpoint {seen.endpoint.name}")


def _arrived(seen: Observed, target: Target) -> Decision:
    if seen.serving is not None and seen.serving.config == target.config_name and seen.asked is None:
        return Wait(code="serving", why=f"version {target.version} serves")
    now = Serving(version=target.version, package=target.package, config=target.config_name)
    before = seen.serving
    if before is None:
        return Settle(
            serving=now, what="EndpointInService", why=f"version {now.version} serves: {target.endpoint} is InService"
        )
    if before.version == now.version:
        return Settle(serving=now, what="EndpointInService", why=f"version {now.version} serves, as it should")
    if _withdrawn(seen):
        why = f"version {now.version} serves again: version {before.version} is no longer approved"
        return Settle(serving=now, what="RolledBack", why=why)
    return Settle(
        serving=now, what="ChampionReplaced", why=f"version {now.version} serves in place of version {before.version}"
    )


def _rolled_back(seen: Observed, target: Target) -> Decision | None:
    """InService with another configuration although this one was asked for: undone by SageMaker, or never begun."""
    asked = seen.asked
    if asked is None or seen.endpoint is None or not _same(asked, seen, target):
        return None
    if asked.before == seen.changed and asked.attempts < ATTEMPTS:
        return None
    reason = seen.endpoint.reason or asked.error or "no reason given"
    if asked.before == seen.changed:
        why = f"SageMaker refused version {target.version} {asked.attempts} times: {reason}"
        return Hold(code="refused", why=f"{why}; approve it once more to try again")
    kept = f"version {seen.serving.version}" if seen.serving else "what was there"
    why = f"SageMaker took version {target.version} back: {reason}; {kept} keeps serving"
    return Hold(code="taken-back", why=f"{why}; approve version {target.version} once more to try again")


def _same(asked: Asked, seen: Observed, target: Target) -> bool:
    """Whether what was asked for is this very wish; a later approval of the same version is another."""
    desired = seen.choice.desired
    same_approval = desired is not None and desired.approved_at == asked.approved_at
    return asked.config == target.config_name and same_approval


def _change(seen: Observed, target: Target, *, create: bool) -> Decision:
    stock = seen.stock
    if stock is None:
        return Look()
    back = _withdrawn(seen)
    if stock.halted and not back:
        return Hold(code="halted", why=f"version {target.version} is approved, but {stock.halted}")
    if not create and not back and (other := _other_champion(seen, target, stock)):
        return other
    if not stock.model_exists:
        return MakeModel(target=target)
    if not stock.config_exists:
        return MakeConfig(target=target)
    return _ask(seen, target, create=create)


def _withdrawn(seen: Observed) -> bool:
    """Whether what serves is not approved any more: going back asks nobody."""
    serving = seen.serving
    return serving is not None and any(p.version == serving.version and p.status != APPROVED for p in seen.packages)


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
    if _withdrawn(seen):
        why = f"version {seen.serving.version} is no longer approved: version {target.version} takes over again"
        return "RollbackRequested", why
    why = f"version {target.version} is approved and replaces version {seen.serving.version}, all at once"
    return "UpdateRequested", why
