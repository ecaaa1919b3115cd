"""The log of calls: who called what, and how it was answered."""

import re
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from localaws.wire import Call

_READS = re.compile(
    r"^(Get|List|Describe|Head|Query|Scan|BatchGet|Receive|Select|Lookup|Search|Test|TransactGet|Filter|InvokeEndpoint)"
)


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One call."""

    at: datetime
    caller: str
    service: str
    operation: str
    path: str
    status: int


def is_mutating(call: Call) -> bool:
    """Whether the call changes something; ReceiveMessage changes visibility alone and counts as a read."""
    return not _READS.match(call.operation)


def is_happening(call: Call) -> bool:
    """Whether it wakes who is idle until something happens: a prediction leaves nothing but metrics and records."""
    return is_mutating(call) and call.operation != "InvokeEndpoint"


class CallLog:
    """Mutating calls (all of them) and counts of every operation."""

    def __init__(self, keep: int = 100_000) -> None:
        self.mutating: deque[Logged] = deque(maxlen=keep)
        self.counts: dict[tuple[str, str, str], int] = {}

    def add(self, call: Call, status: int, at: datetime) -> None:
        """Logs one answered call."""
        key = (call.caller, call.service, call.operation)
        self.counts[key] = self.counts.get(key, 0) + 1
        if is_mutating(call):
            self.mutating.append(
                Logged(
                    at=at,
                    caller=call.caller,
                    service=call.service,
                    operation=call.operation,
                    path=call.path,
                    status=status,
                )
            )

    def by_caller(self) -> list[dict[str, Any]]:
        """How often each caller called each operation, reads too."""
        return [
            {"caller": caller, "service": service, "operation": operation, "count": count}
            for (caller, service, operation), count in sorted(self.counts.items())
        ]

    def count(self, operation: str | None = None, caller: str | None = None, service: str | None = None) -> int:
        """How many calls fit all that is given."""
        return sum(
            number
            for (who, which, what), number in self.counts.items()
            if operation in (None, what) and caller in (None, who) and service in (None, which)
        )

    def report(self, limit: int = 1000) -> list[dict[str, Any]]:
        """The last mutating calls, ready for JSON."""
        return [asdict(entry) | {"at": entry.at.isoformat()} for entry in list(self.mutating)[-limit:]]
