"""Exit codes, the same for every command, and the one error that only the command line has."""

from __future__ import annotations

from enum import IntEnum

from leeway.errors import LeewayError, Rejected, Unavailable


class Exit(IntEnum):
    """What a script can tell apart."""

    OK = 0
    BAD = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done, or nothing to do; 1 what was looked at is bad (a model.toml with mistakes, a failed story); "
    "2 wrong usage; 3 refused, or not found; 4 AWS (or the embedded AWS) cannot be reached now; 130 interrupted. "
    "Results go to stdout, all else to stderr. NO_COLOR is honoured. LEEWAY_STACK names the stack."
)


class Bad(LeewayError):
    """What was asked about is bad: the answer is no, and nothing failed."""


class Usage(LeewayError):
    """The command line itself makes no sense."""


def code_of(error: LeewayError) -> Exit:
    """The exit code that an error stands for."""
    kinds = ((Bad, Exit.BAD), (Usage, Exit.USAGE), (Unavailable, Exit.UNAVAILABLE), (Rejected, Exit.REFUSED))
    return next((code for kind, code in kinds if isinstance(error, kind)), Exit.REFUSED)
