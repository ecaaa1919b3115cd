"""Work that runs beside the pump in threads of its own: training and processing jobs."""

import threading
from collections.abc import Callable


class Jobs:
    """Runs jobs; the end of each comes back to the pump as an agenda item."""

    def __init__(self, finish: Callable[[Callable[[], None], str], None]) -> None:
        self._finish = finish
        self._lock = threading.Lock()
        self._running: list[str] = []

    @property
    def running(self) -> list[str]:
        """Labels of the jobs whose end has not yet been put on the agenda."""
        with self._lock:
            return list(self._running)

    def start[T](
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None], label: str
    ) -> None:
        """Runs `work` in a thread, then `done(result)` on the pump.

        An exception of `work` is a bug here: `failed` ends what waits for it, and the pump raises it all the same.
        """
        with self._lock:
            self._running.append(label)
        thread = threading.Thread(target=self._run, args=(work, done, failed, label), name=label, daemon=True)
        thread.start()

    def _run[T](
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[BaseException], None], label: str
    ) -> None:
        try:
            result = work()
        except BaseException as exc:  # noqa: BLE001  the edge of a thread: the pump raises it again
            error = exc
            self._end(lambda: _raise(error, failed), label)
        else:
            self._end(lambda: done(result), label)

    def _end(self, action: Callable[[], None], label: str) -> None:
        self._finish(action, f"end of {label}")
        with self._lock:
            self._running.remove(label)


def _raise(error: BaseException, failed: Callable[[BaseException], None]) -> None:
    failed(error)
    raise error
