"""Work that runs beside the pump in threads of its own: training and processing jobs."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from localaws.journal import Journal


class Later(Protocol):
    """Puts an action on the agenda."""

    def __call__(self, seconds: float, action: Callable[[], None], label: str, *, kept: bool = True) -> None:
        """As World.later does."""
        ...


@dataclass(frozen=True, kw_only=True)
class Work:
    """What runs: `lost` is what becomes of it where this process dies in the middle of it."""

    label: str
    lost: Callable[[], None]


class Jobs:
    """Runs jobs; the end of each comes back to the pump as an agenda item."""

    def __init__(self, later: Later, journal: Journal) -> None:
        self._later, self._journal = later, journal
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._running: list[str] = []
        # From the begin of each to the end of what its end brings about.
        self.works: dict[int, Work] = {}

    @property
    def running(self) -> list[str]:
        """Labels of the jobs whose end has not yet been put on the agenda."""
        with self._lock:
            return list(self._running)

    def start[T](
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
        label: str,
        lost: Callable[[], None],
    ) -> None:
        """Runs `work` in a thread, then `done(result)` on the pump.

        An exception of `work` is a bug here: `failed` ends what waits for it, and the pump raises it all the same.
        """
        with self._lock:
            self._running.append(label)
            number = next(self._numbers)
            self.works[number] = Work(label=label, lost=lost)
        self._note()
        thread = threading.Thread(target=self._run, args=(number, work, done, failed), name=label, daemon=True)
        thread.start()

    def _run[T](
        self,
        number: int,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001  the edge of a thread: the pump raises it again
            self._end(number, partial(_raise, exc, failed))
        else:
            self._end(number, partial(done, result))

    def _end(self, number: int, action: Callable[[], None]) -> None:
        label = self.works[number].label
        # Not kept: until it has been carried out the work counts as running.
        self._later(0, partial(self._over, number, action), f"end of {label}", kept=False)
        with self._lock:
            self._running.remove(label)

    def _over(self, number: int, action: Callable[[], None]) -> None:
        with self._lock:
            del self.works[number]
        self._note()
        action()

    def _note(self) -> None:
        self._journal.note("sagemaker", "")


def _raise(error: Any, failed: Callable[[BaseException], None]) -> None:
    failed(error)
    raise error
