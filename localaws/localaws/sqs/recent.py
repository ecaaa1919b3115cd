"""What a queue remembers for five minutes: deduplication ids of what was sent, and attempts of receives."""

from __future__ import annotations

from dataclasses import dataclass, field

from localaws.journal import Journal
from localaws.sqs.message import Message

SENT = "sqs.sent"
SECONDS = 300.0


@dataclass(kw_only=True)
class Sent:
    """What a deduplication id stands for."""

    at: float
    message_id: str
    number: int


@dataclass(kw_only=True)
class Recent:
    """Of one queue; both stand in the order of their times."""

    queue: str
    journal: Journal
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    attempts: dict[str, tuple[float, dict[int, str]]] = field(default_factory=dict)

    def known(self, name: tuple[str, str], now: float) -> Sent | None:
        """What was sent under a deduplication id of a scope within the time that it counts."""
        found = self.sent.get(name)
        return found if found and now - found.at < SECONDS else None

    def forget(self, now: float) -> None:
        """What is too old."""
        while self.sent and now - (first := next(iter(self.sent.items())))[1].at >= SECONDS:
            del self.sent[first[0]]
            self._note(first[0])
        while self.attempts and now - (tried := next(iter(self.attempts.items())))[1][0] >= SECONDS:
            del self.attempts[tried[0]]

    def clear(self) -> None:
        """The queue goes."""
        for name in self.sent:
            self._note(name)
        self.sent, self.attempts = {}, {}

    def keep(self, name: tuple[str, str], now: float, message: Message) -> None:
        """A message was sent under a deduplication id of a scope."""
        self.sent[name] = Sent(at=now, message_id=message.id, number=message.number)
        self._note(name)

    def _note(self, name: tuple[str, str]) -> None:
        self.journal.note(SENT, (self.queue, *name))

    def change(self, message: Message) -> None:
        """A message was given another timeout: the set of its attempt is no longer as it was."""
        for attempt in [name for name, (_, handles) in self.attempts.items() if message.number in handles]:
            del self.attempts[attempt]
