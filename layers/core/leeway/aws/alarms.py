"""CloudWatch's alarms, as far as Leeway's functions ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.aws.translate import translated

KINDS = ["MetricAlarm", "CompositeAlarm"]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm as it is now, and since when and why; `suppressed_by` is "" where its actions are not suppressed."""

    name: str
    state: str
    since: datetime
    enabled: bool = True
    suppressed_by: str = ""
    reason: str = ""


class Alarms:
    """Reads alarms of both kinds, and makes those of metrics."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def look(self, names: Sequence[str]) -> list[Alarm]:
        """Those of these alarms (at most 100) that there are, in one call."""
        with translated("CloudWatch DescribeAlarms"):
            answer = self._client.describe_alarms(AlarmNames=list(names), AlarmTypes=KINDS)
        return [_alarm(found) for found in (*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", []))]

    def put(self, request: Mapping[str, Any]) -> None:
        """PutMetricAlarm: make the alarm, or make it another; twice is the same as once."""
        with translated(f"CloudWatch PutMetricAlarm {request['AlarmName']}"):
            self._client.put_metric_alarm(**request)

    def delete(self, names: Sequence[str]) -> None:
        """Delete those of these alarms that there are; CloudWatch deletes none where one is not there."""
        there = [alarm.name for alarm in self.look(names)]
        if there:
            with translated("CloudWatch DeleteAlarms"):
                self._client.delete_alarms(AlarmNames=there)

    def muted_by(self, name: str) -> str:
        """ARN of a mute rule whose window is open for this alarm, "" where there is none."""
        with translated("CloudWatch ListAlarmMuteRules"):
            answer = self._client.list_alarm_mute_rules(AlarmName=name, Statuses=["ACTIVE"])
        return next((str(found["AlarmMuteRuleArn"]) for found in answer.get("AlarmMuteRuleSummaries", [])), "")


def _alarm(found: dict[str, Any]) -> Alarm:
    return Alarm(
        name=found["AlarmName"],
        state=found["StateValue"],
        since=found.get("StateTransitionedTimestamp") or found["StateUpdatedTimestamp"],
        enabled=found.get("ActionsEnabled", True),
        suppressed_by=found.get("ActionsSuppressedBy", ""),
        reason=found.get("StateReason", ""),
    )
