"""`leeway apply`: what a specification needs in AWS, what of it is there, and the rest brought there. Idempotent.

Content comes first and the pointer to it last, so that whoever finds the pointer finds what it points at; what a broken
apply leaves behind lies there by its hash, and the next one finds it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway import keys, models
from leeway.alarms.records import changed as alarms_named
from leeway.aws.table import Put, Update, Write
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway.models import Model
from leeway.spec import ModelSpec
from leeway_cli import alarms, dashboard, monitoring, people
from leeway_cli.building import Built, build, spec_key
from leeway_cli.changes import CREATE, DELETE, UPDATE, UPLOAD, Change, differences
from leeway_cli.target import Target

NO_CHAMPION = "champions/none"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """All that is to be there; `objects` are keys of the artifacts bucket with their content."""

    model: str
    spec: ModelSpec
    spec_key: str
    built: Built
    objects: Mapping[str, bytes]


def wanted(target: Target, spec: ModelSpec, own: Mapping[str, bytes]) -> Wanted:
    """Render all that a specification and its own programs need; nothing is read from AWS and nothing changed."""
    built = build(target.settings, target.region, spec, own, here=target.local)
    key = spec_key(spec)
    objects = {key: spec.canonical(), NO_CHAMPION: b"", **built.code}
    return Wanted(model=spec.model.name, spec=spec, spec_key=key, built=built, objects=objects)


def changes(target: Target, want: Wanted) -> list[Change]:
    """What differs from AWS, in the order in which it is carried out."""
    watched = list(monitoring.changes(target, want.spec))  # first, for AWS may refuse it
    made = [*_objects(target, want), *_group(target, want), *_pipeline(target, want)]
    return [*watched, *made, *_alarms(target, want), *_dashboard(target, want), *_pointer(target, want)]


def carry_out(target: Target, want: Wanted, todo: Sequence[Change]) -> None:
    """Make the changes, in their order."""
    doers = {
        monitoring.SCHEDULE: _put_schedule,
        "object": _upload,
        "model package group": _create_group,
        "pipeline": _put_pipeline,
        "alarm": _put_alarm,
        "dashboard": _put_dashboard,
        "model": _point,
    }
    for change in todo:
        doers[change.what](target, want, change)


def _objects(target: Target, want: Wanted) -> Iterator[Change]:
    client = target.client("s3")
    for key, body in want.objects.items():
        try:
            with translated(f"S3 HeadObject {key}"):
                there = client.head_object(Bucket=target.settings.artifacts_bucket, Key=key)
        except Missing:
            there = None
        if there is None or there["ContentLength"] != len(body):
            where = f"s3://{target.settings.artifacts_bucket}/{key}"
            yield Change(verb=UPLOAD, what="object", name=key, detail=f"{where} ({len(body):,} bytes)")


def _group(target: Target, want: Wanted) -> Iterator[Change]:
    name = target.settings.resource(want.model)
    if _describe(target, "describe_model_package_group", ModelPackageGroupName=name) is None:
        yield Change(verb=CREATE, what="model package group", name=name, detail=name)


def _pipeline(target: Target, want: Wanted) -> Iterator[Change]:
    name = target.settings.resource(want.model)
    there = _describe(target, "describe_pipeline", PipelineName=name)
    if there is None:
        steps = ", ".join(step["Name"] for step in json.loads(want.built.definition)["Steps"])
        yield Change(verb=CREATE, what="pipeline", name=name, detail=f"{name}: {steps}")
        return
    differing = list(differences(json.loads(there["PipelineDefinition"]), json.loads(want.built.definition)))
    if there.get("RoleArn") != target.settings.pipeline_role_arn:
        differing.append("its role")
    if differing:
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        yield Change(verb=UPDATE, what="pipeline", name=name, detail=f"{name}: {'; '.join(differing[:5])}{more}")


def _alarms(target: Target, want: Wanted) -> Iterator[Change]:
    requests = alarms.wanted(target, want.spec)
    there = alarms.found(target.client("cloudwatch"), list(requests)) | alarms.by_model_monitor(target, want.model)
    for name, request in requests.items():
        if name not in there:
            yield Change(verb=CREATE, what="alarm", name=name, detail=f"{name}: {alarms.bar(request)}")
        elif differing := alarms.differing(there[name], request):
            yield Change(verb=UPDATE, what="alarm", name=name, detail=f"{name}: {'; '.join(differing)}")
    for name in sorted(there.keys() - requests.keys()):
        yield Change(verb=DELETE, what="alarm", name=name, detail=name)


def _dashboard(target: Target, want: Wanted) -> Iterator[Change]:
    name = target.settings.resource(want.model)
    there = dashboard.found(target, name)
    if not want.spec.monitoring.dashboard:
        if there is not None:
            yield Change(verb=DELETE, what="dashboard", name=name, detail=name)
    elif there is None:
        yield Change(verb=CREATE, what="dashboard", name=name, detail=name)
    elif there != dashboard.body(target, want.spec):
        yield Change(verb=UPDATE, what="dashboard", name=name, detail=f"{name}: what it shows")


def _pointer(target: Target, want: Wanted) -> Iterator[Change]:
    there = models.find(target.app.table, want.model)
    if there is None:
        yield Change(verb=CREATE, what="model", name=want.model, detail=f"{want.model} begins to be looked after")
    elif there.spec_sha256 != want.spec.sha256:
        yield Change(verb=UPDATE, what="model", name=want.model, detail=_spec_changes(target, want, there))
    elif there.definition_sha256 != want.built.definition_sha256:
        yield Change(verb=UPDATE, what="model", name=want.model, detail="the pipeline that it trains by")


def named_alarms(target: Target, model: str) -> list[str]:
    """The alarms that the specification in force names."""
    there = models.find(target.app.table, model)
    key = there.spec_key if there else ""
    body = target.app.objects.get_json(target.settings.artifacts_bucket, key) if key else None
    return list(((body or {}).get("retraining") or {}).get("alarms") or [])


def _spec_changes(target: Target, want: Wanted, there: Model) -> str:
    body = target.app.objects.get_json(target.settings.artifacts_bucket, there.spec_key)
    return "; ".join(differences(body or {}, want.spec.to_json())) or "its specification"


def _describe(target: Target, operation: str, **name: str) -> Any:
    """The answer of a describe, None where the thing is not there: SageMaker has two codes for that."""
    try:
        with translated(f"SageMaker {operation}"):
            return getattr(target.client("sagemaker"), operation)(**name)
    except Rejected:
        return None


def _upload(target: Target, want: Wanted, change: Change) -> None:
    kind = "application/json" if change.name.endswith(".json") else "application/octet-stream"
    target.app.objects.put(target.settings.artifacts_bucket, change.name, want.objects[change.name], kind)


def _create_group(target: Target, want: Wanted, change: Change) -> None:
    with translated(f"SageMaker CreateModelPackageGroup {change.name}"):
        target.client("sagemaker").create_model_package_group(
            ModelPackageGroupName=change.name,
            ModelPackageGroupDescription=f"Versions of {want.model}, looked after by Leeway",
        )


def _put_pipeline(target: Target, want: Wanted, change: Change) -> None:
    client = target.client("sagemaker")
    put = client.create_pipeline if change.verb == CREATE else client.update_pipeline
    with translated(f"SageMaker {change.verb} pipeline {change.name}"):
        put(
            PipelineName=change.name,
            PipelineDefinition=want.built.definition,
            RoleArn=target.settings.pipeline_role_arn,
        )


def _put_alarm(target: Target, want: Wanted, change: Change) -> None:
    if change.verb == DELETE:
        alarms.delete(target, change.name)
    else:
        alarms.put(target, alarms.wanted(target, want.spec)[change.name])


def _put_schedule(target: Target, want: Wanted, change: Change) -> None:
    monitoring.carry_out(target, want.spec, change)


def _put_dashboard(target: Target, want: Wanted, change: Change) -> None:
    if change.verb == DELETE:
        dashboard.delete(target, change.name)
    else:
        dashboard.put(target, change.name, dashboard.body(target, want.spec))


def _point(target: Target, want: Wanted, change: Change) -> None:
    """The pointer, the list of models and the journal's entry in one transaction; whether it is paused stays."""
    import uuid

    pk, now = keys.model_pk(want.model), target.now()
    values: dict[str, Any] = {
        "spec_sha256": want.spec.sha256,
        "spec_key": want.spec_key,
        "definition_sha256": want.built.definition_sha256,
        "pipeline": target.settings.resource(want.model),
        "container": vars(want.built.container),
        "applied_at": keys.stamp(now),
    }
    if change.verb == CREATE:
        values["paused"] = False
    pointer: Write = Update(pk=pk, sk=keys.SPEC, values=values)
    listed = Put(item={"pk": keys.MODELS, "sk": want.model})
    why = f"{change.detail} (specification {want.spec.sha256[:12]})"
    named = alarms_named(want.model, named_alarms(target, want.model), want.spec.retraining.alarms)
    people.record(target, people.entry(target, want.model, "SpecApplied", why), pointer, listed, *named)
    for machine in keys.MACHINES:
        target.app.waker.wake(machine, want.model, now, uuid.uuid4().hex)
