"""Rules, buses and schedules."""

import json

from localaws import cron
from localaws.errors import DeployRefused
from localaws.scheduler import Schedule
from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_RETRY = {"MaximumRetryAttempts": ANY, "MaximumEventAgeInSeconds": ANY}
_RULE = {
    "Name": ANY,
    "Description": ANY,
    "EventBusName": ANY,
    "EventPattern": ANY,
    "State": ANY,
    "Targets": [
        {
            "Id": ANY,
            "Arn": ANY,
            "RoleArn": ANY,
            "Input": ANY,
            "DeadLetterConfig": {"Arn": ANY},
            "RetryPolicy": _RETRY,
            "SqsParameters": {"MessageGroupId": ANY},
        }
    ],
}
_SCHEDULE = {
    "Name": ANY,
    "GroupName": ANY,
    "Description": ANY,
    "State": ANY,
    "ScheduleExpression": ANY,
    "ScheduleExpressionTimezone": ANY,
    "FlexibleTimeWindow": {"Mode": ANY},
    "Target": {"Arn": ANY, "RoleArn": ANY, "Input": ANY, "DeadLetterConfig": {"Arn": ANY}, "RetryPolicy": _RETRY},
}


def _rule(request: Request) -> Made:
    events, wanted = request.client("events"), request.properties
    name, bus = request.name("Name"), str(wanted.get("EventBusName", "default")).rsplit("/", 1)[-1]
    optional = {key: wanted[key] for key in ("Description", "State") if key in wanted}
    pattern = json.dumps(wanted["EventPattern"])
    events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern, **optional)
    targets = wanted.get("Targets", [])
    old = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    gone = [target["Id"] for target in old if target["Id"] not in {target["Id"] for target in targets}]
    if gone:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=gone)
    if targets:
        events.put_targets(Rule=name, EventBusName=bus, Targets=targets)
    path = name if bus == "default" else f"{bus}/{name}"
    return Made(id=path.replace("/", "|"), attributes={"Arn": request.arn("events", f"rule/{path}")})


def _bus(request: Request) -> Made:
    name = request.name("Name")
    if request.before is None:
        request.client("events").create_event_bus(Name=name)
    return Made(id=name, attributes={"Arn": request.arn("events", f"event-bus/{name}"), "Name": name})


def _schedule(request: Request) -> Made:
    wanted = request.properties
    mode = wanted.get("FlexibleTimeWindow", {}).get("Mode", "OFF")
    if mode != "OFF":
        raise DeployRefused([f"{request.logical_id}: a flexible time window is not emulated, only Mode OFF"])
    name, group = request.name("Name"), wanted.get("GroupName", "default")
    arn, target = request.arn("scheduler", f"schedule/{group}/{name}"), wanted["Target"]
    _check_role(request, target["RoleArn"], request.arn("scheduler", f"schedule-group/{group}"))
    zone, expression = wanted.get("ScheduleExpressionTimezone", "UTC"), wanted["ScheduleExpression"]
    retry = target.get("RetryPolicy", {})
    schedule = Schedule(
        name=name,
        group=group,
        arn=arn,
        expression=expression,
        when=cron.parse(expression, zone, request.services.world.now()),
        timezone=zone,
        target=target["Arn"],
        role=target["RoleArn"],
        input=target.get("Input"),
        enabled=wanted.get("State", "ENABLED") == "ENABLED",
        retries=int(retry.get("MaximumRetryAttempts", 185)),
        max_age=float(retry.get("MaximumEventAgeInSeconds", 86400)),
        dead_letters=target.get("DeadLetterConfig", {}).get("Arn"),
        description=wanted.get("Description", ""),
    )
    request.services.scheduler.put(schedule)
    return Made(id=name, attributes={"Arn": arn})


def _check_role(request: Request, role: str, group: str) -> None:
    """Scheduler names the schedule's group as the source when it assumes a role, never the schedule."""
    if not request.services.guard.assumable(role, "scheduler.amazonaws.com", group):
        told = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        raise DeployRefused([f"{request.logical_id}: {told} ({role})"])


def _remove_schedule(request: Request) -> None:
    key = request.properties.get("GroupName", "default"), request.name("Name")
    request.services.scheduler.remove(key)


def _group(request: Request) -> Made:
    name = request.name("Name")
    return Made(id=name, attributes={"Arn": request.arn("scheduler", f"schedule-group/{name}")})


def _remove_rule(request: Request) -> None:
    events, bus = request.client("events"), request.properties.get("EventBusName", "default")
    name = request.name("Name")
    ids = [target["Id"] for target in events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]]
    if ids:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=ids)
    events.delete_rule(Name=name, EventBusName=bus)


KINDS = {
    "AWS::Events::Rule": Kind(schema=_RULE, make=_rule, remove=_remove_rule, fixed=("Name", "EventBusName")),
    "AWS::Events::EventBus": Kind(schema={"Name": ANY, "Description": ANY, "Tags": ANY}, make=_bus, fixed=("Name",)),
    "AWS::Scheduler::Schedule": Kind(
        schema=_SCHEDULE, make=_schedule, remove=_remove_schedule, fixed=("Name", "GroupName")
    ),
    "AWS::Scheduler::ScheduleGroup": Kind(schema={"Name": ANY, "Tags": ANY}, make=_group),
}
