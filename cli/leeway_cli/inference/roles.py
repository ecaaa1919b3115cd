"""Which columns are the event time and the id of a row, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leeway.cells import TIME, parse_time
from leeway.errors import Rejected
from leeway.rows import AHEAD, BAD_SHARE
from leeway_cli.inference.profile import Profile, good_name

TIME_WORDS = frozenset({"event", "timestamp", "time", "ts", "date", "datetime", "day", "at", "dt", "when", "created"})
NOT_EVENT = frozenset({"birth", "born", "dob", "birthday", "end", "expiry", "expires", "due", "until", "updated"})
ID_WORDS = frozenset({"id", "uuid", "guid", "key", "identifier"})
NUMBER_WORDS = frozenset({"number", "no", "nr", "num", "code", "ref"})
MOMENTS = 10  # a split by time needs as many, for rows of one moment stay together


@dataclass(frozen=True, kw_only=True)
class Role:
    """A column and why it was taken."""

    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class EventTime:
    """The event time, the span of the sample, and how many moments lie in it."""

    role: Role
    span: timedelta
    moments: int


def time_of(profiles: Collection[Profile], now: datetime) -> EventTime | None:
    """The column of event times, None where there is none: times in nearly every row, different, and not to come."""
    ranked = [(rank, p) for p in profiles if (rank := _time_rank(p)) is not None and _passable(p, now)]
    best = min(ranked, key=lambda pair: pair[0], default=None)
    if best is None:
        return None
    others = [p.name for _, p in ranked if p is not best[1]]
    why = "a time in every row" + (f"; so is {', '.join(others[:3])}" if others else "")
    return _event_time(best[1], why)


def time_named(column: Profile) -> EventTime:
    """The event time that was named; raises Rejected where it is none, with how one is written."""
    for text in column.counts:
        parse_time(f"--time {column.name}", text)
    if not column.counts:
        raise Rejected(f"--time {column.name} is missing in every row")
    return _event_time(column, "as you said")


def _time_rank(column: Profile) -> int | None:
    """How likely a column is the event time, 0 the most; seconds since 1970 are times only where the name says so."""
    if column.words & NOT_EVENT or not good_name(column.name):
        return None
    hinted = column.words & TIME_WORDS
    first = next(iter(column.counts), "")
    if not (column.iso_times if TIME.fullmatch(first) else hinted and column.times):
        return None
    return 0 if "event" in hinted else 1 if hinted else 2


def _passable(column: Profile, now: datetime) -> bool:
    if len(column.counts) < 2 or column.missing > BAD_SHARE * column.rows:
        return False
    return all(parse_time(column.name, text) <= now + AHEAD for text in column.counts)


def _event_time(column: Profile, why: str) -> EventTime:
    moments = {parse_time(column.name, text) for text in column.counts}
    return EventTime(role=Role(name=column.name, why=why), span=max(moments) - min(moments), moments=len(moments))


def id_of(profiles: Sequence[Profile], *, timed: bool) -> Role:
    """The column that says which thing a row is about; raises Rejected where none can be.

    With an event time an id may come again, for then id and time together tell rows apart.
    """
    ranked = [(rank, p) for p in profiles if (rank := _id_rank(p)) is not None]
    best = min(ranked, key=lambda pair: pair[0], default=None)
    if best is not None:
        return Role(name=best[1].name, why="another value in every row")
    again = [p for p in profiles if p.words & ID_WORDS and not p.missing and good_name(p.name)]
    if timed and again:
        return Role(name=again[0].name, why=f"by its name; {len(again[0].counts):,} of them in the sample")
    seen = f" ({again[0].name} comes again)" if again else ""
    raise Rejected(f"no column has another value in every row{seen}: name the id of a row by --id, or add one")


def _id_rank(column: Profile) -> int | None:
    if column.missing or not column.unique or not good_name(column.name) or column.iso_times:
        return None
    if column.words & ID_WORDS:
        return 0
    if column.fits("float") and (column.decimals or not column.words & NUMBER_WORDS):
        return 2 if column.sequence and not column.decimals else None
    return 1 if column.words & NUMBER_WORDS else 3 if " " not in next(iter(column.counts)) else 4
