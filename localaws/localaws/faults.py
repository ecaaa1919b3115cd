"""Faults for tests: at a call (throttled, broken, lost, crashed) and at an event (dropped, doubled, late)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from localaws.errors import AwsError
from localaws.hostingfaults import HostingFaults
from localaws.jobfaults import JobFaults
from localaws.wire import Call


class Mode(Enum):
    """What goes wrong; each either prevents the effect for real or lets it happen for real."""

    THROTTLE = "throttled, no effect"
    SERVER_ERROR_BEFORE = "5xx, no effect"
    CONNECTION_BEFORE = "connection fails, no effect"
    CRASH_BEFORE = "the caller dies, no effect"
    TIMEOUT_AFTER = "the effect happens, the answer is lost"
    SERVER_ERROR_AFTER = "the effect happens, the answer is a 5xx"
    CRASH_AFTER = "the effect happens, the caller dies"

    @property
    def after(self) -> bool:
        """Whether the effect happens."""
        return self.name.endswith("_AFTER")


class ConnectionFault(Exception):
    """The connection breaks; the transport turns it into what a client sees."""

    def __init__(self, *, after_effect: bool) -> None:
        super().__init__("fault injected")
        self.after_effect = after_effect


class Crash(BaseException):
    """The caller's process dies: no handler of the function's own may see it."""


Predicate = Callable[[Call], bool]


@dataclass(kw_only=True)
class Fault:
    """One fault; `hits` counts how often it struck."""

    matches: Predicate
    mode: Mode
    times: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    hits: int = 0

    def strikes(self, call: Call, now: datetime) -> bool:
        """Whether it is on, and meant for this call."""
        on = self.times is None or self.hits < self.times
        in_window = (self.start is None or now >= self.start) and (self.end is None or now < self.end)
        return on and in_window and self.matches(call)


@dataclass
class Faults:
    """All faults of calls, in the order in which they were added; the first that strikes counts.

    `jobs` and `hosting` have their own.
    """

    planned: list[Fault] = field(default_factory=list)
    jobs: JobFaults = field(default_factory=JobFaults)
    hosting: HostingFaults = field(default_factory=HostingFaults)

    def add(
        self,
        predicate: Predicate | None = None,
        action: Mode = Mode.THROTTLE,
        *,
        caller: str | None = None,
        service: str | None = None,
        operation: str | None = None,
        times: int | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Fault:
        """Adds a fault for calls that fit all that is given; `times=None` means always."""

        def matches(call: Call) -> bool:
            wanted = ((caller, call.caller), (service, call.service), (operation, call.operation))
            return all(want in (None, have) for want, have in wanted) and (predicate is None or predicate(call))

        fault = Fault(matches=matches, mode=action, times=times, start=start, end=end)
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        """Takes all faults away."""
        self.planned.clear()
        self.jobs.clear()
        self.hosting.clear()

    def strike(self, call: Call, now: datetime) -> Mode | None:
        """The mode of the fault that strikes this call, counted."""
        for fault in self.planned:
            if fault.strikes(call, now):
                fault.hits += 1
                return fault.mode
        return None


def fail(mode: Mode, call: Call) -> None:
    """Raises what the mode means; called before the effect or after it."""
    if mode is Mode.THROTTLE:
        code = {"s3": "SlowDown", "dynamodb": "ProvisionedThroughputExceededException"}.get(call.service, "")
        raise AwsError(code or "ThrottlingException", "Rate exceeded", 503 if call.service == "s3" else 400)
    if mode in (Mode.SERVER_ERROR_BEFORE, Mode.SERVER_ERROR_AFTER):
        raise AwsError("InternalFailure", "fault injected", 500)
    if mode in (Mode.CRASH_BEFORE, Mode.CRASH_AFTER):
        raise Crash(f"{call.caller} dies at {call.service} {call.operation}")
    raise ConnectionFault(after_effect=mode.after)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What becomes of one event: `copies` of it (0 drops it), `delay` virtual seconds later."""

    copies: int = 1
    delay: float = 0.0


EventHook = Callable[[dict[str, Any]], Delivery | None]
