"""Mute rules: windows of time in which an alarm changes and tells, but acts on nothing.

Source: CloudWatch API Reference, PutAlarmMuteRule; user guide, "How alarm mute rules work".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from localaws import cron
from localaws.alarms.rules import invalid
from localaws.errors import AwsError, NotEmulated
from localaws.world import World

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=15)
LABEL = "alarms are heard again"


@dataclass(frozen=True, kw_only=True)
class Window:
    """One window of a rule, by the rule's ARN."""

    arn: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class MuteRule:
    """A rule as it was put."""

    name: str
    arn: str
    request: dict[str, Any]
    duration: timedelta
    once: bool
    starts: datetime | None
    expires: datetime | None
    updated: datetime

    def firing(self, after: datetime) -> datetime | None:
        """The next activation after a moment."""
        schedule = self.request["Rule"]["Schedule"]
        return _firing(schedule["Expression"], schedule.get("Timezone", "UTC"))(after)

    @property
    def alarms(self) -> list[str]:
        """The names that it mutes."""
        return list((self.request.get("MuteTargets") or {}).get("AlarmNames") or [])

    def window(self, now: datetime) -> Window | None:
        """The window that is open, cut by the times between which the rule is in effect."""
        start = self.firing(now - self.duration)
        if start is None or start > now:
            return None
        start = max(start, self.starts or start)
        end = min(start + self.duration, self.expires or datetime.max.replace(tzinfo=UTC))
        return Window(arn=self.arn, start=start, end=end) if start <= now < end else None

    def status(self, now: datetime) -> str:
        """SCHEDULED, ACTIVE or EXPIRED."""
        if self.window(now):
            return "ACTIVE"
        over = (self.expires and now >= self.expires) or self.firing(now) is None
        return "EXPIRED" if over else "SCHEDULED"


class Mutes:
    """All rules by name; `heard` is called with the names of alarms that may act again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rules: dict[str, MuteRule] = {}
        self.heard: Callable[[list[str]], None] = lambda names: None

    def window(self, alarm: str) -> Window | None:
        """The open window of an alarm that ends last."""
        now = self._world.now()
        windows = [rule.window(now) for rule in self.rules.values() if alarm in rule.alarms]
        return max((one for one in windows if one), key=lambda one: one.end, default=None)

    def keep_until(self, alarm: str, window: Window) -> None:
        """Look again at an alarm when its window has ended."""
        self._world.at(window.end, partial(self._ended, alarm), LABEL)

    def _ended(self, alarm: str) -> None:
        self.heard([alarm])

    def put(self, request: dict[str, Any]) -> dict[str, Any]:
        """PutAlarmMuteRule."""
        name, before = request["Name"], self.rules.get(request["Name"])
        self.rules[name] = _rule(self._world, name, request)
        self._again(before)
        return {}

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteAlarmMuteRule; one that is not there is no error."""
        self._again(self.rules.pop(request["AlarmMuteRuleName"], None))
        return {}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """GetAlarmMuteRule."""
        rule = self.rules.get(request["AlarmMuteRuleName"])
        if rule is None:
            raise AwsError("ResourceNotFoundException", "The alarm mute rule does not exist.", 404)
        given: dict[str, Any] = {
            key: rule.request[key] for key in ("Description", "Rule", "MuteTargets") if key in rule.request
        }
        given |= {"StartDate": rule.starts} if rule.starts else {}
        return {"Name": rule.name} | given | self._summary(rule)

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListAlarmMuteRules, by alarm and status."""
        if "NextToken" in request:
            raise NotEmulated("NextToken of cloudwatch:ListAlarmMuteRules")
        found = [
            self._summary(rule) for rule in self.rules.values() if request.get("AlarmName") in (None, *rule.alarms)
        ]
        wanted = request.get("Statuses")
        return {"AlarmMuteRuleSummaries": [one for one in found if not wanted or one["Status"] in wanted]}

    def _summary(self, rule: MuteRule) -> dict[str, Any]:
        return {
            "AlarmMuteRuleArn": rule.arn,
            "Status": rule.status(self._world.now()),
            "MuteType": "ONE_TIME" if rule.once else "RECURRING",
            "LastUpdatedTimestamp": rule.updated,
            **({"ExpireDate": rule.expires} if rule.expires else {}),
        }

    def _again(self, rule: MuteRule | None) -> None:
        if rule:
            self.heard(rule.alarms)


def _rule(world: World, name: str, request: dict[str, Any]) -> MuteRule:
    schedule = request["Rule"]["Schedule"]
    once = schedule["Expression"].startswith("at(")
    if once and request.keys() & {"StartDate", "ExpireDate"}:
        raise invalid("StartDate and ExpireDate cannot be given with an at expression.")
    _firing(schedule["Expression"], schedule.get("Timezone", "UTC"))  # or what is wrong with it
    return MuteRule(
        name=name,
        arn=f"arn:aws:cloudwatch:{world.region}:{world.account}:alarm-mute-rule:{name}",
        request=request,
        duration=_duration(schedule["Duration"]),
        once=once,
        starts=_moment(request.get("StartDate")),
        expires=_moment(request.get("ExpireDate")),
        updated=world.now(),
    )


@lru_cache(maxsize=1024)
def _firing(expression: str, zone: str) -> Callable[[datetime], datetime | None]:
    return _once(expression, zone) if expression.startswith("at(") else _often(expression, zone)


def _once(expression: str, zone: str) -> Callable[[datetime], datetime | None]:
    try:
        at = datetime.fromisoformat(expression.removeprefix("at(").removesuffix(")")).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, KeyError) as error:
        raise invalid(f"The expression {expression} is none: at(yyyy-MM-ddThh:mm).") from error
    return lambda after: at.astimezone(UTC) if at > after else None


def _often(expression: str, zone: str) -> Callable[[datetime], datetime | None]:
    """Five fields, as Unix has them; days of the week by their names, since their numbers are not documented."""
    found = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    if not found or re.search(r"\d", found[5]) or (found[3] != "*" and found[5] != "*"):
        known = "cron(minutes hours day-of-month month day-of-week), one of the two days *, weekdays by their names"
        raise invalid(f"The expression {expression} is none that is taken here: {known}.")
    days, weekdays = (found[3], "?") if found[5] == "*" else ("?", found[5])
    try:
        parsed = cron.parse(
            f"cron({found[1]} {found[2]} {days} {found[4]} {weekdays} *)", zone, datetime(2026, 1, 1, tzinfo=UTC)
        )
    except AwsError as error:
        raise invalid(error.message) from error
    return parsed.after


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not SHORTEST <= duration <= LONGEST:
        raise invalid(f"The duration {text} is not within PT1M and P15D.")
    return duration


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    return datetime.fromtimestamp(float(value), UTC) if not isinstance(value, str) else datetime.fromisoformat(value)
