"""Virtual time: real time plus one offset that the embedded AWS owns and writes down for child processes."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import time_machine


class Clock:
    """Moves the process's clock by time-machine, ticking: a frozen clock would hang long polls.

    The file `clock.json` holds {"offset_seconds": n}: child processes add it to their own real time.
    """

    def __init__(self, offset_file: Path, start: datetime | None = None) -> None:
        self._file = offset_file
        self._offset = 0.0 if start is None else start.timestamp() - self._real()
        self._travel = time_machine.travel(self._real() + self._offset, tick=True)
        self._coordinates = self._travel.start()
        self._write()

    @property
    def offset(self) -> float:
        """Seconds from real to virtual time."""
        return self._offset

    def now(self) -> datetime:
        """The present virtual time, in UTC."""
        return datetime.now(UTC)

    def timestamp(self) -> float:
        """The present virtual time in epoch seconds."""
        return self._real() + self._offset

    def jump_to(self, when: float) -> None:
        """Moves forward to an epoch second; a moment already past changes nothing."""
        seconds = when - self.timestamp()
        if seconds <= 0:
            return
        self._offset += seconds
        self._coordinates.shift(seconds)
        self._write()

    def close(self) -> None:
        """Gives the process its real time back."""
        self._travel.stop()

    @staticmethod
    def _real() -> float:
        return float(time_machine.escape_hatch.time.time())

    def _write(self) -> None:
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps({"offset_seconds": self._offset}))
        os.replace(partial, self._file)
