"""What an alarm says when its state changes: reasons, the event, and what its actions get.

Sources: ref 1.9 and the samples `events/alarm-*.json`; the message to a topic is that of the CloudWatch user guide.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from localaws.alarms.definition import Definition
from localaws.alarms.evaluation import ALARM, COMPARISONS, INSUFFICIENT_DATA, OK

INITIAL = "Unchecked: Initial alarm creation"
State = dict[str, Any]


def moment(when: datetime) -> str:
    """As CloudWatch writes times."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}+0000"


def reason(definition: Definition, state: str, starts: Sequence[int], points: Sequence[Any]) -> str:
    """Why the state is what it is now."""
    rule = definition.rule
    recent = [(start, value) for start, value in zip(starts, points, strict=True) if value is not None]
    recent = recent[-rule.periods :]
    if not recent:
        return _of_nothing(definition, state)
    breaching = sum(rule.breaches(value) for _, value in recent)
    counted = breaching if state == ALARM else len(recent) - breaching
    needed = rule.to_alarm if state == ALARM else rule.periods - rule.to_alarm + 1
    shown = ", ".join(f"{value} ({_short(start)})" for start, value in reversed(recent))
    verb = "was" if counted == 1 else "were"
    verb = verb if state == ALARM else f"{verb} not"
    change = f"{OK if state == ALARM else ALARM} -> {state}"
    return (
        f"Threshold Crossed: {counted} out of the last {len(recent)} datapoints [{shown}] {verb}"
        f" {COMPARISONS[rule.comparison][1]} the threshold ({rule.threshold})"
        f" (minimum {needed} datapoint{'' if needed == 1 else 's'} for {change} transition)."
    )


def _of_nothing(definition: Definition, state: str) -> str:
    count = definition.rule.periods
    points = "datapoint was" if count == 1 else "datapoints were"
    if state == INSUFFICIENT_DATA:
        return f"Insufficient Data: {count} {points} unknown."
    periods = "period" if count == 1 else "periods"
    treated = definition.rule.missing[0].upper() + definition.rule.missing[1:]
    return (
        f"Threshold Crossed: no datapoints were received for {count} {periods}"
        f" and {count} missing {points} treated as [{treated}]."
    )


def _short(start: int) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%d/%m/%y %H:%M:%S")


def reason_data(
    definition: Definition, now: datetime, starts: Sequence[int], points: Sequence[Any], samples: Sequence[Any]
) -> str:
    """The JSON that stands as a text in the event; `samples` are the counts behind the points."""
    behind = dict(zip(starts, samples, strict=True))
    real = [(start, value) for start, value in zip(starts, points, strict=True) if value is not None]
    real = real[-definition.rule.periods :]
    first = datetime.fromtimestamp(real[0][0] if real else starts[-1], UTC)
    found = {
        "version": "1.0",
        "queryDate": moment(now),
        "startDate": moment(first),
        "period": definition.period,
        "recentDatapoints": [value for _, value in real],
        "threshold": definition.rule.threshold,
    }
    if not definition.expressions:
        evaluated = [
            {"timestamp": moment(datetime.fromtimestamp(at, UTC)), "sampleCount": behind[at], "value": value}
            for at, value in real
        ]
        found |= {"statistic": definition.watched[0].statistic, "evaluatedDatapoints": evaluated}
    return json.dumps(found)


def state(value: str, why: str, data: str | None, at: datetime) -> State:
    """A state as events hold it; the first one has no data."""
    return {"value": value, "reason": why, "timestamp": moment(at)} | ({"reasonData": data} if data else {})


def event(definition: Definition, now: State, before: State) -> dict[str, Any]:
    """For the default bus."""
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [definition.arn],
        "detail": {
            "alarmName": definition.name,
            "configuration": definition.configuration(),
            "previousState": before,
            "state": now,
        },
    }


def for_function(definition: Definition, now: State, before: State, account: str, region: str) -> dict[str, Any]:
    """What a Lambda action is invoked with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": definition.arn,
        "accountId": account,
        "time": now["timestamp"],
        "region": region,
        "alarmData": {
            "alarmName": definition.name,
            "state": now,
            "previousState": before,
            "configuration": definition.configuration(),
        },
    }


def for_topic(definition: Definition, now: State, before: State, account: str, region: str) -> dict[str, Any]:
    """What a topic's subscribers get."""
    return {
        "AlarmName": definition.name,
        "AlarmDescription": definition.description,
        "AWSAccountId": account,
        "NewStateValue": now["value"],
        "NewStateReason": now["reason"],
        "StateChangeTime": now["timestamp"],
        "Region": region,
        "AlarmArn": definition.arn,
        "OldStateValue": before["value"],
    }
