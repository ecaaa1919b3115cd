"""Event-source mappings of queues: batches, partial failures, visibility, first in first out per group."""

import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from localaws.functions.model import Outcome
from localaws.sqs import Message, Queue, Queues
from localaws.sqs.message import READY
from localaws.world import World


@dataclass(kw_only=True)
class Mapping:
    """One event-source mapping; `planned` is when its next poll is on the agenda."""

    id: str
    queue: str
    queue_arn: str
    function: str
    batch_size: int = 10
    window: float = 0.0
    partial: bool = False
    enabled: bool = True
    planned: float | None = field(default=None)


class Pollers:
    """Polls as Lambda's pollers do, one batch at a time, on the pump."""

    def __init__(self, world: World, queues: Queues, invoke: Callable[[str, Any], Outcome]) -> None:
        self._world = world
        self._queues = queues
        self._invoke = invoke
        self.mappings: dict[str, Mapping] = {}
        # Whether the function's role may still receive; where not, that is logged.
        self.permit: Callable[[Mapping], bool] = lambda mapping: True

    def resume(self) -> None:
        """After a restart nothing is planned."""
        for mapping in self.mappings.values():
            mapping.planned = None
        self.wake()

    def wake(self, _: str = "") -> None:
        """Something was sent somewhere: every mapping looks."""
        for mapping in self.mappings.values():
            self.plan(mapping, self._world.clock.timestamp())

    def plan(self, mapping: Mapping, when: float) -> None:
        """Polls at `when`, if no earlier poll is planned."""
        if not mapping.enabled or (mapping.planned is not None and mapping.planned <= when):
            return
        mapping.planned = when
        self._world.agenda.put(when, partial(self._poll, mapping, when), f"poll {mapping.queue}", kept=False)

    def _poll(self, mapping: Mapping, when: float) -> None:
        if mapping.planned != when or self.mappings.get(mapping.id) is not mapping:
            return
        mapping.planned = None
        wait = self._filling(mapping)
        if wait is not None:
            self.plan(mapping, wait)
            return
        messages = self._receive(mapping) if self.permit(mapping) else []
        if messages:
            self._handle(mapping, messages)
            self.plan(mapping, self._world.clock.timestamp())
        else:
            self._plan_next(mapping)

    def _handle(self, mapping: Mapping, messages: list[Message]) -> None:
        with self._world.lock:
            queue = self._queues.queues[mapping.queue]
            records = [record(queue, message, self._world.region) for message in messages]
        outcome = self._invoke(mapping.function, {"Records": records})
        failed = failures(outcome, {message.id for message in messages}, partial=mapping.partial)
        receipts = {one["messageId"]: one["receiptHandle"] for one in records if one["messageId"] not in failed}
        with self._world.lock:
            self._delete(mapping, receipts)

    def _receive(self, mapping: Mapping) -> list[Message]:
        with self._world.lock:
            queue = self._queue(mapping)
            if queue is None:
                return []
            before = len(queue.messages)
            received = self._queues.receive(queue, mapping.batch_size)
            moved = len(queue.messages) < before
        if moved:
            self.wake()
        return received

    def _delete(self, mapping: Mapping, receipts: dict[str, str]) -> None:
        """By the receipts of this batch: what was received again meanwhile stays."""
        queue = self._queue(mapping)
        for receipt in receipts.values() if queue else ():
            message, last = queue.by_handle(receipt) if queue else (None, False)
            if queue and message and last:
                queue.remove(message)

    def _queue(self, mapping: Mapping) -> Queue | None:
        return self._queues.find(mapping.queue) if mapping.queue in self._queues.queues else None

    def _plan_next(self, mapping: Mapping) -> None:
        with self._world.lock:
            queue = self._queue(mapping)
            later = queue.next_change() if queue else None
        if later is not None:
            self.plan(mapping, later)

    def _filling(self, mapping: Mapping) -> float | None:
        """When a batch that is not yet full is to be taken, or None to take it now."""
        with self._world.lock:
            queue = self._queue(mapping) if mapping.window else None
            if queue is None or not 0 < queue.counts[READY] < mapping.batch_size:
                return None
            full = mapping.window + min(one.visible for one in queue.messages.values() if one.state == READY)
        return full if full > self._world.clock.timestamp() else None


def failures(outcome: Outcome, ids: set[str], *, partial: bool) -> set[str]:
    """Ids of the messages that go back; a partial answer that cannot be read sends the whole batch back."""
    if outcome.error is not None:
        return ids
    if not partial or not outcome.result:
        return set()
    listed = outcome.result.get("batchItemFailures") if isinstance(outcome.result, dict) else None
    if listed is None:
        return set() if isinstance(outcome.result, dict) and "batchItemFailures" in outcome.result else ids
    named = {str(entry.get("itemIdentifier")) if isinstance(entry, dict) else "" for entry in listed}
    return ids if named - ids else named


def record(queue: Queue, message: Message, region: str) -> dict[str, Any]:
    """One message as Lambda hands it to a function."""
    return {
        "messageId": message.id,
        "receiptHandle": queue.handle(message),
        "body": message.body,
        "attributes": message.system_attributes(),
        "messageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": region,
    }


def _attribute(value: typing.Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "binaryValue": value.get("BinaryValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.get("DataType"),
    }
