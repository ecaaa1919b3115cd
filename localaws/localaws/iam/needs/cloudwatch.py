"""Needs of CloudWatch."""

from __future__ import annotations

from typing import Any

from localaws.iam.asked import Asked, Need, Needs, anything


def _put(asked: Asked) -> list[Need]:
    namespace = str(asked.request.get("Namespace", ""))
    return [Need(action="cloudwatch:PutMetricData", keys=(("cloudwatch:namespace", (namespace,)),))]


def _alarms(operation: str) -> Needs:
    """By their names; without any, all of them."""

    def needs(asked: Asked) -> list[Need]:
        names: list[Any] = asked.request.get("AlarmNames") or [asked.request.get("AlarmName") or "*"]
        return [
            Need(action=f"cloudwatch:{operation}", resource=asked.arn("cloudwatch", f"alarm:{name}")) for name in names
        ]

    return needs


def _mute(operation: str, member: str = "AlarmMuteRuleName") -> Needs:
    return lambda asked: [
        Need(
            action=f"cloudwatch:{operation}",
            resource=asked.arn("cloudwatch", f"alarm-mute-rule:{asked.request.get(member, '')}"),
        )
    ]


def _put_mute(asked: Asked) -> list[Need]:
    """On the rule, and on each alarm that it mutes. Composite alarms and lists of them take no narrower resource."""
    alarms = (asked.request.get("MuteTargets") or {}).get("AlarmNames") or []
    on_alarms = [
        Need(action="cloudwatch:PutAlarmMuteRule", resource=asked.arn("cloudwatch", f"alarm:{name}")) for name in alarms
    ]
    return [*_mute("PutAlarmMuteRule", "Name")(asked), *on_alarms]


NEEDS: dict[str, Needs] = {
    "PutMetricData": _put,
    "GetMetricData": anything("cloudwatch:GetMetricData"),
    "GetMetricStatistics": anything("cloudwatch:GetMetricStatistics"),
    "ListMetrics": anything("cloudwatch:ListMetrics"),
    "PutMetricAlarm": _alarms("PutMetricAlarm"),
    "DeleteAlarms": _alarms("DeleteAlarms"),
    "DescribeAlarms": _alarms("DescribeAlarms"),
    "SetAlarmState": _alarms("SetAlarmState"),
    "EnableAlarmActions": _alarms("EnableAlarmActions"),
    "DisableAlarmActions": _alarms("DisableAlarmActions"),
    "PutCompositeAlarm": anything("cloudwatch:PutCompositeAlarm"),
    "PutAlarmMuteRule": _put_mute,
    "GetAlarmMuteRule": _mute("GetAlarmMuteRule"),
    "DeleteAlarmMuteRule": _mute("DeleteAlarmMuteRule"),
    "ListAlarmMuteRules": anything("cloudwatch:ListAlarmMuteRules"),
}
