"""What can happen to a machine, brought upon the embedded AWS: Python runs this at its start where it is on the path.

CHAOS_DIES_AT names an operation: the process is killed when its effect has happened and its answer has not.
SIGUSR1 sets the machine's clock an hour ahead, SIGUSR2 an hour back, as seen by this process.
"""

import os
import signal
import sys
from typing import Any

HOUR = 3600.0


def die_at(operation: str) -> None:
    """By a kill that nobody can see coming."""
    from localaws.front import Front

    answered = Front._answer

    def answer(self: Any, call: Any) -> Any:
        found = answered(self, call)
        if call.operation == operation:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    Front._answer = answer  # type: ignore[method-assign]


def let_the_clock_be_set() -> None:
    """The machine's time is what virtual time is told from."""
    from localaws import clock

    real_time, begun, ahead = clock.real_time, clock.Clock.__init__, [0.0]

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        begun(self, *args, **kwargs)

        def set_by(seconds: float) -> None:
            ahead[0] += seconds
            self._coordinates.shift(seconds)

        signal.signal(signal.SIGUSR1, lambda *_: set_by(HOUR))
        signal.signal(signal.SIGUSR2, lambda *_: set_by(-HOUR))

    clock.real_time = lambda: real_time() + ahead[0]
    clock.Clock.__init__ = init  # type: ignore[method-assign]


if sys.orig_argv[1:4] == ["-m", "localaws", "serve"]:
    let_the_clock_be_set()
    if "CHAOS_DIES_AT" in os.environ:
        die_at(os.environ["CHAOS_DIES_AT"])
