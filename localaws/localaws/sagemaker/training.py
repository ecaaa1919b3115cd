"""A training job in script mode: channels, hyperparameters, code, and the model as model.tar.gz (reference 8)."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localaws.errors import AwsError, LocalAwsError
from localaws.sagemaker.attempt import FIRST, Attempt, Outcome
from localaws.sagemaker.checkpoints import LOCAL, Checkpoints
from localaws.sagemaker.container import INTERRUPTED, LATE, ROOT, Command, Ended, disk, run, tail
from localaws.sagemaker.data import bring_unpacked, fetch, pack, split
from localaws.sagemaker.metrics import last, series_of
from localaws.sagemaker.roles import UNPULLED
from localaws.world import ObjectStore, World

PROGRAM, SUBMITTED = "sagemaker_program", "sagemaker_submit_directory"
OWN = ("sagemaker_", "_tuning_")
ALGORITHM = Path(__file__).with_name("built_in.py")


def is_script(request: Mapping[str, Any]) -> bool:
    """Whether a job brings its own program; else the image runs its own algorithm."""
    return not brings_entry(request) and {PROGRAM, SUBMITTED} <= set(request.get("HyperParameters") or {})


def brings_entry(request: Mapping[str, Any]) -> bool:
    """Whether a job names the command that its container runs, as the SDK's ModelTrainer does."""
    return bool((request.get("AlgorithmSpecification") or {}).get("ContainerEntrypoint"))


def artifact_uri(name: str, request: dict[str, Any], archive: str = "model") -> str:
    """Where the model of a job lies, or its other output."""
    return f"{request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{name}/output/{archive}.tar.gz"


def run_training(world: World, attempt: Attempt) -> Outcome:
    """Run one attempt in the thread that it was given, by the job's role."""
    with disk(world.state_dir / "jobs" / attempt.name) as folder:
        return _run_on(folder, world, attempt)


def _run_on(folder: Path, world: World, attempt: Attempt) -> Outcome:
    request = attempt.request
    given = {key: decoded(value) for key, value in (request.get("HyperParameters") or {}).items()}
    log, s3 = attempt.log(world), world.authority.store(request["RoleArn"])
    if not world.authority.pulls(request["RoleArn"], request["AlgorithmSpecification"].get("TrainingImage", "")):
        return Outcome(status="Failed", reason=UNPULLED)
    try:
        for channel in request.get("InputDataConfig") or []:
            source = channel["DataSource"]["S3DataSource"]
            fetch(s3, source["S3Uri"], source["S3DataType"], folder / "input" / "data" / channel["ChannelName"])
        checkpoints = Checkpoints(s3, request.get("CheckpointConfig"), folder)
        checkpoints.restore()
    except (LocalAwsError, OSError, ValueError, KeyError, tarfile.TarError) as error:
        return Outcome(status="Failed", reason=f"ClientError: Data download failed:{error}")
    if is_script(request) and (problem := _code(s3, str(given[SUBMITTED]), folder / "code")):
        return Outcome(status="Failed", reason=problem)
    _configure(folder, request)
    command = _command(world, folder, attempt, given)
    try:
        ended = _run(attempt, command, log, checkpoints)
    except LocalAwsError as error:
        return Outcome(status="Failed", reason=f"ClientError: Checkpoint upload failed: {error}")
    try:
        return _outcome(s3, folder, attempt, log, ended)
    except LocalAwsError as error:
        return Outcome(status="Failed", reason=f"ClientError: Artifact upload failed:{refused(error)}")


def refused(error: LocalAwsError) -> str:
    """What S3 said, as a failed upload tells it: known from practice."""
    if isinstance(error, AwsError) and error.code == "AccessDenied":
        return f"Error 7: AccessDenied (403): {error.message}"
    return str(error)


def _code(s3: ObjectStore, uri: str, folder: Path) -> str:
    """Bring the script, or say why not: the toolkit in the container fetches it, and so it is the algorithm's error.

    Source: aws/amazon-sagemaker-examples#1931.
    """
    try:
        bring_unpacked(s3, uri, folder)
    except AwsError as error:
        why = {"AccessDenied": "(403)", "NoSuchKey": "(404)"}.get(error.code, f"({error.code})")
        said = f"An error occurred {why} when calling the HeadObject operation: {error.message}"
        return f"AlgorithmError: framework error: botocore.exceptions.ClientError: {said}"
    except (LocalAwsError, OSError, ValueError, tarfile.TarError) as error:
        return f"AlgorithmError: framework error: {uri}: {error}"
    return ""


def _run(attempt: Attempt, command: Command, log: Path, checkpoints: Checkpoints) -> Ended:
    def look(seconds: float) -> bool:
        checkpoints.look(seconds)
        return attempt.interrupted is not None and attempt.interrupted(seconds, checkpoints.folder)

    ended = run(command, attempt, log, look)
    checkpoints.sync()
    return ended


def _outcome(s3: ObjectStore, folder: Path, attempt: Attempt, log: Path, ended: Ended) -> Outcome:
    """A stopped job keeps what model it has (reference 8.1); a failed one says why by its own failure file."""
    if ended.by == INTERRUPTED:
        return Outcome(status="Interrupted")
    if ended.code and not ended.by:
        own = folder / "output" / "failure"
        said = own.read_text(errors="replace")[:1024] if own.is_file() else f"exit code {ended.code}: {tail(log)}"
        return Outcome(status="Failed", reason=f"AlgorithmError: {said}")
    for part, archive in (("model", "model"), ("output/data", "output")):
        if any(path.is_file() for path in (folder / part).rglob("*")):
            made = folder / f"{archive}.tar.gz"
            pack(folder / part, made)
            s3.store(*split(artifact_uri(attempt.name, attempt.request, archive)), made)
    metrics = last(series_of(attempt.request, log.read_text(errors="replace")))
    late = attempt.late if ended.by == LATE else ""
    return Outcome(status="Stopped" if ended.by else "Completed", secondary=late, metrics=metrics)


def decoded(value: str) -> Any:
    """Hyperparameters are strings, and the SDK's are JSON inside."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _configure(folder: Path, request: dict[str, Any]) -> None:
    config = folder / "input" / "config"
    config.mkdir(parents=True, exist_ok=True)
    for part in ("model", "output/data", "code"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    documents = {
        "hyperparameters": request.get("HyperParameters") or {},
        "inputdataconfig": {one["ChannelName"]: _channel(one) for one in request.get("InputDataConfig") or []},
        "resourceconfig": _resources(request),
    }
    if "CheckpointConfig" in request:
        documents["checkpointconfig"] = {"LocalPath": request["CheckpointConfig"].get("LocalPath", LOCAL)}
    for name, body in documents.items():
        (config / f"{name}.json").write_text(json.dumps(body))


def _resources(request: Mapping[str, Any]) -> dict[str, Any]:
    """As the training toolkit's and the SDK's `environment.py` read it."""
    kind, group = (request.get("ResourceConfig") or {}).get("InstanceType", ""), "homogeneousCluster"
    return {
        "current_host": FIRST,
        "current_instance_type": kind,
        "current_group_name": group,
        "hosts": [FIRST],
        "instance_groups": [{"instance_group_name": group, "instance_type": kind, "hosts": [FIRST]}],
        "network_interface_name": "eth0",
    }


def _command(world: World, folder: Path, attempt: Attempt, given: dict[str, Any]) -> Command:
    """What the container runs: its own entry point, a script, or the image's algorithm."""
    if not brings_entry(attempt.request):
        return _script(world, folder, attempt, given) if is_script(attempt.request) else _algorithm(world, folder)
    specification = attempt.request["AlgorithmSpecification"]
    words = [*specification["ContainerEntrypoint"], *specification.get("ContainerArguments", [])]
    env = _told(world, attempt) | (attempt.request.get("Environment") or {})
    return Command(folder=folder, words=words, env=env, python=world.image_python)


def _told(world: World, attempt: Attempt) -> dict[str, str]:
    """What SageMaker tells every container of a training."""
    return {"TRAINING_JOB_NAME": attempt.name, "TRAINING_JOB_ARN": attempt.arn, "AWS_REGION": world.region}


def _channel(given: Mapping[str, Any]) -> dict[str, str]:
    spread = given["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated")
    kind = {"ContentType": given["ContentType"]} if given.get("ContentType") else {}
    return {"TrainingInputMode": "File", "S3DistributionType": spread, "RecordWrapperType": "None", **kind}


def _algorithm(world: World, folder: Path) -> Command:
    """The image's own algorithm."""
    shutil.copy(ALGORITHM, folder / ALGORITHM.name)
    words = ["python3", f"{ROOT}/{ALGORITHM.name}", ROOT]
    return Command(folder=folder, words=words, env={"AWS_REGION": world.region}, python=world.image_python)


def _script(world: World, folder: Path, attempt: Attempt, given: dict[str, Any]) -> Command:
    """As the training toolkit starts a script: hyperparameters as arguments, and its SM_ variables."""
    own = {key: value for key, value in given.items() if not key.startswith(OWN)}
    channels = [channel["ChannelName"] for channel in attempt.request.get("InputDataConfig") or []]
    words = [word for key in sorted(own) for word in (f"-{key}" if len(key) == 1 else f"--{key}", _word(own[key]))]
    places = {
        "SM_MODEL_DIR": f"{ROOT}/model",
        "SM_INPUT_DIR": f"{ROOT}/input",
        "SM_INPUT_CONFIG_DIR": f"{ROOT}/input/config",
        "SM_OUTPUT_DIR": f"{ROOT}/output",
        "SM_OUTPUT_DATA_DIR": f"{ROOT}/output/data",
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_HPS": json.dumps(own),
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": '["algo-1"]',
        "SM_NUM_GPUS": "0",
    } | _told(world, attempt)
    places |= {f"SM_CHANNEL_{channel.upper()}": f"{ROOT}/input/data/{channel}" for channel in channels}
    places |= {f"SM_HP_{key.upper()}": _word(value) for key, value in own.items()}
    env = places | (attempt.request.get("Environment") or {})
    program = ["python3", str(given[PROGRAM]), *words]
    return Command(folder=folder, words=program, env=env, python=world.image_python, cwd=f"{ROOT}/code")


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
