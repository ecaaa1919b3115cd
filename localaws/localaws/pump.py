"""The pump: runs what is due, one thing at a time, and moves virtual time from due item to due item."""

import collections
import threading
import time
import traceback

from localaws.agenda import Item, owner_of
from localaws.errors import SettleTimeout
from localaws.world import World

_POLL_SECONDS = 0.02
# What an action of a service may change, beside what is noted where it is changed.
PARTS = {"localaws.sagemaker": "sagemaker", "localaws.alarms": "monitoring"}


class Pump:
    """In process, whoever calls settle() or advance() pumps; a server has a thread that always does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._recent: collections.deque[str] = collections.deque(maxlen=20)
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.errors: list[str] = []

    def settle(self, timeout: float = 600.0) -> None:
        """Runs all that is due at the present virtual time, and waits for running jobs; real seconds."""
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                if self._run_one():
                    pass
                elif self._world.jobs.running:
                    self._wait(_POLL_SECONDS)
                elif not self._due():
                    return
                if time.monotonic() > deadline:
                    raise SettleTimeout(self._stuck(timeout))

    def advance_to(self, moment: float, timeout: float = 600.0) -> None:
        """Goes from due item to due item until an epoch second, settling at each."""
        with self._lock:
            self.settle(timeout)
            while (due := self._world.agenda.next_due()) is not None and due <= moment:
                if self._passed_over(due):
                    continue
                self._world.clock.jump_to(due)
                self.settle(timeout)
            self._world.clock.jump_to(moment)
            self.settle(timeout)

    @property
    def threaded(self) -> bool:
        """Whether a thread pumps."""
        return self._thread is not None

    def start(self) -> None:
        """Pumps in a thread of its own until stop(); what fails is logged and remembered, not raised."""
        self._thread = threading.Thread(target=self._loop, name="localaws-pump", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the item that it is at."""
        self._stopping = True
        self._world.agenda.wake()
        if self._thread:
            self._thread.join(timeout=30)

    def _loop(self) -> None:
        while not self._stopping:
            with self._lock:
                worked = self._run_one()
            if not worked:
                due = self._world.agenda.next_due()
                pause = 60.0 if due is None else due - self._world.clock.timestamp()
                self._wait(min(60.0, max(pause, 0.001)))

    def _wait(self, seconds: float) -> None:
        with self._world.agenda.changed:
            if not self._due() and not self._stopping:
                self._world.agenda.changed.wait(seconds)

    def _due(self) -> bool:
        due = self._world.agenda.next_due()
        return due is not None and due <= self._world.clock.timestamp()

    def _passed_over(self, due: float) -> bool:
        item = self._world.agenda.pop_due(due)
        if item is None:
            return True
        if item.idle is not None and item.idle(due):
            return True
        self._world.agenda.put_back(item)
        return False

    def _run_one(self) -> bool:
        item = self._world.agenda.pop_due(self._world.clock.timestamp())
        if item is None:
            return False
        self._recent.append(item.label)
        if item.idle is None:
            self._world.activity += 1
        self._run(item)
        return True

    def _carry_out(self, item: Item) -> None:
        """What an action under the lock does is written down as one with its being over; others run at least once."""
        world = self._world
        if not item.locked:
            try:
                item.action()
            finally:
                with world.lock:
                    self._over(item)
            return
        with world.lock:
            world.stepping = True
            try:
                item.action()
            finally:
                world.stepping = False
                self._over(item)

    def _over(self, item: Item) -> None:
        world = self._world
        world.agenda.done(item)
        if part := PARTS.get(owner_of(item.action)):
            world.journal.note(part, "")
        world.keep()

    def _run(self, item: Item) -> None:
        if self._thread is None:
            self._carry_out(item)
            return
        try:
            self._carry_out(item)
        except Exception:
            self._world.log.exception("failed: %s", item.label)
            self.errors.append(f"{item.label}: {traceback.format_exc(limit=-3)}")

    def _stuck(self, timeout: float) -> str:
        jobs = ", ".join(self._world.jobs.running) or "none"
        recent = "; ".join(dict.fromkeys(self._recent))
        return f"not settled after {timeout} s: jobs running: {jobs}; last done: {recent}; now: {time.ctime()}"
