"""What `rollout` tells Application Auto Scaling, and what it asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from leeway import keys
from leeway.aws.autoscaling import Bounds
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.journal import Entry
from leeway.reconcile import Done
from leeway.rollout.decisions import Scale, Unscale
from leeway.rollout.flight import Flight
from leeway.rollout.observed import Observed
from leeway.rollout.target import Scaling


def look(app: App, seen: Observed, item: Item) -> Mapping[str, Scaling]:
    """What is registered, by slot; asked only where something was registered or is to be.

    The instance type is kept, for nobody else knows it. At most looks of an experiment, one in some minutes, what is
    kept is believed; its first one in an hour asks, and so finds what somebody else has changed.
    """
    kept: Mapping[str, Mapping[str, Any]] = item.get("scaled", {})
    if not kept and (seen.target is None or seen.target.scaling is None):
        return {}
    if _believed(seen, kept):
        return {slot: _scaling(one) for slot, one in kept.items()}
    slots = {*kept, *(seen.target.shares if seen.target else ())}
    found = app.autoscaling.bounds(seen.blueprint.endpoint, slots)
    types = {slot: str(kept.get(slot, {}).get("instance", "")) for slot in found}
    return {slot: _scaling({**asdict(one), "instance": types[slot]}) for slot, one in found.items()}


def _scaling(kept: Mapping[str, Any]) -> Scaling:
    return Scaling(**{name: kept[name] for name in Scaling.__dataclass_fields__})


def _believed(seen: Observed, kept: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a look in this hour found everything as it is kept, and nothing has begun to change since."""
    assigned, looked = seen.assignment, seen.looked
    if looked is None or seen.experiment is None or assigned is None or assigned.end is not None:
        return False
    same_hour = keys.stamp(looked)[:13] == keys.stamp(seen.now)[:13]
    return same_hour and all(str(one["since"]) < keys.stamp(looked) for one in kept.values())


def carry_out(flight: Flight, decision: Scale | Unscale, item: Item) -> Done:
    """What a plan decided."""
    return _scale(flight, decision, item) if isinstance(decision, Scale) else _unscale(flight, decision, item)


def _scale(flight: Flight, scale: Scale, item: Item) -> Done:
    """Record it before it is done: what is registered must be known, for it holds back updates."""
    wanted, entries = scale.scaling, tuple[Entry, ...]()
    kept = item.get("scaled", {})
    before = {name: value for name, value in kept.get(scale.slot, {}).items() if name != "since"}
    if before != asdict(wanted):
        entries = (flight.entry("ScalingChanged", scale.why, {"endpoint": scale.endpoint, "slot": scale.slot}),)
    after = {**kept, scale.slot: {**asdict(wanted), "since": keys.stamp(flight.now)}}
    flight.keep(item, {"scaled": after}, *(entry.write() for entry in entries))
    bounds = Bounds(least=wanted.least, most=wanted.most, invocations=wanted.invocations)
    flight.app.autoscaling.register(scale.endpoint, scale.slot, bounds)
    return Done(entries=entries)


def _unscale(flight: Flight, unscale: Unscale, item: Item) -> Done:
    flight.app.autoscaling.deregister(unscale.endpoint, unscale.slot)
    entry = flight.entry("ScalingStopped", unscale.why, {"endpoint": unscale.endpoint, "slot": unscale.slot})
    left = {slot: one for slot, one in item.get("scaled", {}).items() if slot != unscale.slot}
    flight.keep(item, {"scaled": left} if left else {}, entry.write(), remove=() if left else ("scaled",))
    return Done(entries=(entry,))
