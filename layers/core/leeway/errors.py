"""The one error tree, split by what the caller should do.

LeewayError
├── Rejected         never retry: record it, say it, finish
│   ├── Missing      what was asked for is not there (any more)
│   └── Refused      a request over HTTP, with the status that its caller gets
└── Unavailable      look again later: faults, time-outs, a permission that is not there yet
    ├── Throttled    the service is there, and says not so fast
    └── Conflict     a fenced write lost: the state has moved on, read it again

Built-in exceptions mean a bug.
"""

from __future__ import annotations


class LeewayError(Exception):
    """Base of all errors that Leeway raises on purpose."""


class Rejected(LeewayError):
    """The input or the request is wrong; the same again gives the same."""


class Missing(Rejected):
    """The named thing does not exist."""


class Refused(Rejected):
    """A request over HTTP: `status` is for its caller, `code` for logs, which the message may be too private for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Unavailable(LeewayError):
    """A service did not answer, or not now; the effect may or may not have happened."""


class Throttled(Unavailable):
    """Too many calls: nothing is wrong but the moment."""


class Conflict(Unavailable):
    """A conditional write found another state than the one it was planned on.

    `places` are those of the writes of a transaction that did, counted from 0.
    """

    def __init__(self, message: str, places: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.places = places
