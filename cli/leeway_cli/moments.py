"""Times and durations as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from leeway_cli.exits import Usage

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(text: str) -> float:
    """Seconds of "90s", "5m", "1h", "2d" or "1h30m"; raises Usage."""
    if not re.fullmatch(r"(\d+[smhdw])+", text):
        raise Usage(f'"{text}" is not a duration; write 90s, 5m, 1h, 2d or 1h30m')
    return sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", text))


def moment(text: str) -> datetime:
    """A time in ISO 8601, UTC where it names no zone; raises Usage."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Usage(f'"{text}" is not a time; write 2026-03-01T09:00:00Z') from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def past(text: str, now: datetime) -> datetime:
    """A time, or a duration before now ("2d"); raises Usage."""
    if re.fullmatch(r"(\d+[smhdw])+", text):
        return now - timedelta(seconds=duration(text))
    return moment(text)


def seconds_to(how_far: str, until: str, now: str) -> float:
    """Seconds from now to what one of the two says; raises Usage where that is neither, both or the past."""
    if bool(how_far) == bool(until):
        raise Usage("say either how far (leeway local advance 1h) or until when (--until 2026-03-01T09:00:00Z)")
    seconds = duration(how_far) if how_far else (moment(until) - moment(now)).total_seconds()
    if seconds < 0:
        raise Usage(f"{until} is past already: it is {now}, and time does not run backwards")
    return seconds


def clock(at: datetime) -> str:
    """A time for people, in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def ago(at: datetime, now: datetime) -> str:
    """How long a time is past or ahead, in the unit that fits."""
    gap = now - at
    text = length(abs(gap))
    return f"in {text}" if gap < timedelta(0) else f"{text} ago"


def length(gap: timedelta) -> str:
    """A span in the two largest units that fit."""
    left = int(gap.total_seconds())
    if left < 60:
        return f"{left} s"
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts[:2])
