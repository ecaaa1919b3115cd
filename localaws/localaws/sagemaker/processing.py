"""A processing job: inputs under /opt/ml/processing, a command, outputs to S3, on one instance or several.

An instance is a container of its own: its share of the inputs that are sharded, and its own resourceconfig.json. The
job completes if all containers exit with 0 and fails if any does not (guide, "How Amazon SageMaker Processing Runs
Your Processing Container Image").
"""

from __future__ import annotations

import json
import os
import tarfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.attempt import Attempt, Outcome, hosts_of
from localaws.sagemaker.container import INTERRUPTED, LATE, Command, Ended, disk, fresh, run, tail
from localaws.sagemaker.data import ALL, fetch, inside, store
from localaws.sagemaker.roles import UNPULLED
from localaws.sagemaker.training import refused
from localaws.world import ObjectStore, World

SHARDED = "ShardedByS3Key"
AT_ONCE = max(2, os.cpu_count() or 1)  # containers of one job on this machine


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance: its name, the folder that its container sees as /opt/ml, and its share of sharded inputs."""

    host: str
    folder: Path
    share: slice


def run_processing(world: World, attempt: Attempt) -> Outcome:
    """Run one job in the thread that it was given, by its role."""
    with disk(world.state_dir / "jobs" / attempt.name) as folder:
        return _run_on(folder, world, attempt)


def _run_on(folder: Path, world: World, attempt: Attempt) -> Outcome:
    hosts = hosts_of(attempt.request)
    instances = [
        Instance(host=host, folder=fresh(folder / host), share=slice(number, None, len(hosts)))
        for number, host in enumerate(hosts)
    ]
    role = attempt.request["RoleArn"]
    s3 = world.authority.store(role)
    if not world.authority.pulls(role, attempt.request["AppSpecification"]["ImageUri"]):
        return Outcome(status="Failed", reason=UNPULLED)
    try:
        for instance in instances:
            _prepare(s3, instance, attempt.request)
    except (LocalAwsError, OSError, ValueError, KeyError, tarfile.TarError) as error:
        return Outcome(status="Failed", reason=f"ClientError: Data download failed:{error}")
    for instance in instances:
        _configure(instance, hosts, attempt)
    ended = _run(world, attempt, instances)
    try:
        return _outcome(world, s3, attempt, instances, ended)
    except LocalAwsError as error:
        return Outcome(status="Failed", reason=f"ClientError: Artifact upload failed:{refused(error)}")


def _prepare(s3: ObjectStore, instance: Instance, request: dict[str, Any]) -> None:
    for given in request.get("ProcessingInputs") or []:
        source = given["S3Input"]
        share = instance.share if source.get("S3DataDistributionType") == SHARDED else ALL
        fetch(s3, source["S3Uri"], source["S3DataType"], inside(instance.folder, source["LocalPath"]), share)
    for target in _outputs(request):
        inside(instance.folder, target["LocalPath"]).mkdir(parents=True, exist_ok=True)


def _outputs(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [target["S3Output"] for target in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []]


def _run(world: World, attempt: Attempt, instances: Sequence[Instance]) -> list[Ended]:
    """How each ended; once one has failed, the others are stopped, for the job has."""
    failed = threading.Event()

    def one(instance: Instance) -> Ended:
        if failed.is_set():
            return Ended(code=0, by=INTERRUPTED)
        command = _command(world, instance, attempt)
        ended = run(command, attempt, attempt.log(world, instance.host), lambda _: failed.is_set())
        if ended.code and not ended.by:
            failed.set()
        return ended

    with ThreadPoolExecutor(min(len(instances), AT_ONCE)) as pool:
        return list(pool.map(one, instances))


def _outcome(
    world: World, s3: ObjectStore, attempt: Attempt, instances: Sequence[Instance], ended: Sequence[Ended]
) -> Outcome:
    message = next((said for instance in instances if (said := _said(instance))), "")
    for instance, end in zip(instances, ended, strict=True):
        if end.code and not end.by:
            where = f" on {instance.host}" if len(instances) > 1 else ""
            reason = f"AlgorithmError: exit code {end.code}{where}: {tail(attempt.log(world, instance.host))}"
            return Outcome(status="Failed", reason=reason, message=_said(instance))
    if causes := {end.by for end in ended if end.by}:
        return Outcome(status="Stopped", message=message, reason="MaxRuntimeExceeded" if LATE in causes else "")
    for instance in instances:
        for target in _outputs(attempt.request):
            store(s3, inside(instance.folder, target["LocalPath"]), target["S3Uri"])
    return Outcome(status="Completed", message=message)


def _said(instance: Instance) -> str:
    said = instance.folder / "output" / "message"
    return said.read_text(errors="replace")[:1024] if said.is_file() else ""


def _command(world: World, instance: Instance, attempt: Attempt) -> Command:
    application = attempt.request["AppSpecification"]
    words = [*application.get("ContainerEntrypoint", []), *application.get("ContainerArguments", [])]
    env = {"AWS_REGION": world.region, "PROCESSING_JOB_ARN": attempt.arn, "PROCESSING_JOB_NAME": attempt.name}
    given = attempt.request.get("Environment") or {}
    return Command(folder=instance.folder, words=words, env=env | given, python=world.image_python)


def _configure(instance: Instance, hosts: Sequence[str], attempt: Attempt) -> None:
    config = instance.folder / "config"
    config.mkdir(exist_ok=True)
    body = attempt.request | {"ProcessingJobName": attempt.name, "ProcessingJobArn": attempt.arn}
    (config / "processingjobconfig.json").write_text(json.dumps(body, default=str))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": instance.host, "hosts": hosts}))
    (instance.folder / "output").mkdir(exist_ok=True)
