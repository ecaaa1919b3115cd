"""What has changed since the state was last written: keys by part; nothing is noted where no state is kept."""

from __future__ import annotations

import threading
from collections.abc import Hashable

Noted = dict[str, dict[Hashable, None]]


class Journal:
    """Parts note here what they change; whoever keeps the state empties it. Safe from any thread."""

    def __init__(self) -> None:
        self.on = False
        self._changed: Noted = {}
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether anything was noted."""
        return bool(self._changed)

    def note(self, part: str, key: Hashable) -> None:
        """Something of a part was made, changed or removed."""
        if self.on:
            with self._lock:
                self._changed.setdefault(part, {})[key] = None

    def take(self) -> Noted:
        """All that was noted, once."""
        with self._lock:
            taken, self._changed = self._changed, {}
        return taken


class Noting[K: Hashable, V](dict[K, V]):
    """A mapping that notes what is put into it and taken out; what changes inside a value is noted by `touch`."""

    def __init__(self, journal: Journal, part: str) -> None:
        super().__init__()
        self._journal, self.part = journal, part

    def touch(self, key: K) -> None:
        """A value has changed."""
        self._journal.note(self.part, key)

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.touch(key)

    def __delitem__(self, key: K) -> None:
        super().__delitem__(key)
        self.touch(key)
