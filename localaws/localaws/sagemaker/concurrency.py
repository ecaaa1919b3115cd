"""How many calls a serverless variant answers at once, by virtual time and by threads (reference 5.5).

Developer guide, "Concurrent invocations": what is beyond the maximum is throttled.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from localaws.errors import AwsError


@dataclass
class Slots:
    """The calls that a variant answers: those of threads that run, and the ends of those whose time is known."""

    running: int = 0
    ends: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __reduce__(self) -> tuple[type[Slots], tuple[()]]:
        """Calls under way are gone with their process."""
        return Slots, ()

    def take(self, most: int, moment: float, seconds: float) -> None:
        """A call comes that takes some seconds; ThrottlingException where there are as many as may be."""
        with self._lock:
            while self.ends and self.ends[0] <= moment:
                heapq.heappop(self.ends)
            if max(len(self.ends), self.running) >= most:
                raise AwsError("ThrottlingException", "Rate exceeded", 400)
            if seconds:
                heapq.heappush(self.ends, moment + seconds)

    def __enter__(self) -> None:
        with self._lock:
            self.running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.running -= 1


ENDPOINTS = 50  # serverless ones, of an account in a region
LARGE = {
    *("us-east-1", "us-east-2", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
    *("eu-central-1", "eu-west-1"),
}  # regions with a total of 1000 invocations at once; others have 500


def check_account(region: str, others: Iterable[int], wanted: int, has: int = 0) -> None:
    """Refuse what is more than an account may have: `others` are the maxima of other serverless endpoints, 0 of none.

    Developer guide, "Concurrent invocations"; `has` is the endpoint's own so far.
    """
    kept = [one for one in others if one]
    total, most = sum(kept) + has, 1000 if region in LARGE else 500
    if wanted and not has and len(kept) >= ENDPOINTS:
        raise _over("Maximum number of serverless endpoints", ENDPOINTS, len(kept), 1)
    if wanted > has and total - has + wanted > most:
        what = "Maximum total concurrency that can be allocated across all serverless endpoints"
        raise _over(what, most, total, wanted - has)


def _over(what: str, most: int, now: int, more: int) -> AwsError:
    text = f"The account-level service limit '{what}' is {most}, with current utilization of {now} and a request delta"
    return AwsError("ResourceLimitExceeded", f"{text} of {more}. Please use AWS Service Quotas to request an increase.")
