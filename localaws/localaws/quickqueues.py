"""moto's queues, quicker and with a memory.

moto counts all messages, by five clock readings each, at every send: quadratic. And it forgets a deduplication id
once its message is deleted, where the service goes on swallowing it for five minutes after the send.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from moto.core.utils import unix_time, unix_time_millis
from moto.sqs.models import Message, Queue, SQSBackend

_DEDUPLICATION_SECONDS = 300.0


class _Attributes(Mapping[str, Any]):
    """A queue's attributes, computed only when something else than the deduplication is asked for."""

    def __init__(self, queue: Queue, compute: Callable[[Queue], dict[str, Any]]) -> None:
        self._queue = queue
        self._compute = compute

    @cached_property
    def _all(self) -> dict[str, Any]:
        return self._compute(self._queue)

    def get(self, key: str, default: Any = None) -> Any:
        if key == "ContentBasedDeduplication":
            on: Any = getattr(self._queue, "content_based_deduplication", False)
            return str(on).lower() if self._queue.fifo_queue else default
        return self._all.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def _messages(queue: Queue) -> list[Message]:
    now = unix_time_millis()
    return [m for m in queue._messages if now > m.visible_at and now >= m.delayed_until]


def _delayed(queue: Queue) -> int:
    now = unix_time_millis()
    return sum(now < m.delayed_until for m in queue._messages)


def _invisible(queue: Queue) -> int:
    now = unix_time_millis()
    return sum(now <= m.visible_at for m in queue._messages)


def _retained(backend: SQSBackend, queue_name: str, message: Message) -> bool:
    retention: Any = getattr(backend.get_queue(queue_name), "message_retention_period")  # noqa: B009  set by name in moto
    sent: Any = message.sent_timestamp
    return bool(retention + sent / 1000 > unix_time())


def _remembering(add: Callable[[Queue, Message], None]) -> Callable[[Queue, Message], None]:
    sent: WeakKeyDictionary[Queue, dict[str, float]] = WeakKeyDictionary()

    def add_message(queue: Queue, message: Message) -> None:
        if queue.fifo_queue and message.deduplication_id:
            known, now = sent.setdefault(queue, {}), unix_time()
            if now - known.get(message.deduplication_id, -math.inf) < _DEDUPLICATION_SECONDS:
                return
            known[message.deduplication_id] = now
        add(queue, message)

    return add_message


class QuickQueues:
    """Puts the quick ones in while it is open."""

    def __init__(self) -> None:
        compute: Any = Queue.__dict__["attributes"].fget
        replacements: dict[tuple[type, str], Any] = {
            (Queue, "attributes"): property(lambda queue: _Attributes(queue, compute)),
            (Queue, "messages"): property(_messages),
            (Queue, "approximate_number_of_messages_delayed"): property(_delayed),
            (Queue, "approximate_number_of_messages_not_visible"): property(_invisible),
            (Queue, "add_message"): _remembering(Queue.add_message),
            (SQSBackend, "is_message_valid_based_on_retention_period"): _retained,
        }
        self._originals = {place: place[0].__dict__[place[1]] for place in replacements}
        for (owner, name), value in replacements.items():
            setattr(owner, name, value)

    def close(self) -> None:
        """Gives moto its own back."""
        for (owner, name), value in self._originals.items():
            setattr(owner, name, value)
