"""What `rollout` does for a canary: make its alarms, make one ring, delete them, keep what became of it."""

from __future__ import annotations

from dataclasses import replace

from leeway.aws.table import Item, Value, Write
from leeway.reconcile import Done, Rest
from leeway.rollout import records
from leeway.rollout.canary.plan import names
from leeway.rollout.canary.steps import Canary, GiveUp, Ring, Silence
from leeway.rollout.decisions import Hold, Wait
from leeway.rollout.flight import Flight


def watch(flight: Flight, canary: Canary, version: int) -> Rest | None:
    """Make the alarms, and let nothing begin before each is OK: SageMaker takes back at once what an alarm rings of.

    A new one has not looked yet, and may ring of an earlier try for as long as it sees the minutes of that.
    """
    for request in canary.alarms:
        flight.app.alarms.put(request)
    found = flight.app.alarms.look([str(request["AlarmName"]) for request in canary.alarms])
    if rings := [f"the alarm {one.name} rings already: {one.reason}" for one in found if one.state == "ALARM"]:
        return flight.rest(Hold(code="alarm-rings", why=f"version {version} waits: {'; '.join(rings)}", soon=True))
    if all(one.state == "OK" for one in found):
        return None
    return flight.rest(Wait(code="alarms", why=f"version {version} waits for its alarms to look at it", soon=True))


def carry_out(flight: Flight, decision: Ring | GiveUp | Silence, item: Item) -> Done:
    """What a plan decided."""
    match decision:
        case Ring():
            return _ring(flight, decision, item)
        case GiveUp():
            return _give_up(flight, decision, item)
        case Silence():
            return _silence(flight, decision, item)


def _ring(flight: Flight, decision: Ring, item: Item) -> Done:
    """The alarm first: where what is kept of it gets lost, it is made to ring once more."""
    if decision.alarm is not None:
        flight.app.alarms.put(decision.alarm)
    values: dict[str, Value] = {"rung": decision.why}
    if not decision.what:
        flight.keep(item, values)
        return Done()
    entry = flight.entry(decision.what, decision.why, {"version": decision.version})
    flight.keep(item, values, entry.write())
    return Done(entries=(entry,))


def _give_up(flight: Flight, decision: GiveUp, item: Item) -> Done:
    """The approval is used up in the transaction that says so."""
    lost, serving = decision.lost, records.serving(item)
    champion = serving.version if serving else None
    entry = flight.entry(decision.what, decision.why, {"version": lost.version, "champion": champion})
    writes: list[Write] = [entry.write(), records.keep(flight.model, lost, replace(lost, lost_at=lost.approved_at))]
    flight.keep(item, {}, *writes, remove=("asked",))
    return Done(entries=(entry,))


def _silence(flight: Flight, decision: Silence, item: Item) -> Done:
    """Deleting what is gone is no error, so it is done before it is kept."""
    flight.app.alarms.delete(names(decision.config))
    flight.keep(item, {}, remove=("watched", "rung", "wish"))
    return Done()
