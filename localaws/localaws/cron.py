"""rate() and cron() expressions of EventBridge Scheduler, with time zones."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from localaws.errors import AwsError

_UNITS = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
# Sunday is 1 here, as in the service.
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
_YEARS_AHEAD = 30


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Every so many seconds after the schedule's beginning."""

    seconds: int
    start: datetime

    def after(self, moment: datetime) -> datetime | None:
        """The first firing after a moment."""
        passed = max(0.0, (moment - self.start).total_seconds())
        return self.start + timedelta(seconds=self.seconds * (int(passed // self.seconds) + 1))


@dataclass(frozen=True, kw_only=True)
class Cron:
    """Minute, hour, day of month, month, day of week, year, in a time zone."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int] | None
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """The first firing after a moment; what falls into a gap of the clock is skipped, twice is once."""
        local = moment.astimezone(self.zone)
        for day in _days_from(local.date()):
            if not self._on(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)
                    exists = found.astimezone(self.zone).hour == hour
                    if exists and found > moment:
                        return found
        return None

    def _on(self, day: date) -> bool:
        year = self.years is None or day.year in self.years
        return year and day.month in self.months and self._day_of_month(day) and self._day_of_week(day)

    def _day_of_month(self, day: date) -> bool:
        if self.days == "?":
            return True
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day == last if self.days == "L" else day.day in _field(self.days, 1, 31, {})

    def _day_of_week(self, day: date) -> bool:
        if self.weekdays == "?":
            return True
        number = day.isoweekday() % 7 + 1
        nth = re.fullmatch(r"(\w+)#([1-5])", self.weekdays)
        if nth:
            return number == _number(nth[1], _DAYS) and (day.day - 1) // 7 + 1 == int(nth[2])
        last = re.fullmatch(r"(\w+)L", self.weekdays)
        if last:
            return number == _number(last[1], _DAYS) and (day + timedelta(days=7)).month != day.month
        return number in _field(self.weekdays, 1, 7, _DAYS)


def parse(expression: str, timezone: str, start: datetime) -> Rate | Cron:
    """Reads an expression; AwsError ValidationException when it is not valid or not known here."""
    rate = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    if rate and rate[2] in _UNITS and int(rate[1]) > 0:
        return Rate(seconds=int(rate[1]) * _UNITS[rate[2]], start=start)
    fields = re.fullmatch(r"cron\((.+)\)", expression)
    parts = fields[1].split() if fields else []
    if len(parts) != 6:
        raise AwsError("ValidationException", f"Invalid Schedule Expression {expression}.")
    if (parts[2] == "?") == (parts[4] == "?"):
        raise AwsError("ValidationException", f"{expression}: one of day of month and day of week must be '?'")
    try:
        return _cron(parts, ZoneInfo(timezone))
    except (ValueError, KeyError) as exc:
        raise AwsError("ValidationException", f"Invalid Schedule Expression {expression}: {exc}") from exc


def _cron(parts: list[str], zone: ZoneInfo) -> Cron:
    cron = Cron(
        minutes=_field(parts[0], 0, 59, {}),
        hours=_field(parts[1], 0, 23, {}),
        days=parts[2],
        months=_field(parts[3], 1, 12, _MONTHS),
        weekdays=parts[4],
        years=None if parts[5] == "*" else _field(parts[5], 1970, 2199, {}),
        zone=zone,
    )
    cron.after(datetime(2024, 1, 1, tzinfo=UTC))
    return cron


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(366 * _YEARS_AHEAD))


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.upper()] if text.upper() in names else int(text)


def _field(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = low if span == "*" else _number(first, names)
        end = high if span == "*" or (step and not dash) else _number(last, names) if dash else begin
        if not low <= begin <= end <= high:
            raise ValueError(f"{part} is not within {low}-{high}")
        values.update(range(begin, end + 1, int(step or 1)))
    return frozenset(values)
