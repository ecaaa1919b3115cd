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


NEEDS: dict[str, Needs] = {
    "PutMetricData": _put,
    "GetMetricData": anything("cloudwatch:GetMetricData"),
    "GetMetricStatistics": anything("cloudwatch:GetMetricStatistics"),
    "ListMetrics": anything("cloudwatch:ListMetrics"),
    "PutMetricAlarm": _alarms("PutMetricAlarm"),
    "DeleteAlarms": _alarms("DeleteAlarms"),
    "DescribeAlarms": _alarms("DescribeAlarms"),
    "SetAlarmState": _alarms("SetAlarmState"),
}
