"""What Application Auto Scaling is told of each slot, and how many instances go with a change of weights. Pure.

A slot is scaled while it has traffic: the one whose version comes is registered when it has got its first share, and
the one whose version goes keeps its instances for the way back, until its variant is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import ceil

from leeway import keys
from leeway.rollout.decisions import Hold, Look, Scale, Unscale
from leeway.rollout.observed import Observed
from leeway.rollout.target import WHOLE, Scaling, Target

COMES = timedelta(minutes=30)  # that instances were asked for so long ago says nothing of now


def scale(seen: Observed, target: Target) -> Look | Hold | Scale | Unscale | None:
    """What must be told of an endpoint that is otherwise as it should be, one slot after the other."""
    wanted = _wanted(target)
    ends = [slot for slot in sorted(seen.scaled) if slot not in wanted]
    changes = [slot for slot in sorted(wanted) if seen.scaled.get(slot) != wanted[slot]]
    if not ends and not changes:
        return None
    if seen.stock is None:
        return Look()
    if seen.stock.halted:
        # An experiment goes on being judged: what harms is rolled back, whatever is halted.
        why = f"the scaling of {target.endpoint} is to change, but {seen.stock.halted}"
        return None if target.is_duel else Hold(code="halted", why=why)
    if ends:
        idle = "it has no traffic" if target.scaling else "model.toml has no max_instances"
        why = f"{_named(target, ends[0])} is scaled no more: {idle}"
        return Unscale(endpoint=target.endpoint, slot=ends[0], why=why)
    slot, bounds = changes[0], wanted[changes[0]]
    each = f"{bounds.least} to {bounds.most} instances, so that each has {bounds.invocations:,} invocations a minute"
    return Scale(endpoint=target.endpoint, slot=slot, scaling=bounds, why=f"{_named(target, slot)} is scaled: {each}")


def stops(seen: Observed, target: Target) -> Unscale | None:
    """SageMaker neither removes a variant nor changes its instances while that is registered."""
    instances = target.instances
    for slot, found in sorted(seen.scaled.items()):
        if slot not in instances:
            why = f"SageMaker removes no variant that is scaled: the scaling of {slot} stops"
            return Unscale(endpoint=target.endpoint, slot=slot, why=why)
        if found.instance != instances[slot]:
            why = "SageMaker changes no instances that are scaled: scaling stops until the endpoint is as it should be"
            return Unscale(endpoint=target.endpoint, slot=slot, why=why)
    return None


def growth(seen: Observed, target: Target) -> dict[str, int]:
    """Instances of the slot that gets more of the traffic, for the share that it gets of all that there are.

    None where it has as many.
    """
    endpoint, bounds = seen.endpoint, target.scaling
    if endpoint is None or bounds is None:
        return {}
    counts, shares = dict(endpoint.counts), endpoint.shares
    more = {slot: share - shares.get(slot, 0.0) for slot, share in target.shares.items() if slot in counts}
    slot = max(more, key=lambda one: more[one], default="")
    if not slot or more[slot] <= 0:
        return {}
    needs = min(ceil(sum(counts.values()) * target.shares[slot] / WHOLE), bounds.most)
    return {slot: needs} if needs > counts[slot] else {}


def failed(seen: Observed, target: Target, counts: Mapping[str, int]) -> bool:
    """Whether they were asked for with these weights and did not come: then the weights go first."""
    grown = seen.grown
    if grown is None or grown.weights != target.shares or grown.counts != counts:
        return False
    fresh = seen.now < keys.unstamp(grown.at) + COMES
    return fresh and (bool(grown.error) or grown.before != seen.changed)


def _wanted(target: Target) -> dict[str, Scaling]:
    scaling = target.scaling
    return {slot: scaling for slot, share in target.shares.items() if share} if scaling else {}


def _named(target: Target, slot: str) -> str:
    return f"variant {slot} of {target.endpoint}" if target.is_duel else target.endpoint
