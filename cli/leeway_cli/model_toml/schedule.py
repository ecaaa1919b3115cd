"""The syntax of EventBridge's schedules: cron(minutes hours day-of-month month day-of-week year) and rate(n unit)."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One of the six fields: its range, the names that stand for numbers, and the forms only it may have."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"


FIELDS = (
    Field(name="minutes", low=0, high=59),
    Field(name="hours", low=0, high=23),
    Field(name="day of month", low=1, high=31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    Field(name="month", low=1, high=12, names=MONTHS),
    Field(name="day of week", low=1, high=7, names=DAYS, special=r"\?|L|([1-7]|[A-Z]{3})L|([1-7]|[A-Z]{3})#[1-5]"),
    Field(name="year", low=1970, high=2199),
)


def wrong(schedule: str) -> str | None:
    """Why a schedule is not one, or None where it is."""
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", schedule):
        return _wrong_rate(int(found[1]), plural=bool(found[3]))
    found = re.fullmatch(r"cron\((.*)\)", schedule)
    if found is None:
        return "is neither cron(…) nor rate(…)"
    parts = found[1].split()
    if len(parts) != len(FIELDS):
        return f"has {len(parts)} fields, and cron(…) of EventBridge has 6"
    if [parts[2], parts[4]].count("?") != 1:
        return "must have ? as day of month or as day of week, and not as both"
    bad = [f for f, part in zip(FIELDS, parts, strict=True) if not all(_fits(f, item) for item in part.split(","))]
    return f"has a wrong {bad[0].name} ({bad[0].low} to {bad[0].high})" if bad else None


def _wrong_rate(number: int, *, plural: bool) -> str | None:
    if number < 1:
        return "must be at least 1"
    return None if plural == (number != 1) else "needs the unit in the singular for 1, and else in the plural"


def _fits(field: Field, item: str) -> bool:
    if re.fullmatch(field.special, item):
        return not (letters := re.match(r"[A-Z]{3}", item)) or letters[0] in field.names
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if span == "*":
        return True
    numbers = [_number(field, end) for end in span.split("-")]
    return len(numbers) <= 2 and all(n is not None and field.low <= n <= field.high for n in numbers)


def _number(field: Field, text: str) -> int | None:
    if text in field.names:
        return field.names.index(text) + 1
    return int(text) if text.isdecimal() and text.isascii() else None
