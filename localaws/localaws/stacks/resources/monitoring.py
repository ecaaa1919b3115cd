"""Alarms, dashboards and log groups, kept in moto."""

from typing import Any

from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_STAT = {"Metric": {"Namespace": ANY, "MetricName": ANY, "Dimensions": ANY}, "Period": ANY, "Stat": ANY, "Unit": ANY}
_ALARM_VALUES = (
    "AlarmDescription",
    "Namespace",
    "MetricName",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "Unit",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "Dimensions",
    "Metrics",
)
_NUMBERS = {"Period": int, "EvaluationPeriods": int, "DatapointsToAlarm": int, "Threshold": float}


def _alarm(request: Request) -> Made:
    wanted, name = request.properties, request.name("AlarmName")
    arguments = {key: _number(key, wanted[key]) for key in _ALARM_VALUES if key in wanted}
    request.client("cloudwatch").put_metric_alarm(AlarmName=name, Tags=wanted.get("Tags", []), **arguments)
    return Made(id=name, attributes={"Arn": request.arn("cloudwatch", f"alarm:{name}")})


def _composite(request: Request) -> Made:
    wanted, name = request.properties, request.name("AlarmName")
    arguments = {key: wanted[key] for key in _COMPOSITE_VALUES if key in wanted}
    periods = {key: int(wanted[key]) for key in _PERIODS if key in wanted}
    request.client("cloudwatch").put_composite_alarm(AlarmName=name, **arguments, **periods)
    return Made(id=name, attributes={"Arn": request.arn("cloudwatch", f"alarm:{name}")})


def _mute_rule(request: Request) -> Made:
    name = request.name("Name")
    arguments = {key: request.properties[key] for key in _MUTE if key in request.properties and key != "Name"}
    request.client("cloudwatch").put_alarm_mute_rule(Name=name, **arguments)
    arn = request.arn("cloudwatch", f"alarm-mute-rule:{name}")
    return Made(id=name, attributes={"AlarmMuteRuleArn": arn})


def _remove_mute_rule(request: Request) -> None:
    request.client("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName=request.name("Name"))


def _remove_composite(request: Request) -> None:
    request.client("cloudwatch").delete_alarms(AlarmNames=[request.name("AlarmName")])


def _number(key: str, value: Any) -> Any:
    return _NUMBERS[key](value) if key in _NUMBERS else value


def _log_group(request: Request) -> Made:
    logs, wanted, name = request.client("logs"), request.properties, request.name("LogGroupName")
    if request.before is None:
        logs.create_log_group(logGroupName=name)
    if "RetentionInDays" in wanted:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(wanted["RetentionInDays"]))
    return Made(id=name, attributes={"Arn": request.arn("logs", f"log-group:{name}:*")})


def _dashboard(request: Request) -> Made:
    name = request.name("DashboardName")
    request.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=request.properties["DashboardBody"])
    return Made(id=name)


_ALARM = {"AlarmName": ANY, "Tags": ANY} | dict.fromkeys(_ALARM_VALUES, ANY)
_ALARM["Metrics"] = [
    {"Id": ANY, "Expression": ANY, "Label": ANY, "MetricStat": _STAT, "Period": ANY, "ReturnData": ANY}
]
_COMPOSITE_VALUES = (
    "AlarmRule",
    "AlarmDescription",
    "ActionsEnabled",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "ActionsSuppressor",
)
_PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
_COMPOSITE = dict.fromkeys(("AlarmName", *_COMPOSITE_VALUES, *_PERIODS), ANY)
_MUTE = dict.fromkeys(("Name", "Description", "MuteTargets", "StartDate", "ExpireDate"), ANY)
_MUTE["Rule"] = {"Schedule": {"Expression": ANY, "Duration": ANY, "Timezone": ANY}}
_LOG_GROUP = {"LogGroupName": ANY, "RetentionInDays": ANY, "KmsKeyId": ANY, "LogGroupClass": ANY, "Tags": ANY}
KINDS = {
    "AWS::CloudWatch::Alarm": Kind(schema=_ALARM, make=_alarm, fixed=("AlarmName",)),
    "AWS::CloudWatch::CompositeAlarm": Kind(
        schema=_COMPOSITE, make=_composite, remove=_remove_composite, fixed=("AlarmName",)
    ),
    "AWS::CloudWatch::AlarmMuteRule": Kind(schema=_MUTE, make=_mute_rule, remove=_remove_mute_rule, fixed=("Name",)),
    "AWS::CloudWatch::Dashboard": Kind(schema={"DashboardName": ANY, "DashboardBody": ANY}, make=_dashboard),
    "AWS::Logs::LogGroup": Kind(schema=_LOG_GROUP, make=_log_group, fixed=("LogGroupName",)),
}
