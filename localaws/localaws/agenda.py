"""The agenda: what is to happen, and when, in virtual time."""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[], None]


@dataclass(order=True)
class Item:
    """One thing to do; equal times keep the order in which they were put."""

    due: float
    sequence: int
    action: Action = field(compare=False)
    label: str = field(compare=False)
    idle: Callable[[float], bool] | None = field(compare=False, default=None)


class Agenda:
    """A heap of items, safe to add to from any thread; only the pump takes items out."""

    def __init__(self) -> None:
        self._heap: list[Item] = []
        self._sequence = itertools.count()
        self.changed = threading.Condition(threading.RLock())

    def put(self, due: float, action: Action, label: str, idle: Callable[[float], bool] | None = None) -> None:
        """Adds an item. `idle(due)` says, just before the clock would jump there, that it may be passed over."""
        with self.changed:
            heapq.heappush(self._heap, Item(due, next(self._sequence), action, label, idle))
            self.changed.notify_all()

    def put_back(self, item: Item) -> None:
        """Returns an item that was taken out, to its old place."""
        with self.changed:
            heapq.heappush(self._heap, item)

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
