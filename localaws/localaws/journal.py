"""What has changed since the state was last written: keys by part; nothing is noted where no state is kept."""

from __future__ import annotations

from collections.abc import Hashable


class Journal:
    """Parts note here what they change; whoever keeps the state empties it."""

    def __init__(self) -> None:
        self.on = False
        self.changed: dict[str, dict[Hashable, None]] = {}

    def note(self, part: str, key: Hashable) -> None:
        """Something of a part was made, changed or removed; to be called under the lock."""
        if self.on:
            self.changed.setdefault(part, {})[key] = None

    def take(self) -> dict[str, dict[Hashable, None]]:
        """All that was noted, once."""
        taken, self.changed = self.changed, {}
        return taken
