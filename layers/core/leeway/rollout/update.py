"""How an endpoint is brought to another configuration, or why it is not: pure, a part of the plan."""

from __future__ import annotations

from leeway import keys
from leeway.rollout.canary.plan import canary
from leeway.rollout.challenge import shares
from leeway.rollout.challenge.experiment import Assign
from leeway.rollout.decisions import Ask, Decision, Hold, Look, MakeConfig, MakeModel, Reevaluate
from leeway.rollout.observed import Asked, Observed, Stock
from leeway.rollout.scaling import plan as scaling
from leeway.rollout.target import Target
from leeway.rollout.words import asks

ATTEMPTS = 3  # times that one request is refused before it is given up


def closing(seen: Observed) -> Assign | None:
    """The end of what is assigned, before a change or after one that came from elsewhere."""
    closed = shares.closed(seen)
    return Assign(assignment=closed) if closed else None


def given_up(seen: Observed, target: Target) -> Hold | None:
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
    wanted = seen.known(target.version)
    same_approval = wanted is not None and wanted.approved_at <= asked.approved_at
    return asked.config == target.config_name and same_approval


def change(seen: Observed, target: Target, *, create: bool) -> Decision:
    stock = seen.stock
    if stock is None:
        return Look()
    back = goes_back(seen, target.version)
    if stock.halted and not back:
        return Hold(code="halted", why=f"version {target.version} is approved, but {stock.halted}")
    if not create and not back and (other := other_champion(seen, target.version, stock)):
        return other
    for model in target.models:
        if model["ModelName"] in stock.missing:
            return MakeModel(target=target, request=model)
    if not stock.config_exists:
        return MakeConfig(target=target)
    stops = None if create else scaling.stops(seen, target)
    return stops or closing(seen) or _ask(seen, target, create=create)


def goes_back(seen: Observed, version: int) -> bool:
    """Whether a version that has served takes over from one that is not approved any more: going back asks nobody."""
    known = seen.known(version)
    return _withdrawn(seen) and known is not None and known.served


def _withdrawn(seen: Observed) -> bool:
    """Whether what serves is not approved any more."""
    known = seen.known(seen.serving.version) if seen.serving else None
    return known is not None and not known.stands


def other_champion(seen: Observed, version: int, stock: Stock) -> Decision | None:
    """A version that has never served must have been compared with the one that it replaces."""
    known = seen.known(version)
    if known is None or known.served or seen.serving is None or seen.serving.version == version:
        return None
    if not stock.champion or stock.champion == stock.serving_champion:
        return None
    why = f"version {version} was not compared with version {seen.serving.version}, which serves"
    key = f"{version}-{seen.serving.version}"
    if seen.reevaluated == key:
        return Hold(code="other-champion", why=f"{why}; the training that was asked for makes a version that is")
    return Reevaluate(key=key, version=version, why=f"{why}; it is held, and a new training is asked for")


def _ask(seen: Observed, target: Target, *, create: bool) -> Ask:
    wanted = seen.known(target.version)
    assert wanted is not None  # there is a target
    comes = None if create else canary(seen, target)
    if seen.asked is not None and _same(seen.asked, seen, target) and seen.asked.before == seen.changed:
        return Ask(target=target, asked=seen.asked, create=create, what=None, canary=comes)
    leader = shares.serves(seen, target) if target.is_duel else None
    asked = Asked(
        config=target.config_name, version=target.version, approved_at=wanted.approved_at, before=seen.changed,
        slot=leader.slot if leader else target.slot, leader=leader.version if leader else 0,
        canary=comes is not None, at=keys.stamp(seen.now) if comes else "",
    )  # fmt: skip
    what, why = asks(seen, target, create=create, back=goes_back(seen, target.version))
    return Ask(target=target, asked=asked, create=create, what=what, why=why, canary=comes)
