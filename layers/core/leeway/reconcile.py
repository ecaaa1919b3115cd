"""The reconcile loop that `retraining` and `rollout` share: clear the flag, read, plan one action, do it, come back.

Whatever cannot be reached now is looked at again later: raising would block the model's message group for as long as
the queue's visibility timeout, and end in a dead letter. Only when the table itself cannot be written does it raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leeway import keys, wake
from leeway.aws.table import Item, Table, Update, Value
from leeway.errors import Conflict, Unavailable
from leeway.journal import Entry

MAX_STEPS = 12  # more in one go is a loop that does not converge: come back in a minute
TICK = timedelta(microseconds=1)  # between two steps of one wake, so that the journal keeps their order
BACKOFF, LONGEST_BACKOFF = timedelta(seconds=15), timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Nothing to do before `until`: `code` is the stable name of the reason, `why` its sentence with figures.

    `silent` keeps the reason on the machine's item alone: "nothing to do" is no news for the journal. `values` are kept
    with it, where nobody woke the machine or changed its state meanwhile: what the next look would find again.
    """

    until: datetime
    code: str
    why: str
    what: str = "Waiting"
    silent: bool = False
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """One action was carried out and its state is kept; look again."""

    entries: tuple[Entry, ...] = field(default=())


Step = Callable[[Item, datetime], Rest | Done]


def reconcile(
    table: Table, machine: str, model: str, now: datetime, step: Step, *, actor: str
) -> tuple[Rest, tuple[Entry, ...]]:
    """Run steps until one rests; keeps the rest on the machine's item and returns it with all journal entries made.

    `step` gets the machine's item as read now and the moment of the step, and fences every write of its own by the
    item's `version`.
    """
    entries: list[Entry] = []
    rest = Rest(until=now + wake.RESEND, code="many-steps", why=f"{MAX_STEPS} steps in one go; looking again")
    item = wake.begin(table, machine, model)
    moment = now
    for number in range(MAX_STEPS):
        moment = now + number * TICK
        try:
            outcome = step(item, moment)
        except Conflict:
            item = _again(table, machine, model)
            continue
        except Unavailable as error:
            rest = _backoff(item, now, error)
            break
        if isinstance(outcome, Rest):
            rest = outcome
            break
        entries.extend(outcome.entries)
        item = _again(table, machine, model)
    entries.extend(_rest(table, machine, model, item, moment, rest, actor))
    return rest, tuple(entries)


def fence(machine: str, item: Item, values: dict[str, Value], remove: tuple[str, ...] = ()) -> Update:
    """The write that keeps a step's state, only where nobody else wrote since `item` was read."""
    version = item.get("version")
    return Update(
        pk=item["pk"],
        sk=machine,
        values={"version": (version or 0) + 1, **values},
        remove=remove,
        expect={"version": version},
    )


def _again(table: Table, machine: str, model: str) -> Item:
    item = table.get(keys.model_pk(model), machine)
    if item is None:
        raise Unavailable(f"the {machine} item of {model} is gone")
    return item


def _backoff(item: Item, now: datetime, error: Unavailable) -> Rest:
    pause = min(BACKOFF * 2 ** min(int(item.get("failures", 0)), 10), LONGEST_BACKOFF)
    why = f"{error}; trying again in {pause.total_seconds():.0f} s"
    return Rest(until=now + pause, code="unavailable", why=why, what="BackedOff")


def _rest(
    table: Table, machine: str, model: str, item: Item, now: datetime, rest: Rest, actor: str
) -> tuple[Entry, ...]:
    """Keep the rest; journal it where its reason is another than the last time, so that a minute's tick is no entry."""
    failed = rest.code == "unavailable"
    values: dict[str, Value] = {
        "failures": int(item.get("failures", 0)) + 1 if failed else 0,
        "waiting": rest.why,
        "waiting_code": rest.code,
        "waiting_until": keys.stamp(rest.until),
        **rest.values,
    }
    wake.settle(table, machine, item, rest.until, values)
    if rest.silent or item.get("waiting_code") == rest.code:
        return ()
    entry = Entry(model=model, at=now, actor=actor, what=rest.what, why=rest.why, detail={"code": rest.code})
    table.put(entry.write())
    return (entry,)
