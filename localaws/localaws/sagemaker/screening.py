"""What a job asks for that would go otherwise here than on AWS: it is refused before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.built_in import BY_THE_IMAGE, CSV, NOT_EMULATED, OTHER_TYPES, TUNING
from localaws.sagemaker.checkpoints import LOCAL
from localaws.sagemaker.container import ROOT
from localaws.sagemaker.refusals import invalid
from localaws.sagemaker.spot import spot_problem
from localaws.sagemaker.training import PROGRAM, SUBMITTED, brings_entry, is_script

XGBOOST = "sagemaker-xgboost"
OVERRIDE = "You can't override the metric definitions for Amazon SageMaker algorithms"
FOREIGN = {"KeepAlivePeriodInSeconds", "TrainingPlanArn", "InstancePreferences", "InstancePlacementConfig"}
S3_TYPES = ("S3Prefix", "ManifestFile")


def screen(kind: str, request: Mapping[str, Any]) -> None:
    """Raise for the first thing that cannot be done."""
    if kind == "Training" and overrides_metrics(request):
        raise invalid(f"{OVERRIDE}. Please retry the request without specifying metric definitions.")
    if kind == "Training" and (problem := spot_problem(request, built_in=is_built_in(request))):
        raise invalid(problem)
    for what in demands(kind, request):
        raise NotEmulated(f"{kind} job: {what}")


def overrides_metrics(request: Mapping[str, Any]) -> bool:
    """SageMaker takes its own XGBoost image for a built-in algorithm, in script mode too (sdk #2226)."""
    return is_built_in(request) and bool(request["AlgorithmSpecification"].get("MetricDefinitions"))


def is_built_in(request: Mapping[str, Any]) -> bool:
    """Whether the image is SageMaker's own."""
    return XGBOOST in str(request.get("AlgorithmSpecification", {}).get("TrainingImage", ""))


def demands(kind: str, request: Mapping[str, Any]) -> Iterator[str]:
    """What is asked for beyond processes with files."""
    yield from _processing(request) if kind == "Processing" else _training(request)


def _processing(request: Mapping[str, Any]) -> Iterator[str]:
    if not request["AppSpecification"].get("ContainerEntrypoint"):
        yield "the image's own entry point (give ContainerEntrypoint)"
    for given in request.get("ProcessingInputs") or []:
        yield from _no_s3(given, "S3Input")
        yield from _source(given.get("S3Input") or {}, "S3InputMode", "S3CompressionType")
    for target in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        yield from _no_s3(target, "S3Output")


def _training(request: Mapping[str, Any]) -> Iterator[str]:
    resources = request.get("ResourceConfig") or {}
    if resources.get("InstanceCount", 1) != 1 or "InstanceGroups" in resources:
        yield "more than one instance"
    yield from (f"{member} of ResourceConfig" for member in sorted(FOREIGN & resources.keys()))
    if "ContainerArguments" in (request.get("AlgorithmSpecification") or {}) and not brings_entry(request):
        yield "arguments for the image's own entry point (give ContainerEntrypoint too)"
    if not is_script(request) and not brings_entry(request):
        yield from _algorithm(request)
    path = (request.get("CheckpointConfig") or {}).get("LocalPath", LOCAL)
    if not path.startswith(f"{ROOT}/"):
        yield f"checkpoints at {path} (give a LocalPath under {ROOT})"
    whole = (request.get("AlgorithmSpecification") or {}).get("TrainingInputMode")
    for channel in request.get("InputDataConfig") or []:
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            yield f"channel {channel['ChannelName']} without S3DataSource"
        yield from _source({"InputMode": whole} | channel | (source or {}), "InputMode", "CompressionType")


def _algorithm(request: Mapping[str, Any]) -> Iterator[str]:
    """What the image's own algorithm does, and `built_in.py` does not."""
    if not is_built_in(request):
        yield f"an algorithm other than {XGBOOST} (give the hyperparameters {PROGRAM} and {SUBMITTED} of a script)"
    if "CheckpointConfig" in request:
        yield "checkpoints of the built-in algorithm"
    given = request.get("HyperParameters") or {}
    yield from (f"the hyperparameter {name} of the built-in algorithm" for name in NOT_EMULATED if name in given)
    told = f"{given.get('eval_metric', '')},{str(given.get(TUNING, '')).rpartition(':')[2]}"
    yield from (f"the metric {name} of the built-in algorithm" for name in BY_THE_IMAGE if name in told.split(","))
    for channel in request.get("InputDataConfig") or []:
        if channel.get("ContentType", OTHER_TYPES[0]) in OTHER_TYPES:
            yield f"data other than CSV (give ContentType {CSV[1]})"


def _source(source: Mapping[str, Any], mode: str, compression: str) -> Iterator[str]:
    if source.get(mode) == "Pipe":
        yield f"{mode} Pipe"
    if source.get(compression) == "Gzip":
        yield f"{compression} Gzip"
    if source.get("S3DataType", S3_TYPES[0]) not in S3_TYPES:
        yield f"S3DataType {source['S3DataType']}"


def _no_s3(given: Mapping[str, Any], wanted: str) -> Iterator[str]:
    if wanted not in given:
        yield f"{', '.join(sorted(set(given) - {'InputName', 'OutputName'}))} instead of {wanted}"
