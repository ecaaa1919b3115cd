"""A processing job: inputs under /opt/ml/processing, a command, outputs to S3."""

from __future__ import annotations

import json
import tarfile
import threading
from pathlib import Path
from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.container import ROOT, Command, Outcome, fresh, run, tail
from localaws.sagemaker.data import fetch, store
from localaws.world import World

DEFAULT_LIMIT = 86_400


def run_processing(world: World, name: str, arn: str, request: dict[str, Any], stop: threading.Event) -> Outcome:
    """Run one job in the thread that it was given."""
    folder = fresh(world.state_dir / "jobs" / name)
    try:
        for given in request.get("ProcessingInputs") or []:
            source = given["S3Input"]
            fetch(world.s3, source["S3Uri"], source["S3DataType"], inside(folder, source["LocalPath"]))
        outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []
        for target in outputs:
            inside(folder, target["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    except (LocalAwsError, OSError, ValueError, KeyError, tarfile.TarError) as error:
        return Outcome(status="Failed", reason=f"ClientError: Data download failed: {error}")
    _configure(folder, name, arn, request)
    limit = (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", DEFAULT_LIMIT)
    log = world.state_dir / "logs" / "jobs" / f"{name}.log"
    code, late = run(_command(world, folder, arn, name, request), log, limit, stop)
    return _outcome(world, folder, outputs, log, code, late=late, stopped=stop.is_set())


def _outcome(
    world: World, folder: Path, outputs: list[dict[str, Any]], log: Path, code: int, *, late: bool, stopped: bool
) -> Outcome:
    said = folder / "output" / "message"
    message = said.read_text(errors="replace")[:1024] if said.is_file() else ""
    if late or stopped:
        return Outcome(status="Stopped", message=message, reason="MaxRuntimeExceeded" if late else "")
    if code:
        return Outcome(status="Failed", reason=f"AlgorithmError: exit code {code}: {tail(log)}", message=message)
    for target in outputs:
        store(world.s3, inside(folder, target["S3Output"]["LocalPath"]), target["S3Output"]["S3Uri"])
    return Outcome(status="Completed", message=message)


def _command(world: World, folder: Path, arn: str, name: str, request: dict[str, Any]) -> Command:
    application = request["AppSpecification"]
    words = [*application.get("ContainerEntrypoint", []), *application.get("ContainerArguments", [])]
    env = {"AWS_REGION": world.region, "PROCESSING_JOB_ARN": arn, "PROCESSING_JOB_NAME": name}
    return Command(folder=folder, words=words, env=env | (request.get("Environment") or {}), python=world.image_python)


def _configure(folder: Path, name: str, arn: str, request: dict[str, Any]) -> None:
    config = folder / "config"
    config.mkdir(exist_ok=True)
    body = request | {"ProcessingJobName": name, "ProcessingJobArn": arn}
    (config / "processingjobconfig.json").write_text(json.dumps(body, default=str))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    (folder / "output").mkdir(exist_ok=True)


def inside(folder: Path, path: str) -> Path:
    """Where a path under /opt/ml lies on this machine."""
    if not path.startswith(f"{ROOT}/") or ".." in Path(path).parts:
        raise ValueError(f"LocalPath {path} must lie under {ROOT}")
    return folder / path.removeprefix(f"{ROOT}/")
