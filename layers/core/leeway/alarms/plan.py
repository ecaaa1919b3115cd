"""What is recorded of an alarm that was raised, and the alarm that each model has: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leeway.alarms.event import Raised
from leeway.drift.timeline import BAR
from leeway.errors import Rejected
from leeway.retraining.words import plain

AHEAD = timedelta(hours=1)  # more than two clocks differ by
NAMESPACE, METRIC = "Leeway", "DriftEvidence"
# The newest hour is told up to an hour and twenty minutes after its end, so its metric is up to 2 h 20 min old before
# the next one comes: of three hours, one above the bar keeps the alarm up without a gap.
HOUR, HOURS = 3600, 3


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
