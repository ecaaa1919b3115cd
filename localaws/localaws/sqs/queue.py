"""One queue: its messages and what becomes of them as time goes by. Every step costs the same in a long queue."""

from __future__ import annotations

import base64
import heapq
import json
import re
import secrets
import uuid
from collections import Counter
from dataclasses import dataclass, field

from localaws.journal import Journal
from localaws.sqs.message import DELAYED, IN_FLIGHT, READY, Attributes, Message
from localaws.sqs.order import Grouped, Loose, Order
from localaws.sqs.recent import Recent, Sent

QUEUES, MESSAGES = "sqs.queues", "sqs.messages"
MOST_IN_FLIGHT = 120_000
_HANDLE = re.compile(r"(\d+):[0-9a-f]+")


@dataclass(kw_only=True)
class Queue:
    """A queue by its name; `attributes` are all that were set, or are so by default."""

    name: str
    arn: str
    fifo: bool
    attributes: dict[str, str]
    created: float
    modified: float
    journal: Journal
    tags: dict[str, str] = field(default_factory=dict)
    purged: float = 0.0
    last: int = 0
    messages: dict[int, Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recent = Recent(queue=self.name, journal=self.journal)
        self._begin()

    def _begin(self) -> None:
        self.order: Order = Grouped() if self.fifo else Loose()
        self.counts: Counter[str] = Counter()
        self._changes: list[tuple[float, int]] = []  # when a message becomes visible
        self._ages: list[tuple[float, int]] = []

    def number(self, name: str) -> int:
        """An attribute that is a number."""
        return int(self.attributes[name])

    def take_back(self, message: Message) -> None:
        """A message that was kept over a restart."""
        self.last = max(self.last, message.number)
        self._put(message)
        if message.state == IN_FLIGHT and isinstance(self.order, Grouped):
            self.order.hold(message)

    def _put(self, message: Message) -> None:
        self.messages[message.number] = message
        self.counts[message.state] += 1
        heapq.heappush(self._ages, (message.sent, message.number))
        if message.state != IN_FLIGHT:
            self.order.add(message)
        if message.state == READY:
            self.order.ready(message)
        else:
            heapq.heappush(self._changes, (message.visible, message.number))
        self.note(message)

    def note(self, message: Message) -> None:
        """A message was changed or is gone."""
        self.journal.note(MESSAGES, (self.name, message.number))

    def tick(self, now: float) -> None:
        """Carry out what time has brought: what becomes visible, what is too old."""
        while self._changes and self._changes[0][0] <= now:
            when, number = heapq.heappop(self._changes)
            message = self.messages.get(number)
            if message is not None and message.state != READY and message.visible == when:
                self._show(message)
        oldest = now - self.number("MessageRetentionPeriod")
        while self._ages and (self._ages[0][0] <= oldest or self._ages[0][1] not in self.messages):
            message = self.messages.get(heapq.heappop(self._ages)[1])
            if message is not None:
                self.remove(message)
        self.recent.forget(now)

    def _show(self, message: Message) -> None:
        before = message.state
        self._set(message, READY)
        if before == IN_FLIGHT:
            self.order.add(message)
            self.order.free(message)
        self.order.ready(message)

    def _set(self, message: Message, state: str) -> None:
        self.counts[message.state] -= 1
        self.counts[state] += 1
        message.state = state
        self.note(message)

    def next_change(self) -> float | None:
        """When the next message becomes visible; None where none will by itself."""
        while self._changes:
            when, number = self._changes[0]
            message = self.messages.get(number)
            if message is not None and message.state != READY and message.visible == when:
                return when
            heapq.heappop(self._changes)
        return None

    def oldest(self) -> float | None:
        """When the oldest message was sent, seen or not."""
        while self._ages and self._ages[0][1] not in self.messages:
            heapq.heappop(self._ages)
        return self._ages[0][0] if self._ages else None

    def send(
        self,
        now: float,
        body: str,
        attributes: Attributes,
        system: Attributes,
        sender: str,
        *,
        delay: float,
        group: str | None,
        deduplication: str | None,
    ) -> Message | Sent:
        """A new message; or, within five minutes after the same deduplication id, what was sent then."""
        scope = str(group) if self.attributes.get("DeduplicationScope") == "messageGroup" else ""
        if deduplication is not None and (known := self.recent.known((scope, deduplication), now)):
            return known
        message = Message(
            number=self._next(now),
            id=str(uuid.uuid4()),
            body=body,
            attributes=attributes,
            system=system,
            sent=now,
            visible=now + delay,
            state=DELAYED if delay else READY,
            sender=sender,
            group=group,
            deduplication=deduplication,
        )
        if deduplication is not None:
            self.recent.keep((scope, deduplication), now, message)
        self._put(message)
        return message

    def _next(self, now: float) -> int:
        # From the clock, so that numbers grow over a restart of an empty queue too.
        self.last = max(self.last + 1, int(now * 1_000_000))
        return self.last

    def receive(self, now: float, limit: int, visibility: float) -> list[Message]:
        """Up to so many messages, in flight from now on."""
        taken = self.order.take(self.messages, limit)
        for message in taken:
            message.count, message.first, message.taken = message.count + 1, message.first or now, now
            message.handle = secrets.token_hex(24)
            self._set(message, IN_FLIGHT)
            self._until(message, now + visibility, now)
        return taken

    def _until(self, message: Message, when: float, now: float) -> None:
        message.visible = when
        if when <= now:
            self._show(message)
        else:
            heapq.heappush(self._changes, (when, message.number))
            self.note(message)

    def again(self, attempt: str, now: float, visibility: float) -> list[Message]:
        """What the same attempt received before, if nothing of it was changed since; its visibility begins anew."""
        before = self.recent.attempts.get(attempt, (now, {}))[1]
        kept = [message for number in before if (message := self.messages.get(number))]
        if len(kept) < len(before) or any(m.handle != before[m.number] or m.state != IN_FLIGHT for m in kept):
            return []
        for message in kept:
            self._until(message, now + visibility, now)
        return kept

    def remember(self, attempt: str, now: float, taken: list[Message]) -> None:
        """What an attempt has received."""
        self.recent.attempts.pop(attempt, None)
        self.recent.attempts[attempt] = (now, {message.number: message.handle for message in taken})
        self.journal.note(QUEUES, self.name)

    def handle(self, message: Message) -> str:
        """A receipt handle: where the message is, and which receipt this was."""
        return base64.b64encode(f"{message.number}:{message.handle}".encode()).decode()

    def by_handle(self, handle: str) -> tuple[Message | None, bool]:
        """The message, and whether this is its last receipt; ValueError for what is no handle of this queue."""
        try:
            text = base64.b64decode(handle, validate=True).decode()
        except ValueError:
            text = ""
        if not (found := _HANDLE.fullmatch(text)):
            raise ValueError(handle)
        message = self.messages.get(int(found[1]))
        return message, message is not None and text.endswith(f":{message.handle}")

    def remove(self, message: Message) -> None:
        """Deleted, moved away or too old."""
        del self.messages[message.number]
        self.counts[message.state] -= 1
        if message.state == IN_FLIGHT:
            self.order.free(message)
        self.note(message)

    def change(self, message: Message, visibility: float, now: float) -> None:
        """Another visibility timeout, from now on; an attempt's set is no longer as it was."""
        self.recent.change(message)
        self._until(message, now + visibility, now)

    def admit(self, message: Message, now: float, source: str) -> None:
        """A dead letter of another queue; in a FIFO queue its age begins anew (developer guide, dead-letter queues)."""
        delay = self.number("DelaySeconds")
        message.number, message.source = self._next(now), source
        message.visible, message.state = now + delay, DELAYED if delay else READY
        message.sent = now if self.fifo else message.sent
        self._put(message)

    def purge(self) -> None:
        """All messages are gone."""
        for message in self.messages.values():
            self.note(message)
        self.messages = {}
        self.recent.attempts = {}
        self._begin()

    def dead_letters(self) -> str:
        """The name of its dead-letter queue, "" where it has none."""
        policy = json.loads(self.attributes.get("RedrivePolicy") or "{}")
        return str(policy.get("deadLetterTargetArn", "")).rsplit(":", 1)[-1]
