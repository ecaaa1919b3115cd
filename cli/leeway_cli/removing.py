"""`leeway remove`: what of a model goes and what stays, and taking it out of Leeway's care. Idempotent.

The pointer goes first, so that no event of what follows finds a model to act for; what a broken removal leaves is found
again by its name. Data, versions, runs and the journal are never touched.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from leeway import keys, models
from leeway.alarms.records import changed as alarms_named
from leeway.arrivals.records import pending
from leeway.aws.table import Delete, Update, Write
from leeway.aws.translate import translated
from leeway.errors import LeewayError, Missing, Rejected, Unavailable
from leeway.retraining import records
from leeway.retraining.run import BROKEN, EXECUTING, RECORDED, Run
from leeway_cli import alarms, dashboard, monitoring, people, registry
from leeway_cli.applying import named_alarms
from leeway_cli.files import read as read_files
from leeway_cli.target import Target

POINTER, ENDPOINT, CONFIG, MODEL = "model", "endpoint", "endpoint configuration", "SageMaker model"
PIPELINE, ALARM, DASHBOARD = "pipeline", "alarm", "dashboard"


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One thing that goes; `note` is what goes with it."""

    what: str
    name: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What goes, in its order; what stays, in words; and the training that is under way."""

    model: str
    goes: Sequence[Thing]
    stays: Sequence[str]
    run: Run | None


def removal(target: Target, model: str, *, keep_endpoint: bool) -> Removal:
    """Read what there is; raises Missing for a model that there never was."""
    people.remembered(target, model)
    serving = [] if keep_endpoint else [*_endpoint(target, model), *_configs(target, model), *_models(target, model)]
    return Removal(
        model=model,
        goes=[*_pointer(target, model), *_watch(target, model), *serving, *_pipeline(target, model)],
        stays=list(_stays(target, model, keep_endpoint=keep_endpoint)),
        run=active(target, model),
    )


def active(target: Target, model: str) -> Run | None:
    """The training that the retrainer follows now."""
    item = target.app.table.get(keys.model_pk(model), keys.RETRAINER) or {}
    found = records.history(target.app.table, model) if "active_run" in item else []
    return next((run for run in found if run.sort_key == item["active_run"]), None)


def _pointer(target: Target, model: str) -> Iterator[Thing]:
    table, pk = target.app.table, keys.model_pk(model)
    listed = table.get(keys.MODELS, model)
    if listed or any(table.get(pk, sk) for sk in (keys.SPEC, *keys.MACHINES)):
        note = "no file, schedule or approval of it does anything any more"
        yield Thing(what=POINTER, name=model, note=note)


def _endpoint(target: Target, model: str) -> Iterator[Thing]:
    for name in (target.settings.resource(model), target.settings.resource(model) + keys.CHALLENGER):
        try:
            found = target.app.sagemaker.endpoint(name)
        except Missing:
            continue
        if found.status != "Deleting":
            yield Thing(what=ENDPOINT, name=found.name, note=f"{found.status}; callers get an error from then on")


def _configs(target: Target, model: str) -> Iterator[Thing]:
    for name in _named(target, model, "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", "[0-9a-f]{12}"):
        yield Thing(what=CONFIG, name=name)


def _models(target: Target, model: str) -> Iterator[Thing]:
    for name in _named(target, model, "list_models", "Models", "ModelName", "v[0-9]+-[0-9a-f]{10}"):
        yield Thing(what=MODEL, name=name)


def _named(target: Target, model: str, operation: str, answer: str, key: str, rest: str) -> Iterator[str]:
    """Names that the rollout gives: the endpoint's and a hash, and so none of a model `<model>-…`."""
    prefix = target.settings.resource(model)
    pattern = re.compile(f"{re.escape(prefix)}-{rest}")
    with translated(f"SageMaker {operation}"):
        pages = target.client("sagemaker").get_paginator(operation).paginate(NameContains=f"{prefix}-")
        names = [found[key] for page in pages for found in page[answer]]
    yield from sorted(name for name in names if pattern.fullmatch(name))


def _pipeline(target: Target, model: str) -> Iterator[Thing]:
    name = target.settings.resource(model)
    try:
        with translated(f"SageMaker DescribePipeline {name}"):
            target.client("sagemaker").describe_pipeline(PipelineName=name)
    except Rejected:
        return
    yield Thing(what=PIPELINE, name=name, note="SageMaker forgets its executions with it; their jobs and logs stay")


def _watch(target: Target, model: str) -> Iterator[Thing]:
    resource = target.settings.resource(model)
    if target.app.monitoring.schedule(resource) is not None:
        yield Thing(what=monitoring.SCHEDULE, name=resource, note="with its job definitions; its reports stay")
    there = alarms.found(target.client("cloudwatch"), [target.settings.own_alarm(model)])
    for name in there | alarms.by_model_monitor(target, model):
        yield Thing(what=ALARM, name=name)
    if dashboard.found(target, resource) is not None:
        yield Thing(what=DASHBOARD, name=resource)


def _stays(target: Target, model: str, *, keep_endpoint: bool) -> Iterator[str]:
    bucket, resource = target.settings.artifacts_bucket, target.settings.resource(model)
    files, runs = read_files(target, model), records.history(target.app.table, model)
    waiting = len(pending(target.app.table, model))
    where = f"s3://{bucket}/accepted/{model}/ and the inbox"
    yield f"files: {len(files)} that were looked at, {waiting} of them pending ({where})"
    yield f"versions: {len(registry.versions(target, model))} in the registry (model package group {resource})"
    yield f"runs: {len(runs)} with what they wrote (s3://{bucket}/runs/{model}/), specifications and code"
    yield f"captured requests (s3://{bucket}/capture/{resource}/)"
    yield f"the journal: leeway explain {model}"
    if keep_endpoint:
        yield f"the endpoint {resource} as it is, with its configurations and models; Leeway looks after it no more"


def carry_out(target: Target, plan: Removal, reason: str, *, force: bool) -> None:
    """Remove what goes.

    Raises Rejected where a training is under way without `force`, Unavailable where something cannot go yet.
    """
    if any(thing.what == POINTER for thing in plan.goes):
        _pause(target, plan.model)
        _forget(target, plan, reason, active(target, plan.model), force=force)
    deleted, stuck = _delete_all(target, [thing for thing in plan.goes if thing.what != POINTER])
    if deleted:
        names = ", ".join(f"{thing.what} {thing.name}" for thing in deleted)
        people.record(target, people.entry(target, plan.model, "ResourcesDeleted", names))
    if stuck:
        raise Unavailable(
            f"{plan.model} is out of Leeway's care, but not all is deleted yet: {'; '.join(stuck)}. "
            "Say the same again in a while: what is left is found"
        )


def _delete_all(target: Target, things: Sequence[Thing]) -> tuple[list[Thing], list[str]]:
    """What was deleted, and why the rest was not: an endpoint that changes and a pipeline that runs cannot go yet."""
    deleted, stuck = [], []
    for thing in things:
        try:
            _delete(target, thing)
        except LeewayError as error:
            stuck.append(str(error))
        else:
            deleted.append(thing)
    return deleted, stuck


def _pause(target: Target, model: str) -> None:
    """So that nothing begins while the rest goes on."""
    found = models.find(target.app.table, model)
    if found and not found.paused:
        mark = Update(pk=keys.model_pk(model), sk=keys.SPEC, values={"paused": True}, expect={"paused": False})
        people.record(target, people.entry(target, model, "Paused", "before it is removed"), mark)


def _forget(target: Target, plan: Removal, reason: str, run: Run | None, *, force: bool) -> None:
    """The pointer and all that acts on it, in one transaction with the journal's entry."""
    pk, now = keys.model_pk(plan.model), target.now()
    if run is not None and not force:
        raise Rejected(under_way(run))
    goes = [Delete(pk=pk, sk=sk) for sk in (keys.SPEC, *keys.MACHINES)] + [Delete(pk=keys.MODELS, sk=plan.model)]
    writes: list[Write] = [*goes, *alarms_named(plan.model, named_alarms(target, plan.model), [])]
    if run is not None and run.status in {RECORDED, EXECUTING}:
        _stop(target, run)
        ended = replace(run, status=BROKEN, ended=now, why="stopped, for the model was removed")
        writes.append(records.changed(ended))
    if any(thing.what == ENDPOINT for thing in plan.goes):
        writes += _closed_slots(target, plan.model)
    stays = "data, versions, runs and this journal stay"
    people.record(target, people.entry(target, plan.model, "ModelRemoved", f"{reason}; {stays}"), *writes)
    wishes = target.app.table.query(pk, keys.REQUEST)
    target.app.table.delete_all((pk, item["sk"]) for item in wishes)


def under_way(run: Run) -> str:
    """Why nothing is removed now."""
    return (
        f"a training of {run.model} is under way (run {run.id[:8]}, {run.status.lower()}); "
        "wait for its end, or stop it: --force"
    )


def _stop(target: Target, run: Run) -> None:
    if not run.execution:
        return
    try:
        with translated("SageMaker StopPipelineExecution"):
            target.client("sagemaker").stop_pipeline_execution(
                PipelineExecutionArn=run.execution, ClientRequestToken=uuid.uuid4().hex
            )
    except (Rejected, Unavailable) as error:
        from leeway_cli import console

        console.note(f"the execution could not be stopped, or is over: {error}")


def _closed_slots(target: Target, model: str) -> list[Write]:
    """What serves ends now."""
    pk, at = keys.model_pk(model), keys.stamp(target.now())
    items = target.app.table.query(pk, keys.SLOT)
    return [Update(pk=pk, sk=item["sk"], values={"to": at}) for item in items if "to" not in item]


def _delete(target: Target, thing: Thing) -> None:
    """One resource; one that is gone meanwhile is as well."""
    client = target.client("sagemaker")
    calls: dict[str, tuple[Callable[..., Any], str]] = {
        monitoring.SCHEDULE: (partial(monitoring.delete, target), "name"),
        ENDPOINT: (client.delete_endpoint, "EndpointName"),
        CONFIG: (client.delete_endpoint_config, "EndpointConfigName"),
        MODEL: (client.delete_model, "ModelName"),
        PIPELINE: (client.delete_pipeline, "PipelineName"),
        ALARM: (target.client("cloudwatch").delete_alarms, "AlarmNames"),
        DASHBOARD: (target.client("cloudwatch").delete_dashboards, "DashboardNames"),
    }
    call, key = calls[thing.what]
    token = {"ClientRequestToken": uuid.uuid4().hex} if thing.what == PIPELINE else {}
    try:
        with translated(f"AWS: deleting {thing.what} {thing.name}"):
            call(**{key: [thing.name] if key.endswith("Names") else thing.name}, **token)
    except Missing:
        return
