"""Virtual time: real time plus one offset that the embedded AWS owns and writes down for child processes."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

if "pytest" in sys.modules:
    import time_machine
else:  # it brings pytest along for its plugin where that is installed: a third of a second at each start
    sys.modules["pytest"] = None  # type: ignore[assignment]
    import time_machine

    del sys.modules["pytest"]

LENGTH = 64  # of what the file holds


def real_time() -> float:
    """The real epoch seconds, whatever virtual time it is."""
    return time_machine.escape_hatch.time.time() if time_machine.escape_hatch.is_travelling() else time.time()


class Clock:
    """Moves the process's clock by time-machine, ticking: a frozen clock would hang long polls.

    The file `clock.json` holds {"offset_seconds": n}: child processes add it to their own real time.
    """

    def __init__(self, offset_file: Path, start: datetime | None = None, *, goes_on: bool = False) -> None:
        begin = time.time() if start is None else start.timestamp()
        if goes_on and offset_file.exists():  # it has gone on while nobody was there
            begin = time.time() + json.loads(offset_file.read_text())["offset_seconds"]
        # One write of one length: who reads it never finds a part, and a jump costs microseconds.
        self._file = os.open(offset_file, os.O_RDWR | os.O_CREAT, 0o644)
        self._travel = time_machine.travel(begin, tick=True)
        self._coordinates = self._travel.start()
        self._write()

    @property
    def offset(self) -> float:
        """Seconds from real to virtual time."""
        return time.time() - real_time()

    def now(self) -> datetime:
        """The present virtual time, in UTC."""
        return datetime.now(UTC)

    def timestamp(self) -> float:
        """The present virtual time in epoch seconds: the process's own clock, so that both always agree."""
        return time.time()

    def jump_to(self, when: float) -> None:
        """Moves forward to an epoch second; a moment already past changes nothing."""
        seconds = when - time.time()
        if seconds <= 0:
            return
        # The microsecond makes up for what is lost in adding: it must not be a moment before.
        self._coordinates.shift(seconds + 1e-6)
        self._write()

    def close(self) -> None:
        """Gives the process its real time back."""
        self._travel.stop()
        os.close(self._file)

    def _write(self) -> None:
        os.pwrite(self._file, json.dumps({"offset_seconds": self.offset}).ljust(LENGTH).encode(), 0)
