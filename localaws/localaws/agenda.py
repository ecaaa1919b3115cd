"""The agenda: what is to happen, and when, in virtual time."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from localaws.journal import Journal

Action = Callable[[], None]
PART = "agenda"


@dataclass(order=True)
class Item:
    """One thing to do; equal times keep the order in which they were put."""

    due: float
    sequence: int
    action: Action = field(compare=False)
    label: str = field(compare=False)
    idle: Callable[[float], bool] | None = field(compare=False, default=None)
    locked: bool = field(compare=False, default=False)


class Agenda:
    """A heap of items, safe to add to from any thread; only the pump takes items out.

    An item is kept over a restart, from its being put to the end of its action, unless whoever put it plans it anew:
    so its action is a method, or a `partial` of one, of plain data, and no lambda.
    """

    def __init__(self, journal: Journal) -> None:
        self._heap: list[Item] = []
        self._journal = journal
        self._sequence = itertools.count()
        self.kept: dict[int, Item] = {}
        self.changed = threading.Condition(threading.RLock())

    def put(
        self,
        due: float,
        action: Action,
        label: str,
        idle: Callable[[float], bool] | None = None,
        *,
        locked: bool = False,
        kept: bool = True,
    ) -> None:
        """Adds an item. `idle(due)` says, just before the clock would jump there, that it may be passed over."""
        with self.changed:
            item = Item(due, next(self._sequence), action, label, idle, locked)
            if kept:
                self.kept[item.sequence] = item
                self._note(item)
            heapq.heappush(self._heap, item)
            self.changed.notify_all()

    def put_back(self, item: Item) -> None:
        """Returns an item that was taken out, to its old place."""
        with self.changed:
            heapq.heappush(self._heap, item)

    def take_back(self, items: list[Item]) -> None:
        """Items that were kept over a restart."""
        with self.changed:
            for item in items:
                self.kept[item.sequence] = item
                heapq.heappush(self._heap, item)
            self._sequence = itertools.count(max(self.kept, default=-1) + 1)

    def done(self, item: Item) -> None:
        """An item that was taken out has been carried out."""
        with self.changed:
            if self.kept.pop(item.sequence, None):
                self._note(item)

    def _note(self, item: Item) -> None:
        owner = owner_of(item.action)
        if owner == "localaws.sagemaker":
            self._journal.note("sagemaker", "")
        else:
            self._journal.note(PART, item.sequence)

    def pop_due(self, now: float) -> Item | None:
        """The first item due at `now`, or None."""
        with self.changed:
            return heapq.heappop(self._heap) if self._heap and self._heap[0].due <= now else None

    def next_due(self) -> float | None:
        """When the first item is due."""
        with self.changed:
            return self._heap[0].due if self._heap else None

    def labels(self) -> list[str]:
        """What is planned, in order, for status and error messages."""
        with self.changed:
            return [item.label for item in sorted(self._heap)]

    def wake(self) -> None:
        """Wakes whoever waits for a change."""
        with self.changed:
            self.changed.notify_all()


def owner_of(action: Any) -> str:
    """The package of the service that an action belongs to: `localaws.sagemaker`, `localaws.alarms`."""
    while isinstance(action, partial):
        action = action.func
    owner = getattr(action, "__self__", None)
    module = str(action.__module__ if owner is None else type(owner).__module__)
    return ".".join(module.split(".")[:2])
