"""When a schedule is due: EventBridge's cron(minutes hours day-of-month month day-of-week year) and rate(n unit), UTC.

Source: EventBridge Scheduler user guide, "Schedule types". Checked texts only: `leeway apply` refuses the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # 1 to 7, as AWS counts
YEARS = (1970, 2199)
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def following(schedule: str, after: datetime, anchor: datetime) -> datetime | None:
    """The first time after `after`, None where there is none any more; a rate counts from `anchor`.

    Raises ValueError for a text that is no schedule.
    """
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        step = int(found[1]) * UNITS[found[2]]
        return anchor + max((after - anchor) // step + 1, 1) * step
    if found := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", schedule):
        return next(_times(Cron(*found.groups()), after.astimezone(UTC)), None)
    raise ValueError(f"{schedule} is neither cron(…) with six fields nor rate(…)")


@dataclass(frozen=True)
class Cron:
    """The six fields as written."""

    minutes: str
    hours: str
    day_of_month: str
    month: str
    day_of_week: str
    year: str


def _times(cron: Cron, after: datetime) -> Iterator[datetime]:
    """All times after `after`, in order."""
    minutes, hours = sorted(_numbers(cron.minutes, 0, 59)), sorted(_numbers(cron.hours, 0, 23))
    for day in _days(cron, after.date()):
        for hour in hours:
            for minute in minutes:
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                if at > after:
                    yield at


def _days(cron: Cron, first: date) -> Iterator[date]:
    """All days from `first` on that the four date fields allow."""
    months = sorted(_numbers(cron.month, 1, 12, MONTHS))
    years = sorted(year for year in _numbers(cron.year, *YEARS) if year >= first.year)
    for year in years:
        for month in months:
            for day in sorted(_month_days(cron, year, month)):
                if (found := date(year, month, day)) >= first:
                    yield found


def _month_days(cron: Cron, year: int, month: int) -> set[int]:
    """Days of one month; the field that is "?" says nothing."""
    last = _last_day(year, month)
    if cron.day_of_week == "?":
        return {day for item in cron.day_of_month.split(",") for day in _by_date(item, year, month)}
    return {day for item in cron.day_of_week.split(",") for day in _by_weekday(item, year, month) if day <= last}


def _last_day(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


def _by_date(item: str, year: int, month: int) -> set[int]:
    last = _last_day(year, month)
    if item == "L":
        return {last}
    if item.endswith("W"):
        wanted = last if item == "LW" else int(item[:-1])
        return {_nearest_weekday(year, month, wanted)} if wanted <= last else set()
    return {day for day in _numbers(item, 1, 31) if day <= last}


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The Monday to Friday nearest to a day, in the same month."""
    last = _last_day(year, month)
    weekday = date(year, month, day).weekday()
    if weekday == 5:  # Saturday
        return day - 1 if day > 1 else day + 2
    if weekday == 6:  # Sunday
        return day + 1 if day < last else day - 2
    return day


def _by_weekday(item: str, year: int, month: int) -> set[int]:
    first, last = (date(year, month, 1).weekday() + 1) % 7 + 1, _last_day(year, month)  # AWS's 1 is Sunday

    def days_of(weekday: int) -> range:
        return range(1 + (weekday - first) % 7, last + 1, 7)

    if "#" in item:
        name, _, which = item.partition("#")
        return {days_of(_number(name, DAYS))[0] + 7 * (int(which) - 1)}
    if item.endswith("L"):
        return {days_of(_number(item[:-1] or "7", DAYS))[-1]} if item != "L" else set(days_of(7))
    return {day for weekday in _numbers(item, 1, 7, DAYS) for day in days_of(weekday)}


def _numbers(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> set[int]:
    """The numbers that a list of *, n, a-b, a/step means; a range may pass the end: FRI-MON."""
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        start, dash, end = (str(low), "-", str(high)) if span == "*" else span.partition("-")
        first = _number(start, names)
        final = _number(end, names) if dash else (high if step else first)
        whole = range(first, (final if final >= first else final + high - low + 1) + 1, int(step or 1))
        found |= {number if number <= high else number - (high - low + 1) for number in whole}
    return {number for number in found if low <= number <= high}


def _number(text: str, names: tuple[str, ...]) -> int:
    return names.index(text) + 1 if text in names else int(text)
