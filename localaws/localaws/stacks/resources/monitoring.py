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
_LOG_GROUP = {"LogGroupName": ANY, "RetentionInDays": ANY, "KmsKeyId": ANY, "LogGroupClass": ANY, "Tags": ANY}
KINDS = {
    "AWS::CloudWatch::Alarm": Kind(schema=_ALARM, make=_alarm, fixed=("AlarmName",)),
    "AWS::CloudWatch::Dashboard": Kind(schema={"DashboardName": ANY, "DashboardBody": ANY}, make=_dashboard),
    "AWS::Logs::LogGroup": Kind(schema=_LOG_GROUP, make=_log_group, fixed=("LogGroupName",)),
}
