"""The alarm of a model as `leeway apply` makes it, `leeway remove` takes it away and `leeway doctor` looks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leeway.alarms.plan import own_alarm
from leeway.aws.translate import translated
from leeway_cli.target import Target

AT_ONCE = 100  # names that DescribeAlarms takes


def wanted(target: Target, model: str) -> dict[str, Any]:
    """The alarm that a model is to have."""
    settings = target.settings
    name = settings.own_alarm(model)
    return own_alarm(name, stack=settings.stack, model=model, topic=settings.alarm_topic_arn)


def found(client: Any, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of these metric alarms that there are, by name."""
    there: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), AT_ONCE):
        with translated("CloudWatch DescribeAlarms"):
            answer = client.describe_alarms(AlarmNames=list(names[start : start + AT_ONCE]), AlarmTypes=["MetricAlarm"])
        there |= {one["AlarmName"]: one for one in answer["MetricAlarms"]}
    return there


def differing(there: dict[str, Any], want: dict[str, Any]) -> list[str]:
    """What of an alarm is not as it is to be."""
    return [f"{name}: {there.get(name)} → {value}" for name, value in want.items() if there.get(name) != value]


def put(target: Target, want: dict[str, Any]) -> None:
    """Make or change it; its state stays."""
    with translated(f"CloudWatch PutMetricAlarm {want['AlarmName']}"):
        target.client("cloudwatch").put_metric_alarm(**want)
