"""Which slices of time make cohorts, when they are ripe, and in which folders their labels lie: pure.

What a slice takes is settled by names of folders alone. So counting it again, a day or a month later, reads the same
files, however many labels have come since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leeway.drift.plan import ARRIVAL, HOUR, floor
from leeway.experiment.assignment import Assignment
from leeway.keys import stamp

LABELS = "labels/"
_IN_AN_HOUR = re.compile(r"labels/[^/]+/[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2}/.")


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One hour of one epoch, or the part of an hour in which the epoch was in force; `end` is excluded."""

    assignment: Assignment
    begin: datetime
    end: datetime

    @property
    def name(self) -> str:
        """Of what is kept of it; sorts by time."""
        return stamp(self.begin)


def slices(
    assignments: Sequence[Assignment], counted_until: datetime | None, now: datetime, window: timedelta
) -> list[Slice]:
    """The ripe slices of epochs with a challenger that do not begin before `counted_until`, in their order."""
    found = [
        piece
        for assignment in assignments
        if assignment.challenger is not None
        for piece in _pieces(assignment, now)
        if ripe(piece.end, window) <= now and (counted_until is None or piece.begin >= counted_until)
    ]
    return sorted(found, key=lambda piece: piece.begin)


def _pieces(assignment: Assignment, now: datetime) -> Iterator[Slice]:
    """Whole hours, but where the epoch begins or ends within one; the hour that is not over is left for later."""
    hour = floor(assignment.begin)
    while (over := hour + HOUR) <= now or (assignment.end is not None and assignment.end <= now):
        begin, end = max(hour, assignment.begin), min(over, assignment.end or over)
        if begin < end:
            yield Slice(assignment=assignment, begin=begin, end=end)
        if assignment.end is not None and assignment.end <= over:
            return
        hour = over


def ripe(end: datetime, window: timedelta) -> datetime:
    """When all is there that counts of predictions made before `end`: captures, and labels up to the last folder."""
    return _ceil(end + window) + ARRIVAL


def folders(model: str, begin: datetime, end: datetime, window: timedelta) -> tuple[str, str]:
    """The first label folder of predictions from `begin` to before `end`, and the folder after the last one."""
    return folder(model, floor(begin)), folder(model, _ceil(end + window))


def in_an_hour(key: str) -> bool:
    """Whether a key lies in an hour's folder; what lies elsewhere has no time, and counts nowhere."""
    return _IN_AN_HOUR.match(key) is not None


def seen(model: str, experiment: str) -> str:
    """Where the slices of an experiment leave the units seen, in the artifacts bucket."""
    return f"experiments/{model}/{experiment}/seen/"


def folder(model: str, hour: datetime) -> str:
    """Where the labels lie that were collected in an hour, in the inbox bucket."""
    return f"{LABELS}{model}/{hour.astimezone(UTC):%Y/%m/%d/%H}/"


def _ceil(at: datetime) -> datetime:
    return floor(at) if floor(at) == at else floor(at) + HOUR
