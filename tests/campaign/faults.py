"""R1: each call that a function makes fails, in each mode; then AWS delivers again what it would deliver again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from localaws import Mode
from tests.campaign.scenarios import World
from tests.campaign.stage import Arranged, Stage

FIRST_TRY = timedelta(seconds=45)  # of virtual time, in which "always" is always; redelivery comes later
OCCURRENCES = 3  # of one call, in one scenario: a tick makes the same ones for ever

# Each with how often it strikes: None is every time, for the first try.
MODES: dict[str, tuple[Mode, int | None]] = {
    "throttled-once": (Mode.THROTTLE, 1),
    "throttled-always": (Mode.THROTTLE, None),
    "5xx-before": (Mode.SERVER_ERROR_BEFORE, 1),
    "connection-before": (Mode.CONNECTION_BEFORE, 1),
    "timeout-after": (Mode.TIMEOUT_AFTER, 1),
    "timeout-after-always": (Mode.TIMEOUT_AFTER, None),
    "5xx-after": (Mode.SERVER_ERROR_AFTER, 1),
    "crash-before": (Mode.CRASH_BEFORE, 1),
    "crash-after": (Mode.CRASH_AFTER, 1),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """From the n-th time on (counted from 1) that a function makes a call, it fails."""

    caller: str
    service: str
    operation: str
    number: int
    mode: str

    def __str__(self) -> str:
        return f"{self.caller}/{self.service}.{self.operation}/{self.number}/{self.mode}"

    def arrange(self, world: World) -> Arranged:
        """The fault, on an embedded AWS."""
        mode, times = MODES[self.mode]
        made, began = 0, None

        def strikes(call: Any) -> bool:
            nonlocal made, began
            if (call.caller, call.service, call.operation) != (self.caller, self.service, self.operation):
                return False
            made += 1
            if made < self.number:
                return False
            began = began or world.aws.now()
            return world.aws.now() < began + FIRST_TRY

        planned = world.aws.faults.add(strikes, mode, times=times)
        return lambda: planned.hits > 0


def faults(stage: Stage) -> Iterator[Fault]:
    """Every call of a scenario, in every mode."""
    for (caller, service, operation), count in stage.calls.items():
        for number in range(min(count, OCCURRENCES)):
            for mode in MODES:
                yield Fault(caller=caller, service=service, operation=operation, number=number + 1, mode=mode)
