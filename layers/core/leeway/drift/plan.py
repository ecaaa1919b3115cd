"""Which hours are looked at, and when the next look is: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from leeway.keys import digest
from leeway.rollout.observed import Slot

HOUR = timedelta(hours=1)
ARRIVAL = timedelta(minutes=10)  # captures reach S3 within some minutes
LATE = timedelta(hours=6)  # what comes later than that after its hour is not waited for
LONGEST = 48  # hours that one look makes up for, within the time of a function
SPREAD = 600  # seconds over which the models of an hour are spread


def floor(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def watched(slots: Sequence[Slot], now: datetime) -> list[Slot]:
    """The versions whose hours are not settled yet: what serves, and what has served until a short while ago.

    What serves comes last, and challengers first.
    """
    found = [slot for slot in slots if slot.end is None or slot.end + HOUR + LATE > now]
    return sorted(found, key=lambda slot: (not slot.trial, slot.begin))


def hours(slot: Slot, settled: datetime | None, now: datetime) -> list[datetime]:
    """The hours of a version that are over and not settled, in their order; the newest, where there are too many."""
    first = floor(slot.begin) if settled is None else max(settled + HOUR, floor(slot.begin))
    last = min(now - ARRIVAL, slot.end or now) - HOUR
    if slot.end is not None and slot.end <= now - ARRIVAL:
        last = slot.end  # its last hour is cut off, and over
    return list(_hours(max(first, floor(now) - LONGEST * HOUR), last))


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += HOUR


def settles(hour: datetime, now: datetime) -> bool:
    """Whether an hour takes no late file any more."""
    return hour + HOUR + LATE <= now


def bounds(slot: Slot, hour: datetime) -> tuple[datetime, datetime]:
    """From when to when the hour is the version's: a change of what serves cuts it."""
    return max(hour, slot.begin), min(hour + HOUR, slot.end or hour + HOUR)


def served(slot: Slot, hour: datetime) -> bool:
    """Whether any part of the hour is the version's."""
    first, end = bounds(slot, hour)
    return first < end


def next_look(model: str, now: datetime) -> datetime:
    """Once the captures of this hour have come; each model at its own minute."""
    spread = timedelta(seconds=int(digest(model)[:8], 16) % SPREAD)
    at = floor(now) + ARRIVAL + spread
    return at if at > now else at + HOUR
