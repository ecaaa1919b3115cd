"""CloudWatch's event of an alarm that changed its state: metric alarm, math or composite, muted or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leeway.errors import Rejected

DETAIL_TYPE = "CloudWatch Alarm State Change"
ARN = re.compile(r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:(\d+):alarm:(.{1,255})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alarm that went into ALARM at a time, by CloudWatch's `reason`.

    `silenced` says who keeps it from acting, a mute rule or a suppressing alarm; "" for nobody.
    """

    name: str
    at: datetime
    reason: str
    silenced: str = ""


def parse(event: Any, *, account: str) -> Raised:
    """The alarm of an event; raises Rejected for anything but an alarm of this account that is in ALARM."""
    if not isinstance(event, Mapping) or event.get("source") != "aws.cloudwatch":
        raise Rejected("not an event of CloudWatch")
    if event.get("detail-type") != DETAIL_TYPE or event.get("account") != account:
        raise Rejected("not an alarm's change of state in this account")
    detail = _mapping(event.get("detail"))
    name, state = detail.get("alarmName"), _mapping(detail.get("state"))
    resources = event.get("resources")
    found = ARN.fullmatch(str(resources[0])) if isinstance(resources, list) and resources else None
    if found is None or found[1] != account or found[2] != name:
        raise Rejected("an event without the ARN of its alarm in this account")
    if state.get("value") != "ALARM":
        raise Rejected("an alarm that is not in ALARM")
    return Raised(
        name=found[2], at=_time(state.get("timestamp")), reason=str(state.get("reason") or "no reason given"),
        silenced=_silenced(_mapping(detail.get("muteDetail")), state),
    )  # fmt: skip


def _silenced(mute: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """Both come with the event all the same: only the alarm's own actions are kept from happening."""
    if mute:
        rule = str(mute.get("mutedByArn", "")).rpartition(":")[2] or "unknown"
        return f"muted by the rule {rule} until {mute.get('muteWindowEnd', 'an unknown time')}"
    if by := state.get("actionsSuppressedBy"):
        return f"suppressed by {by}"
    return ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _time(value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Rejected("an alarm without the time of its change") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
