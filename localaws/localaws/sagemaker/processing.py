"""A processing job: inputs under /opt/ml/processing, a command, outputs to S3."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.attempt import Attempt, Outcome
from localaws.sagemaker.container import LATE, Command, Ended, fresh, run, tail
from localaws.sagemaker.data import fetch, inside, store
from localaws.world import World


def run_processing(world: World, attempt: Attempt) -> Outcome:
    """Run one job in the thread that it was given."""
    folder, request = fresh(world.state_dir / "jobs" / attempt.name), attempt.request
    try:
        for given in request.get("ProcessingInputs") or []:
            source = given["S3Input"]
            fetch(world.s3, source["S3Uri"], source["S3DataType"], inside(folder, source["LocalPath"]))
        outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        for target in outputs:
            inside(folder, target["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    except (LocalAwsError, OSError, ValueError, KeyError, tarfile.TarError) as error:
        return Outcome(status="Failed", reason=f"ClientError: Data download failed: {error}")
    _configure(folder, attempt.name, attempt.arn, request)
    log = attempt.log(world)
    return _outcome(world, folder, outputs, log, run(_command(world, folder, attempt), attempt, log))


def _outcome(world: World, folder: Path, outputs: list[dict[str, Any]], log: Path, ended: Ended) -> Outcome:
    said = folder / "output" / "message"
    message = said.read_text(errors="replace")[:1024] if said.is_file() else ""
    if ended.by:
        return Outcome(status="Stopped", message=message, reason="MaxRuntimeExceeded" if ended.by == LATE else "")
    if ended.code:
        return Outcome(status="Failed", reason=f"AlgorithmError: exit code {ended.code}: {tail(log)}", message=message)
    for target in outputs:
        store(world.s3, inside(folder, target["S3Output"]["LocalPath"]), target["S3Output"]["S3Uri"])
    return Outcome(status="Completed", message=message)


def _command(world: World, folder: Path, attempt: Attempt) -> Command:
    application = attempt.request["AppSpecification"]
    words = [*application.get("ContainerEntrypoint", []), *application.get("ContainerArguments", [])]
    env = {"AWS_REGION": world.region, "PROCESSING_JOB_ARN": attempt.arn, "PROCESSING_JOB_NAME": attempt.name}
    given = attempt.request.get("Environment") or {}
    return Command(folder=folder, words=words, env=env | given, python=world.image_python)


def _configure(folder: Path, name: str, arn: str, request: dict[str, Any]) -> None:
    config = folder / "config"
    config.mkdir(exist_ok=True)
    body = request | {"ProcessingJobName": name, "ProcessingJobArn": arn}
    (config / "processingjobconfig.json").write_text(json.dumps(body, default=str))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    (folder / "output").mkdir(exist_ok=True)
