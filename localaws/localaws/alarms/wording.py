"""What an alarm says when its state changes: reasons, the event, and what its actions get.

Sources: ref 1.9 and the samples `events/alarm-*.json`; the message to a topic and the events of configurations are
those of the CloudWatch user guide ("Alarm events and EventBridge").
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from localaws.alarms.definition import Definition
from localaws.alarms.evaluation import ALARM, COMPARISONS, INSUFFICIENT_DATA, OK
from localaws.world import World

if TYPE_CHECKING:
    from localaws.alarms.herald import Subject
    from localaws.alarms.mutes import Window

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


def after(when: datetime, seconds: float) -> datetime:
    """A moment so much later."""
    return when + timedelta(seconds=seconds)


def event(subject: Subject, now: State, before: State, window: Window | None) -> dict[str, Any]:
    """For the default bus; with the window that mutes the actions, where there is one."""
    detail = {
        "alarmName": subject.name,
        "configuration": subject.configuration,
        "previousState": before,
        "state": now,
    }
    if window:
        detail["muteDetail"] = {
            "mutedByArn": window.arn,
            "muteWindowStart": moment(window.start),
            "muteWindowEnd": moment(window.end),
        }
    return _told("CloudWatch Alarm State Change", subject, detail)


def change(subject: Subject, operation: str, state: State, *configurations: Mapping[str, Any]) -> dict[str, Any]:
    """That an alarm was created, updated or deleted, for the default bus; the configuration before comes second."""
    kept = ("value", "timestamp", "actionsSuppressedBy")
    detail = {
        "alarmName": subject.name,
        "operation": operation,
        "state": {key: state[key] for key in kept if key in state},
        **dict(zip(("configuration", "previousConfiguration"), configurations, strict=False)),
    }
    return _told("CloudWatch Alarm Configuration Change", subject, detail)


def _told(kind: str, subject: Subject, detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": "aws.cloudwatch", "detail-type": kind, "resources": [subject.arn], "detail": detail}


def actions_of(request: Mapping[str, Any]) -> dict[str, list[str]]:
    """The actions of an alarm by state."""
    members = {ALARM: "AlarmActions", OK: "OKActions", INSUFFICIENT_DATA: "InsufficientDataActions"}
    return {state: list(request.get(member) or []) for state, member in members.items()}


def changed_configuration(
    name: str, description: str, actions: Mapping[str, Sequence[str]], at: datetime, *, enabled: bool
) -> dict[str, Any]:
    """What an event of a configuration has of every alarm."""
    return {
        "alarmName": name,
        **({"description": description} if description else {}),
        "actionsEnabled": enabled,
        "timestamp": moment(at),
        "okActions": list(actions[OK]),
        "alarmActions": list(actions[ALARM]),
        "insufficientDataActions": list(actions[INSUFFICIENT_DATA]),
    }


def composite_configuration(request: Mapping[str, Any]) -> dict[str, Any]:
    """Of a composite alarm, as events of its state have it: the description is left out, as in the guide's samples."""
    members = ("AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    return {member[0].lower() + member[1:]: request[member] for member in members if member in request}


def composite_change(request: Mapping[str, Any], enabled: bool, at: datetime) -> dict[str, Any]:  # noqa: FBT001  as it is kept
    """Of a composite alarm, as events of its configuration have it."""
    description, actions = request.get("AlarmDescription", ""), actions_of(request)
    rest = changed_configuration(request["AlarmName"], description, actions, at, enabled=enabled)
    return composite_configuration(request) | rest


def triggered(world: World, names: Sequence[str], states: Callable[[str], str | None]) -> str:
    """The reason's data of a composite alarm: the alarms that made it change."""
    arn, now = f"arn:aws:cloudwatch:{world.region}:{world.account}:alarm:", moment(world.now())
    found = [{"arn": f"{arn}{name}", "state": {"value": states(name), "timestamp": now}} for name in names]
    return json.dumps({"triggeringAlarms": found})


def for_function(subject: Subject, now: State, before: State, account: str, region: str) -> dict[str, Any]:
    """What a Lambda action is invoked with."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": subject.arn,
        "accountId": account,
        "time": now["timestamp"],
        "region": region,
        "alarmData": {
            "alarmName": subject.name,
            "state": now,
            "previousState": before,
            "configuration": subject.configuration,
        },
    }


def for_topic(subject: Subject, now: State, before: State, account: str, region: str) -> dict[str, Any]:
    """What a topic's subscribers get."""
    rule = {"AlarmRule": subject.configuration["alarmRule"]} if "alarmRule" in subject.configuration else {}
    return {
        "AlarmName": subject.name,
        "AlarmDescription": subject.description,
        "AWSAccountId": account,
        "NewStateValue": now["value"],
        "NewStateReason": now["reason"],
        "StateChangeTime": now["timestamp"],
        "Region": region,
        "AlarmArn": subject.arn,
        "OldStateValue": before["value"],
        **rule,
    }
