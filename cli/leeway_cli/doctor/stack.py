"""The stack: whether it is there and of this version, what waits in it, and what the caller may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.parsers import ResponseParserError

from leeway import keys
from leeway.aws.parameters import KillSwitch
from leeway.aws.table import Table
from leeway.aws.translate import translated
from leeway.drift.jobs import ATTEMPTS, KEPT, Counting
from leeway.errors import LeewayError, Missing, Rejected, Unavailable
from leeway_cli import alarms, deadletters, typed
from leeway_cli.doctor.check import Check, note, ok, problem
from leeway_cli.target import OUTPUTS

READY = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
SCHEDULES = "MonitoringScheduleSummaries"
SERVICES = ("cloudformation", "cloudwatch", "dynamodb", "s3", "sagemaker", "sqs", "ssm")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed stack as its probes see it; `clients` by service."""

    name: str
    outputs: dict[str, str]
    clients: dict[str, Any]


Probe = Callable[[Stack], Check]


def checks(name: str, template: Path, make: Callable[[str], Any], *, local: bool) -> Iterator[Check]:
    """Everything about a stack; what is behind it is read at once, so that one silent service costs seconds only."""
    deploy = f"{typed.leeway()} local down, then {typed.up()}" if local else "make build, then .venv-sam/bin/sam deploy"
    clients = {service: make(service) for service in SERVICES}
    try:
        with asked("CloudFormation DescribeStacks"):
            found = clients["cloudformation"].describe_stacks(StackName=name)["Stacks"][0]
    except Rejected:
        yield problem("stack", f"there is no stack {name}", f"{deploy}, or name another by --stack")
        return
    except LeewayError as error:
        yield note("stack", f"could not be looked at: {error}", "ask for cloudformation:DescribeStacks")
        return
    status = found["StackStatus"]
    yield ok("stack", f"{name}, {status}") if status in READY else problem("stack", f"{name} is {status}", deploy)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    yield same_outputs(set(outputs), declared(template), deploy)
    if set(OUTPUTS.values()) <= set(outputs):
        stack = Stack(name=name, outputs=outputs, clients=clients)
        with ThreadPoolExecutor(len(PROBES)) as pool:
            yield from pool.map(lambda probe: probe(stack), PROBES)


@contextmanager
def asked(doing: str) -> Iterator[None]:
    """Leeway's errors for the SDK's, also for an answer that no service of AWS gives, such as a proxy's."""
    try:
        with translated(doing):
            yield
    except ResponseParserError as error:
        raise Unavailable(f"{doing}: the answer is not one of AWS") from error


def same_outputs(there: set[str], wanted: set[str] | None, deploy: str) -> Check:
    """The stack's outputs against those of template.yaml, None where that is not to be found."""
    if absent := sorted((wanted or set(OUTPUTS.values())) - there):
        return problem("outputs", f"the stack lacks {', '.join(absent)}: another version was deployed", deploy)
    if wanted is None:
        return note("outputs", "those that leeway needs are there; there is no template.yaml here to compare with")
    if extra := sorted(there - wanted):
        return problem("outputs", f"template.yaml lacks {', '.join(extra)}: another version was deployed", deploy)
    return ok("outputs", f"all {len(there)} of template.yaml")


def declared(template: Path) -> set[str] | None:
    """The outputs that a template declares."""
    try:
        return set(yaml.load(template.read_text(encoding="utf-8"), _Loader)["Outputs"])  # noqa: S506  a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        return None


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, whose values are not looked at."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def dead_letters(stack: Stack) -> Check:
    """Messages in the dead-letter queues, which the stack's list of resources names."""
    name = "dead letters"
    try:
        with asked("dead letters"):
            urls = deadletters.urls(stack.clients["cloudformation"], stack.name)
            waiting = {url: found for url in urls if (found := deadletters.count(stack.clients["sqs"], url)[0])}
    except LeewayError as error:
        return note(name, _unread(error), "ask for cloudformation:ListStackResources and sqs:GetQueueAttributes")
    if not waiting:
        return ok(name, "none")
    said = ", ".join(f"{count} in {url.rsplit('/', 1)[-1]}" for url, count in waiting.items())
    return problem(name, said, "leeway dlq list, show and redrive")


def kill_switch(stack: Stack) -> Check:
    """Whether everything automatic is paused."""
    try:
        on = KillSwitch(stack.clients["ssm"], stack.outputs["KillSwitch"]).is_on()
    except LeewayError as error:
        return note("kill switch", _unread(error), "ask for ssm:GetParameter")
    if on:
        return problem("kill switch", "on: nothing starts or changes by itself", "leeway resume")
    return ok("kill switch", "off")


def read_table(stack: Stack) -> Check:
    """An item that is not there, asked for."""
    key = {"pk": {"S": keys.MODELS}, "sk": {"S": "doctor"}}
    table = stack.outputs["TableName"]
    ask = stack.clients["dynamodb"].get_item
    return _may("table", table, "dynamodb:GetItem", lambda: ask(TableName=table, Key=key))


def read_inbox(stack: Stack) -> Check:
    """One key of the inbox."""
    return _read_bucket(stack, "inbox", stack.outputs["InboxBucket"])


def read_artifacts(stack: Stack) -> Check:
    """One key of the artifacts."""
    return _read_bucket(stack, "artifacts", stack.outputs["ArtifactsBucket"])


def read_registry(stack: Stack) -> Check:
    """One group of versions."""
    ask = stack.clients["sagemaker"].list_model_package_groups
    few = {"NameContains": stack.name, "MaxResults": 1}
    return _may("registry", "the list of groups", "sagemaker:ListModelPackageGroups", lambda: ask(**few))


def model_alarms(stack: Stack) -> Check:
    """Whether each model has the alarm that `leeway apply` makes."""
    name = "alarms"
    try:
        table = Table(stack.clients["dynamodb"], stack.outputs["TableName"])
        models = [str(item["sk"]) for item in table.query(keys.MODELS, "")]
        wanted = {keys.own_alarm(stack.name, model): model for model in models}
        there = alarms.found(stack.clients["cloudwatch"], list(wanted))
    except LeewayError as error:
        return note(name, _unread(error), "ask for cloudwatch:DescribeAlarms and dynamodb:Query")
    absent = [model for alarm, model in wanted.items() if alarm not in there]
    if absent:
        return problem(name, f"no drift alarm for {', '.join(absent)}", "leeway apply its folder")
    if off := [alarm for alarm, found in there.items() if not found.get("ActionsEnabled", True)]:
        enable = f"aws cloudwatch enable-alarm-actions --alarm-names {' '.join(off)}"
        return note(name, f"the actions of {', '.join(off)} are disabled: no training starts by them", enable)
    return ok(name, f"{len(there)} of {len(wanted)} models have theirs" if wanted else "no model yet")


def counting(stack: Stack) -> Check:
    """Whether jobs that count for the monitor fail."""
    name = "counting"
    try:
        table = Table(stack.clients["dynamodb"], stack.outputs["TableName"])
        items = [table.get(keys.model_pk(str(one["sk"])), keys.MONITOR) for one in table.query(keys.MODELS, "")]
    except LeewayError as error:
        return note(name, _unread(error), "ask for dynamodb:GetItem and dynamodb:Query")
    found = {keys.model_of(item["pk"]): Counting.from_item(item[KEPT]) for item in items if item and KEPT in item}
    if again := {model: one for model, one in found.items() if one.attempt > 1}:
        said = ", ".join(f"the job {one.name} is attempt {one.attempt} of {ATTEMPTS}" for one in again.values())
        return note(name, said, f"leeway explain {next(iter(again))}")
    return ok(name, f"jobs count hours of {', '.join(found)}" if found else "no job counts")


def schedules(stack: Stack) -> Check:
    """Whether the schedules of Model Monitor run, where models have that for an engine."""
    name = "schedules"
    try:
        with asked("sagemaker:ListMonitoringSchedules"):
            pages = stack.clients["sagemaker"].get_paginator("list_monitoring_schedules")
            found = [one for page in pages.paginate(NameContains=f"{stack.name}-") for one in page[SCHEDULES]]
    except LeewayError as error:
        return note(name, _unread(error), "ask for sagemaker:ListMonitoringSchedules")
    states = {one["MonitoringScheduleName"]: one["MonitoringScheduleStatus"] for one in found}
    if idle := [f"{one} is {state}" for one, state in states.items() if state in {"Stopped", "Failed"}]:
        start = "aws sagemaker start-monitoring-schedule --monitoring-schedule-name"
        return problem(name, f"nobody looks by Model Monitor: {', '.join(idle)}", f"{start} {idle[0].split()[0]}")
    return ok(name, f"{len(states)} of Model Monitor" if states else "none of Model Monitor")


def _read_bucket(stack: Stack, name: str, bucket: str) -> Check:
    ask = stack.clients["s3"].list_objects_v2
    return _may(name, bucket, "s3:ListBucket", lambda: ask(Bucket=bucket, MaxKeys=1))


def _may(name: str, what: str, action: str, call: Callable[[], Any]) -> Check:
    try:
        with asked(action):
            call()
    except Missing:
        return problem(name, f"{what} is gone, and the stack still names it", "deploy the stack anew")
    except LeewayError as error:
        return problem(name, _unread(error), f"ask for {action} on {what}")
    return ok(name, f"{what} can be read")


def _unread(error: LeewayError) -> str:
    return f"cannot be read: {str(error)[:200]}"


PROBES: tuple[Probe, ...] = (
    dead_letters, kill_switch, model_alarms, schedules, counting, read_table, read_inbox, read_artifacts, read_registry,
)  # fmt: skip
