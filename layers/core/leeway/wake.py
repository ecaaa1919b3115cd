"""Waking: how a reconciler is told to look at one model, so that no wake is lost and a thousand cost one message.

A sender flips `wake_pending` from false to true and only then sends. The reconciler clears the flag before it reads
anything, so what changed before the flip is seen by that reading, and what changed after it sends again.
The flip also makes the item due a minute later: the tick sends again what was flipped and never arrived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from leeway import keys
from leeway.aws.queues import Queues
from leeway.aws.table import DUE, Item, Table, Update, Value
from leeway.errors import Conflict
from leeway.log import logger

RESEND = timedelta(minutes=1)
HOUR = 3600


def epoch(at: datetime) -> int:
    """Whole seconds since 1970, rounded up: nothing is looked at before it is due."""
    return -int(-at.timestamp() // 1)


def idle_look(machine: str, model: str, now: datetime) -> datetime:
    """When to look at an idle model again: once an hour, each machine and model in a second of the hour of its own."""
    second = int(keys.digest(machine, model)[:8], 16) % HOUR
    return now + timedelta(seconds=HOUR - (int(now.timestamp()) - second) % HOUR)


@dataclass(frozen=True, kw_only=True)
class Waker:
    """Wakes reconcilers; `token` of each wake must be fresh (a uuid)."""

    table: Table
    queues: Queues

    def wake(self, machine: str, model: str, now: datetime, token: str) -> bool:
        """Wake unless a wake is pending already; True where a message was sent."""
        return self._flip(replace(_flipped(machine, model, now), differ={"wake_pending": True}), token)

    def rouse(self, machine: str, model: str, due_at: int, now: datetime, token: str) -> bool:
        """The tick's wake of an item found due at `due_at`: sends even where a wake is pending, for it got lost."""
        return self._flip(replace(_flipped(machine, model, now), expect={"due_at": due_at}), token)

    def _flip(self, update: Update, token: str) -> bool:
        try:
            self.table.update(update)
        except Conflict:
            return False
        self.queues.send(update.sk, keys.model_of(update.pk), token)
        return True


def _flipped(machine: str, model: str, now: datetime) -> Update:
    values: dict[str, Value] = {"wake_pending": True, "due": DUE, "due_at": epoch(now + RESEND)}
    return Update(pk=keys.model_pk(model), sk=machine, values=values)


def owed(machine: str, model: str, now: datetime) -> Update:
    """A wake as part of a transaction, so that it is kept where what it is about is: the next tick sends it."""
    return replace(_flipped(machine, model, now), values={"wake_pending": True, "due": DUE, "due_at": epoch(now)})


def woken(event: Mapping[str, Any]) -> list[str]:
    """The models that the messages of a FIFO queue name; what no sender of ours wrote is logged and done with."""
    models = []
    for record in event["Records"]:
        try:
            models.append(str(json.loads(record["body"])["model"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            logger().warning("message refused", reason=f"it names no model: {type(error).__name__}")
    return models


def begin(table: Table, machine: str, model: str) -> Item:
    """Clear the flag and return the machine's item as it then is: to be called before anything else is read."""
    return table.update(Update(pk=keys.model_pk(model), sk=machine, values={"wake_pending": False}))


def settle(table: Table, machine: str, item: Item, due_at: datetime, values: dict[str, Value]) -> None:
    """Say when to look again, unless somebody woke the machine or changed its state in the meantime.

    Then the wake that is pending looks again, and nothing need be written.
    """
    try:
        table.update(
            Update(
                pk=item["pk"],
                sk=machine,
                values={"due": DUE, "due_at": epoch(due_at), **values},
                expect={"wake_pending": False, "version": item.get("version")},
            )
        )
    except Conflict:
        return
