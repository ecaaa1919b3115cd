"""What is recorded of an alarm that was raised, and the alarms that each model has: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leeway.alarms.event import Raised
from leeway.drift.timeline import BAR
from leeway.errors import Rejected
from leeway.keys import BY_MODEL_MONITOR
from leeway.retraining.words import plain
from leeway.spec import MODEL_MONITOR, ModelSpec

AHEAD = timedelta(hours=1)  # more than two clocks differ by
NAMESPACE, METRIC = "Leeway", "DriftEvidence"
# The newest hour is told up to an hour and twenty minutes after its end, so its metric is up to 2 h 20 min old before
# the next one comes: of three hours, one above the bar keeps the alarm up without a gap.
HOUR, HOURS = 3600, 3
# Model Monitor's own (reference: AWS's notebooks, whose alarms ring; two pages of its guide have other names).
DATA_METRICS, DISTANCE = "aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_"
AT_ONCE = 10  # metrics that an alarm on an expression takes


def own_alarm(name: str, *, stack: str, model: str, topic: str) -> dict[str, Any]:
    """The request of PutMetricAlarm for a model's own alarm."""
    return {
        "AlarmName": name,
        "AlarmDescription": f"What the endpoint of {model} is asked, or answers, has left the training data: "
        f"leeway explain {model}",
        "Namespace": NAMESPACE,
        "MetricName": METRIC,
        "Dimensions": [{"Name": "Stack", "Value": stack}, {"Name": "Model", "Value": model}],
        "Statistic": "Maximum",
        "Period": HOUR,
        "EvaluationPeriods": HOURS,
        "DatapointsToAlarm": 1,
        "Threshold": BAR,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
    }


def names(own: str, endpoint: str, spec: ModelSpec) -> list[str]:
    """The alarms by which a model drifts: its `own`, those on Model Monitor's metrics, and what it names itself."""
    return [own, *_by_model_monitor(endpoint, spec), *spec.retraining.alarms]


def _by_model_monitor(name: str, spec: ModelSpec) -> list[str]:
    """One for each ten features; none by another engine."""
    count = -(-len(spec.data.columns) // AT_ONCE) if spec.monitoring.engine == MODEL_MONITOR else 0
    return [f"{name}{BY_MODEL_MONITOR}{number}" for number in range(1, count + 1)]


def model_monitor_alarms(
    endpoint: str, topic: str, spec: ModelSpec, thresholds: Mapping[str, float]
) -> list[dict[str, Any]]:
    """The requests of PutMetricAlarm on the distances that Model Monitor publishes; `thresholds` by feature.

    The schedule has the name of the endpoint.
    """
    columns = [column.name for column in spec.data.columns]
    return [
        {
            "AlarmName": alarm,
            "AlarmDescription": f"By Model Monitor, what {spec.model.name} is asked is farther from its training data "
            f"than its threshold: leeway explain {spec.model.name}",
            "Metrics": _beyond(endpoint, columns[place : place + AT_ONCE], thresholds),
            "EvaluationPeriods": HOURS,
            "DatapointsToAlarm": 1,
            "Threshold": 0.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [topic],
        }
        for alarm, place in zip(_by_model_monitor(endpoint, spec), range(0, len(columns), AT_ONCE), strict=False)
    ]


def _beyond(name: str, columns: list[str], thresholds: Mapping[str, float]) -> list[dict[str, Any]]:
    """By how much the farthest feature is beyond its threshold."""
    dimensions = [{"Name": "Endpoint", "Value": name}, {"Name": "MonitoringSchedule", "Value": name}]
    watched = [(f"m{number}", column) for number, column in enumerate(columns)]
    farthest = ", ".join(f"{one} - {thresholds[column]:g}" for one, column in watched)
    found: list[dict[str, Any]] = [
        {"Id": "beyond", "Expression": f"MAX([{farthest}])", "Label": "beyond the threshold", "ReturnData": True}
    ]
    for one, column in watched:
        metric = {"Namespace": DATA_METRICS, "MetricName": f"{DISTANCE}{column}", "Dimensions": dimensions}
        found.append(
            {"Id": one, "MetricStat": {"Metric": metric, "Period": HOUR, "Stat": "Maximum"}, "ReturnData": False}
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What the journal says of an alarm, at the time of the alarm itself: the same event again is the same entry."""

    at: datetime
    what: str
    why: str


def fact(raised: Raised, now: datetime) -> Fact:
    """Raises Rejected for an alarm of the future, which would head the journal until then."""
    if raised.at > now + AHEAD:
        raise Rejected(f"an alarm that was raised at {raised.at.isoformat()}, which is yet to come")
    why = f"alarm {plain(raised.name)} is in ALARM: {plain(raised.reason)}"
    if not raised.silenced:
        return Fact(at=raised.at, what="AlarmRaised", why=why)
    return Fact(at=raised.at, what="AlarmSilenced", why=f"{why} It is {plain(raised.silenced)}, so it starts nothing.")
