"""The alarms of a model as `leeway apply` makes them, `leeway remove` takes them away and `leeway doctor` looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leeway.alarms.plan import model_monitor_alarms, own_alarm
from leeway.aws.translate import translated
from leeway.drift.reference import NUMERIC
from leeway.errors import Rejected
from leeway.keys import ALARM, BY_MODEL_MONITOR
from leeway.modelmonitor.constraints import Constraints, read
from leeway.modelmonitor.keep import edited_key
from leeway.spec import ModelSpec
from leeway_cli.target import Target

AT_ONCE = 100  # names that DescribeAlarms takes


def wanted(target: Target, spec: ModelSpec) -> dict[str, dict[str, Any]]:
    """The alarms that a model is to have, by name; raises Rejected where a person's constraints are wrong."""
    settings, model = target.settings, spec.model.name
    own = own_alarm(settings.own_alarm(model), stack=settings.stack, model=model, topic=settings.alarm_topic_arn)
    topic, thresholds = settings.alarm_topic_arn, _thresholds(target, spec)
    others = model_monitor_alarms(settings.resource(model), topic, spec, thresholds)
    return {one["AlarmName"]: one for one in (own, *others)}


def _thresholds(target: Target, spec: ModelSpec) -> dict[str, float]:
    """Of each feature, as the constraints have it: a person's, where there are any."""
    found, key = Constraints(features=()), edited_key(spec.model.name)
    try:
        if document := target.app.objects.get_json(target.settings.inbox_bucket, key):
            found = read(document)
    except ValueError as error:
        raise Rejected(f"s3://{target.settings.inbox_bucket}/{key} is refused: {error}") from error
    configs = {one.name: one.config for one in found.features}
    numbers = {column.name: column.type in NUMERIC for column in spec.data.columns}
    pairs = ((name, configs.get(name, found.config), is_number) for name, is_number in numbers.items())
    return {name: config.threshold if is_number else config.categorical for name, config, is_number in pairs}


def bar(request: dict[str, Any]) -> str:
    """What an alarm is raised at, in words."""
    if "Metrics" in request:
        return f"Model Monitor's distances of {len(request['Metrics']) - 1} features beyond their thresholds"
    return f"{request['MetricName']} at {request['Threshold']:,.0f} or more"


def by_model_monitor(target: Target, model: str) -> dict[str, dict[str, Any]]:
    """The alarms on Model Monitor's metrics that a model has, by name."""
    prefix = f"{target.settings.resource(model)}{BY_MODEL_MONITOR}"
    with translated(f"CloudWatch DescribeAlarms {prefix}"):
        answer = target.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])
    return {one["AlarmName"]: one for one in answer["MetricAlarms"] if ALARM.fullmatch(one["AlarmName"])}


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


def delete(target: Target, name: str) -> None:
    """Take it away."""
    with translated(f"CloudWatch DeleteAlarms {name}"):
        target.client("cloudwatch").delete_alarms(AlarmNames=[name])
