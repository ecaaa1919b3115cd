"""Faults of endpoints, for tests and users: variants that are slow, fail or lack capacity, rollbacks, maintenance.

Names of endpoints, variants, configurations and models are names, or patterns as the shell has them: of the two fleets
of a deployment, whose variants have the same names, one is told by its configuration or its model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from localaws.errors import AwsError

SHORT = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a"
    " different ML instance type."
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A variant of a fleet of an endpoint, or patterns of them."""

    endpoint: str
    variant: str = "*"
    config: str = "*"
    model: str = "*"

    def holds(self, other: Place) -> bool:
        """Whether these patterns fit another's names."""
        pairs = zip(vars(other).values(), vars(self).values(), strict=True)
        return all(fnmatchcase(name, pattern) for name, pattern in pairs)


@dataclass(kw_only=True)
class HostingFault:
    """One fault; `struck` counts how often, `times=None` means always."""

    kind: str
    place: Place
    seconds: float = 0.0
    share: float = 0.0
    status: int = 500
    per_minute: int = 0
    times: int | None = None
    struck: int = 0
    counts: dict[tuple[Place, int], int] = field(default_factory=dict)


@dataclass
class HostingFaults:
    """All that is planned for endpoints."""

    planned: list[HostingFault] = field(default_factory=list)
    # What begins maintenance: the embedded SageMaker's own.
    maintenance: Callable[[str, float], None] = field(default=lambda _endpoint, _seconds: None)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def slow(self, endpoint: str, *, milliseconds: float, **names: str) -> HostingFault:
        """Let a model take so much longer for each answer; from 60 s on none comes in time."""
        return self._plan("slow", endpoint, names, HostingFault(kind="", place=ANY, seconds=milliseconds / 1000))

    def fail(self, endpoint: str, *, share: float, status: int = 500, **names: str) -> HostingFault:
        """Let a share of calls, drawn by chance, end in a ModelError with this status."""
        if not 0 <= share <= 1 or not 400 <= status < 600:
            raise ValueError("a share is from 0 to 1, and the status of an error from 400 to 599")
        return self._plan("fail", endpoint, names, HostingFault(kind="", place=ANY, share=share, status=status))

    def limit(self, endpoint: str, *, per_minute: int, status: int = 400, **names: str) -> HostingFault:
        """Throttle (400), or answer as unavailable (503), what an instance gets in a minute beyond so many calls."""
        if status not in OVERLOAD:
            raise ValueError(f"what is too much is answered by one of {list(OVERLOAD)}")
        return self._plan(
            "limit", endpoint, names, HostingFault(kind="", place=ANY, per_minute=per_minute, status=status)
        )

    def exhaust(self, endpoint: str, *, times: int | None = None, **names: str) -> HostingFault:
        """Let there be no instances: creations are Failed, updates and scaling out roll back."""
        return self._plan("exhaust", endpoint, names, HostingFault(kind="", place=ANY, times=times))

    def break_rollback(self, endpoint: str, *, times: int | None = 1) -> HostingFault:
        """Let the next rollbacks of an update end in UpdateRollbackFailed, with the traffic where it was."""
        return self._plan("break_rollback", endpoint, {}, HostingFault(kind="", place=ANY, times=times))

    def maintain(self, endpoint: str, *, seconds: float) -> None:
        """Put an endpoint that is InService into SystemUpdating for some virtual seconds."""
        self.maintenance(endpoint, seconds)

    def clear(self) -> None:
        """Take all of them away; maintenance ends by itself."""
        with self._lock:
            self.planned.clear()

    def _plan(self, kind: str, endpoint: str, names: dict[str, str], fault: HostingFault) -> HostingFault:
        fault.kind, fault.place = kind, Place(endpoint=endpoint, **names)
        with self._lock:
            self.planned.append(fault)
        return fault

    # What the embedded SageMaker asks

    def delay(self, place: Place) -> float:
        """Seconds that a model takes longer."""
        return sum(fault.seconds for fault in self._of("slow", place))

    def failing(self, place: Place, drawn: float) -> int:
        """The status that a call fails with, 0 for none; `drawn` is from 0 to 1 and decides."""
        for fault in self._of("fail", place):
            if drawn < fault.share:
                fault.struck += 1
                return fault.status
            drawn -= fault.share
        return 0

    def admit(self, place: Place, instances: int, moment: float) -> None:
        """Raise for a call that is too much for the instances in its minute."""
        for fault in self._of("limit", place):
            with self._lock:
                minute = (place, int(moment // 60))
                fault.counts[minute] = fault.counts.get(minute, 0) + 1
                over = fault.counts[minute] > fault.per_minute * max(instances, 1)
                fault.struck += over
            if over:
                raise AwsError(*OVERLOAD[fault.status], fault.status)

    def exhausted(self, place: Place) -> bool:
        """Whether there is no instance to be had; counted."""
        return self._strikes("exhaust", place)

    def breaks_rollback(self, endpoint: str) -> bool:
        """Whether the rollback of this endpoint fails; counted."""
        return self._strikes("break_rollback", Place(endpoint=endpoint, variant="", config="", model=""))

    def _of(self, kind: str, place: Place) -> list[HostingFault]:
        return [fault for fault in self.planned if fault.kind == kind and fault.place.holds(place)]

    def _strikes(self, kind: str, place: Place) -> bool:
        with self._lock:
            for fault in self._of(kind, place):
                if fault.times is None or fault.struck < fault.times:
                    fault.struck += 1
                    return True
        return False


ANY = Place(endpoint="*")
OVERLOAD = {
    400: ("ThrottlingException", "Rate exceeded"),
    503: ("ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
}
