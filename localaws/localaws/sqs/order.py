"""Which messages of a queue come next: heaps of places, from which what has gone is dropped when it is met."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from localaws.sqs.message import DELAYED, READY, Message

Messages = Mapping[int, Message]


class Order(Protocol):
    """Knows the messages that are not in flight; one that was taken and is visible again comes back by `add`."""

    def add(self, message: Message) -> None:
        """A message is there, now or once it is visible."""
        ...

    def ready(self, message: Message) -> None:
        """A message has become visible."""
        ...

    def take(self, messages: Messages, limit: int) -> list[Message]:
        """Up to so many visible ones, which are in flight from now on."""
        ...

    def free(self, message: Message) -> None:
        """A message is in flight no longer: deleted, or visible again."""
        ...


class Loose:
    """A standard queue: whatever is visible, the oldest first."""

    def __init__(self) -> None:
        self._ready: list[int] = []

    def add(self, message: Message) -> None:
        """Nothing: only visible ones matter."""

    def ready(self, message: Message) -> None:
        """It can be taken."""
        heapq.heappush(self._ready, message.number)

    def take(self, messages: Messages, limit: int) -> list[Message]:
        """In the order in which they were sent."""
        found: list[Message] = []
        while self._ready and len(found) < limit:
            message = messages.get(heapq.heappop(self._ready))
            if message is not None and message.state == READY:
                found.append(message)
        return found

    def free(self, message: Message) -> None:
        """Nothing waits for it."""


@dataclass(kw_only=True)
class _Group:
    places: list[int] = field(default_factory=list)
    busy: int = 0


class Grouped:
    """A FIFO queue: groups in order, none of whose messages come while one of them is in flight or delayed."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._heads: list[tuple[int, str]] = []

    def add(self, message: Message) -> None:
        """It stands in its group, even before it is visible."""
        heapq.heappush(self._group(message).places, message.number)

    def ready(self, message: Message) -> None:
        """Its group may have its turn."""
        heapq.heappush(self._heads, (message.number, str(message.group)))

    def take(self, messages: Messages, limit: int) -> list[Message]:
        """As many of one group as there are, then of the next (API reference, ReceiveMessage)."""
        found: list[Message] = []
        while self._heads and len(found) < limit:
            name = heapq.heappop(self._heads)[1]
            group = self._groups.get(name)
            if group is None or group.busy:
                continue
            taken = self._of(group, messages, limit - len(found))
            group.busy += len(taken)
            found += taken
            self._tidy(name)
        return found

    @staticmethod
    def _of(group: _Group, messages: Messages, limit: int) -> list[Message]:
        found: list[Message] = []
        while group.places and len(found) < limit:
            message = messages.get(group.places[0])
            if message is not None and message.state == DELAYED:  # nobody overtakes it
                break
            heapq.heappop(group.places)
            if message is not None and message.state == READY:
                found.append(message)
        return found

    def free(self, message: Message) -> None:
        """The last one that is free gives its group its turn again."""
        group = self._group(message)
        group.busy = max(0, group.busy - 1)
        if not group.busy and group.places:
            heapq.heappush(self._heads, (group.places[0], str(message.group)))
        self._tidy(str(message.group))

    def hold(self, message: Message) -> None:
        """A message was in flight already when all this began."""
        self._group(message).busy += 1

    def _group(self, message: Message) -> _Group:
        return self._groups.setdefault(str(message.group), _Group())

    def _tidy(self, name: str) -> None:
        group = self._groups[name]
        if not group.places and not group.busy:
            del self._groups[name]
