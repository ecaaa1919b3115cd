"""SageMaker's events, with the casing, the nulls and the odd types of the reference (section 1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from localaws.sagemaker.names import epoch_ms
from localaws.world import World

if TYPE_CHECKING:
    from localaws.sagemaker.executions import Execution, StepRun


ENUMERATIONS = {"S3DataType", "S3InputMode", "S3DataDistributionType", "S3UploadMode", "S3CompressionType"}
LOUD = {
    "ManifestFile": "MANIFEST_FILE",
    "S3Prefix": "S3_PREFIX",
    "Pipe": "PIPE",
    "File": "FILE",
    "FullyReplicated": "FULLYREPLICATED",
    "ShardedByS3Key": "SHARDEDBYS3KEY",
    "Continuous": "CONTINUOUS",
    "EndOfJob": "END_OF_JOB",
    "None": "NONE",
    "Gzip": "GZIP",
}


def send(world: World, what: str, resources: list[str], detail: dict[str, Any]) -> None:
    """One event of source aws.sagemaker."""
    world.emit(
        {"source": "aws.sagemaker", "detail-type": f"SageMaker {what}", "resources": resources, "detail": detail}
    )


def execution(world: World, run: Execution, before: str | None) -> None:
    """Pipeline execution: camelCase, ISO times, no reason (reference 1.6)."""
    over = run.status not in {"Executing", "Stopping"}
    detail = {
        "pipelineExecutionDisplayName": run.display,
        "currentPipelineExecutionStatus": run.status,
        "previousPipelineExecutionStatus": before,
        "executionStartTime": iso(run.created),
        "pipelineExecutionDescription": run.description,
        "pipelineArn": run.pipeline.arn,
        "pipelineExecutionArn": run.arn,
    }
    detail |= {"executionEndTime": iso(world.now())} if over else {}
    resources = [run.pipeline.arn, run.arn]
    send(world, "Model Building Pipeline Execution Status Change", resources, detail)


def step(world: World, run: Execution, one: StepRun, before: str) -> None:
    """A step: camelCase, metadata likewise (reference 1.6)."""
    detail: dict[str, Any] = {
        "metadata": {_camel(name): {_camel(n): v for n, v in body.items()} for name, body in one.metadata.items()},
        "stepStartTime": iso(one.started),
        "stepName": one.step["Name"],
        "stepType": one.step["Type"],
        "previousStepStatus": before,
        "currentStepStatus": one.status,
        "pipelineArn": run.pipeline.arn,
        "pipelineExecutionArn": run.arn,
    }
    detail |= {"stepEndTime": iso(one.ended)} if one.ended else {}
    detail |= {"failureReason": one.reason} if one.status == "Failed" else {}
    detail |= {"cacheHitResult": {"sourcePipelineExecutionArn": one.cache_hit}} if one.cache_hit else {}
    resources = [run.pipeline.arn, run.arn]
    send(world, "Model Building Pipeline Execution Step Status Change", resources, detail)


def job(world: World, kind: str, arn: str, described: dict[str, Any]) -> None:
    """A job: PascalCase, epoch milliseconds, flat tags, no exit message (reference 1.7)."""
    kept = {name: value for name, value in described.items() if name != "ExitMessage"}
    detail = _pascal(_loud(kept) if kind == "Processing" else kept)
    send(world, f"{kind} Job State Change", [arn], detail | {"Tags": _flat(described)})


ENDPOINT = (
    "EndpointName",
    "EndpointArn",
    "EndpointConfigName",
    "ProductionVariants",
    "CreationTime",
    "LastModifiedTime",
)


def endpoint(world: World, described: dict[str, Any]) -> None:
    """An endpoint: the status in capitals, nulls for what is not set (reference 1.3, 1.8)."""
    detail = _endpoint(described) | {"FailureReason": described.get("FailureReason")}
    send(world, "Endpoint State Change", [described["EndpointArn"]], detail)


def deployment(world: World, described: dict[str, Any]) -> None:
    """A deployment: the old fleet, and the new one as PendingDeploymentSummary where there is one (reference 1.8)."""
    pending = described.get("PendingDeploymentSummary")
    detail = _endpoint(described) | ({"PendingDeploymentSummary": _pascal(pending)} if pending else {})
    send(world, "Endpoint Deployment State Change", [described["EndpointArn"]], detail)


def _endpoint(described: dict[str, Any]) -> dict[str, Any]:
    status = "".join(f"_{c}" if c.isupper() else c for c in described["EndpointStatus"]).lstrip("_").upper()
    kept: dict[str, Any] = _pascal({name: described.get(name) for name in ENDPOINT})
    variants = [{n: v for n, v in one.items() if n != "DeployedImages"} for one in kept["ProductionVariants"] or []]
    return kept | {"ProductionVariants": variants, "EndpointStatus": status, "Tags": _flat(described)}


def made(world: World, what: str, arn: str, described: dict[str, Any]) -> None:
    """A model or a configuration was made or deleted."""
    send(world, f"{what} State Change", [arn], _pascal(described) | {"Tags": _flat(described)})


def iso(at: datetime) -> str:
    """A time as pipeline events have it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _flat(described: dict[str, Any]) -> dict[str, str]:
    """Tags as observed events have them (reference 1.3)."""
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags") or []}


def _loud(value: Any) -> Any:
    """Enumerations of a processing job's inputs and outputs, in the event's own spelling (reference 1.3)."""
    if isinstance(value, dict):
        return {n: LOUD.get(v, v) if n in ENUMERATIONS else _loud(v) for n, v in value.items()}
    return [_loud(inner) for inner in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _pascal(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _pascal(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_pascal(inner) for inner in value]
    return epoch_ms(value) if isinstance(value, datetime) else value
