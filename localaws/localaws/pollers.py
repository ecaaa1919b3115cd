"""Event-source mappings of queues: batches, partial failures, visibility, first in first out per group."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localaws.functions.model import Outcome
from localaws.motoapps import Moto
from localaws.world import World

_MILLISECOND = 0.001


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

    def __init__(self, world: World, moto: Moto, invoke: Callable[[str, Any], Outcome]) -> None:
        self._world = world
        self._moto = moto
        self._invoke = invoke
        self.mappings: dict[str, Mapping] = {}
        # Whether the function's role may still receive; where not, that is logged.
        self.permit: Callable[[Mapping], bool] = lambda mapping: True

    def wake(self, _: str = "") -> None:
        """Something was sent somewhere: every mapping looks."""
        for mapping in self.mappings.values():
            self.plan(mapping, self._world.clock.timestamp())

    def plan(self, mapping: Mapping, when: float) -> None:
        """Polls at `when`, if no earlier poll is planned."""
        if not mapping.enabled or (mapping.planned is not None and mapping.planned <= when):
            return
        mapping.planned = when
        self._world.agenda.put(when, lambda: self._poll(mapping, when), f"poll {mapping.queue}")

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

    def _handle(self, mapping: Mapping, messages: list[Any]) -> None:
        records = [record(message, mapping.queue_arn, self._world.region) for message in messages]
        outcome = self._invoke(mapping.function, {"Records": records})
        failed = failures(outcome, {message.id for message in messages}, partial=mapping.partial)
        with self._world.lock:
            self._delete(mapping, {message.id for message in messages} - failed)

    def _receive(self, mapping: Mapping) -> list[Any]:
        with self._world.lock:
            backend = self._moto.backend("sqs")
            queue = backend.queues.get(mapping.queue)
            if queue is None:
                return []
            before = len(queue._messages)
            received: list[Any] = backend.receive_message(
                mapping.queue, mapping.batch_size, 0, queue.visibility_timeout, ["All"]
            )
            moved = len(queue._messages) < before
        if moved:
            self.wake()
        return received

    def _delete(self, mapping: Mapping, ids: set[str]) -> None:
        # Not by receipt handle: moto's own deletion reads the whole queue for each message.
        queue = self._moto.backend("sqs").queues[mapping.queue]
        gone = [message for message in queue._messages if message.id in ids]
        queue._messages = [message for message in queue._messages if message.id not in ids]
        for message in gone:
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(message.all_receipt_handles)

    def _waiting(self, mapping: Mapping) -> list[float]:
        with self._world.lock:
            queue = self._moto.backend("sqs").queues.get(mapping.queue)
            messages = list(queue._messages) if queue else []
            return [max(m.visible_at, m.delayed_until, m.sent_timestamp) / 1000 for m in messages]

    def _plan_next(self, mapping: Mapping) -> None:
        later = [when for when in self._waiting(mapping) if when + _MILLISECOND > self._world.clock.timestamp()]
        if later:
            self.plan(mapping, min(later) + 2 * _MILLISECOND)

    def _filling(self, mapping: Mapping) -> float | None:
        """When a batch that is not yet full is to be taken, or None to take it now."""
        if not mapping.window:
            return None
        now = self._world.clock.timestamp()
        visible = [when for when in self._waiting(mapping) if when <= now]
        if not visible or len(visible) >= mapping.batch_size:
            return None
        full = min(visible) + mapping.window
        return full if full > now else None


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


def record(message: Any, queue_arn: str, region: str) -> dict[str, Any]:
    """One message as Lambda hands it to a function."""
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        attributes["MessageDeduplicationId"] = message.deduplication_id
        attributes["SequenceNumber"] = str(message.sequence_number)
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    return {
        "stringValue": value.get("StringValue"),
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.get("DataType"),
    }
