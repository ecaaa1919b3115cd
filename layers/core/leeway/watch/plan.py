"""When what SageMaker does not tell for certain is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from leeway.keys import digest

EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=5)  # a list can lag behind what it lists, and clocks differ
AT_ONCE = 250  # models whose versions one tick compares: two calls each, well inside its fifty seconds
BEGINNING = datetime(2017, 11, 29, tzinfo=UTC)  # of SageMaker


def is_due(last: datetime | None, now: datetime) -> bool:
    """Whether a scan is to be made; a clock that was set back does not stop it."""
    return last is None or not timedelta() <= now - last < EVERY


def since(last: datetime | None) -> datetime:
    """From when on a scan must see changes."""
    return BEGINNING if last is None else last - OVERLAP


def in_turn(models: Sequence[str], now: datetime) -> list[str]:
    """The models whose versions this scan compares: all of them up to AT_ONCE, else each in a turn of its own.

    Without state: which turn it is follows from the clock, and whose it is from the name.
    """
    turns = -(-len(models) // AT_ONCE)
    if turns <= 1:
        return list(models)
    turn = int(now.timestamp() // EVERY.total_seconds()) % turns
    return [model for model in models if int(digest(model)[:8], 16) % turns == turn]


def idle_until(now: datetime, due_at: int | None, scans: Iterable[datetime | None]) -> datetime:
    """The earliest time at which a tick has anything to do; `due_at` in epoch seconds."""
    times = [now if last is None else last + EVERY for last in scans]
    if due_at is not None:
        times.append(datetime.fromtimestamp(due_at, UTC))
    return max(now, min(times, default=now))
