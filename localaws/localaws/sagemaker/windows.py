"""When a monitoring schedule runs, and which captured data it looks at (reference 3.6, 3.7, 3.11)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from localaws import cron
from localaws.sagemaker.refusals import invalid

NOW = "NOW"
_CRON = re.compile(r"cron\(0 (?:\*|\d{1,2}|\d{1,2}/\d{1,2}) \? \* \* \*\)")
_OFFSET = re.compile(r"-?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
LONGEST = {"DataQuality": 3600, "ModelQuality": 1800}  # seconds of a job that runs each hour
DAY = timedelta(days=1)


def check_times(config: dict[str, Any], kind: str, longest: int) -> None:
    """ValidationException for an expression that Model Monitor does not take, or a job too long for it."""
    schedule = config.get("ScheduleConfig") or {}
    expression = schedule.get("ScheduleExpression", "")
    if expression == NOW:
        start, end = (schedule.get(f"DataAnalysis{which}Time") for which in ("Start", "End"))
        if not start or not end:
            raise invalid("DataAnalysisStartTime and DataAnalysisEndTime are required for a one-time schedule.")
        if not timedelta() < offset(end) - offset(start) <= DAY:
            raise invalid("The window of a one-time schedule is at most 24 hours.")
        return
    if not _CRON.fullmatch(expression):
        known = "cron(0 * ? * * *), cron(0 H ? * * *), cron(0 H/N ? * * *) or NOW"
        raise invalid(f"Invalid schedule expression {expression}: {known}.")
    if after(expression, _LATER) - _LATER <= timedelta(hours=1) and longest > LONGEST[kind]:
        raise invalid(f"MaxRuntimeInSeconds of an hourly {kind} schedule is at most {LONGEST[kind]}.")


_LATER = datetime(2026, 1, 1, tzinfo=UTC)


def after(expression: str, moment: datetime) -> datetime:
    """The next firing."""
    found = cron.parse(expression, "UTC", moment).after(moment)
    assert found is not None  # these expressions fire every day
    return found


def window(config: dict[str, Any], given: dict[str, Any], scheduled: datetime) -> tuple[datetime, datetime]:
    """From the last firing to this one, unless the schedule or the definition has offsets."""
    schedule = config["ScheduleConfig"]
    if schedule["ScheduleExpression"] == NOW:
        start, end = schedule["DataAnalysisStartTime"], schedule["DataAnalysisEndTime"]
        return scheduled + offset(start), scheduled + offset(end)
    first = after(schedule["ScheduleExpression"], scheduled)
    between = after(schedule["ScheduleExpression"], first) - first
    start = scheduled + offset(given["StartTimeOffset"]) if "StartTimeOffset" in given else scheduled - between
    end = scheduled + offset(given["EndTimeOffset"]) if "EndTimeOffset" in given else scheduled
    return start, end


def offset(text: str) -> timedelta:
    """An ISO 8601 duration before a moment."""
    found = _OFFSET.fullmatch(text)
    if not found:
        raise invalid(f"{text} is no offset such as -PT1H.")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return -timedelta(days=days, hours=hours, minutes=minutes)
