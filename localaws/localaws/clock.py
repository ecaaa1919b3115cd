"""Virtual time: real time plus one offset that the embedded AWS owns and writes down for child processes."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

if "pytest" in sys.modules:
    import time_machine
else:  # it brings pytest along for its plugin where that is installed: a third of a second at each start
    sys.modules["pytest"] = None  # type: ignore[assignment]
    import time_machine

    del sys.modules["pytest"]

LENGTH = 128  # of what the file holds
SELDOM = 1.0  # seconds after which it is written how late it is


def real_time() -> float:
    """The real epoch seconds, whatever virtual time it is."""
    return time_machine.escape_hatch.time.time() if time_machine.escape_hatch.is_travelling() else time.time()


class Clock:
    """Moves the process's clock by time-machine, ticking: a frozen clock would hang long polls.

    It never goes back, as AWS's does not: where the machine's clock is set back, the offset makes up for it.
    The file `clock.json` holds {"offset_seconds": n, "latest": n}: child processes add the offset to their own real
    time, and the next start goes on no earlier than the latest moment of the last one.
    """

    def __init__(self, offset_file: Path, start: datetime | None = None, *, goes_on: bool = False) -> None:
        begin = time.time() if start is None else start.timestamp()
        if goes_on and offset_file.exists():  # it has gone on while nobody was there
            kept = json.loads(offset_file.read_text())
            begin = max(time.time() + kept["offset_seconds"], kept.get("latest", 0.0))
        # One write of one length: who reads it never finds a part, and a jump costs microseconds.
        self._file = os.open(offset_file, os.O_RDWR | os.O_CREAT, 0o644)
        self._travel = time_machine.travel(begin, tick=True)
        self._coordinates = self._travel.start()
        self._lock, self._latest = threading.Lock(), begin
        self._write()

    @property
    def offset(self) -> float:
        """Seconds from real to virtual time."""
        return time.time() - real_time()

    def now(self) -> datetime:
        """The present virtual time, in UTC."""
        self.hold()
        return datetime.now(UTC)

    def timestamp(self) -> float:
        """The present virtual time in epoch seconds: the process's own clock, so that both always agree."""
        self.hold()
        return time.time()

    def hold(self) -> None:
        """Goes on from the latest moment there was, where the machine's clock has been set back since."""
        with self._lock:
            back = self._latest - time.time()
            if back > 0:
                self._coordinates.shift(back + 1e-6)
            self._latest = time.time()
            if back > 0 or self._latest - self._written >= SELDOM:
                self._write()

    def jump_to(self, when: float) -> None:
        """Moves forward to an epoch second; a moment already past changes nothing."""
        seconds = when - time.time()
        if seconds <= 0:
            return
        # The microsecond makes up for what is lost in adding: it must not be a moment before.
        self._coordinates.shift(seconds + 1e-6)
        self._write()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """No time passes inside, while nobody asks for it: a process waits there for forks of itself."""
        at = time.time()
        try:
            yield
        finally:
            self._coordinates.shift(at - time.time())
            self._write()

    def close(self) -> None:
        """Gives the process its real time back."""
        self._travel.stop()
        os.close(self._file)

    def _write(self) -> None:
        self._written = time.time()
        held = {"offset_seconds": self.offset, "latest": self._written}
        os.pwrite(self._file, json.dumps(held).ljust(LENGTH).encode(), 0)
