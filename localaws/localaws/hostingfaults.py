"""Faults of endpoints, for tests and users: rollbacks that fail, and maintenance by AWS, on demand.

Names are names, or patterns as the shell has them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(kw_only=True)
class BrokenRollback:
    """Updates of an endpoint whose way back fails too."""

    endpoint: str
    times: int
    struck: int = 0


@dataclass
class HostingFaults:
    """All that is planned for endpoints."""

    rollbacks: list[BrokenRollback] = field(default_factory=list)
    # What begins maintenance: the embedded SageMaker's own.
    maintenance: Callable[[str, float], None] = field(default=lambda _endpoint, _seconds: None)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def maintain(self, endpoint: str, *, seconds: float) -> None:
        """Put an endpoint that is InService into SystemUpdating for some virtual seconds."""
        self.maintenance(endpoint, seconds)

    def break_rollback(self, endpoint: str, *, times: int = 1) -> BrokenRollback:
        """Let the next rollbacks of an update end in UpdateRollbackFailed, with the traffic where it was."""
        planned = BrokenRollback(endpoint=endpoint, times=times)
        with self._lock:
            self.rollbacks.append(planned)
        return planned

    def clear(self) -> None:
        """Take all of them away."""
        with self._lock:
            self.rollbacks.clear()

    def breaks_rollback(self, endpoint: str) -> bool:
        """Whether the rollback of this endpoint fails; counted."""
        with self._lock:
            for planned in self.rollbacks:
                if planned.struck < planned.times and fnmatchcase(endpoint, planned.endpoint):
                    planned.struck += 1
                    return True
        return False
