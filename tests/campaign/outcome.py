"""What became of a model, by content: two runs that end alike have the same outcome, whatever their names and times."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from leeway import keys
from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS, table
from tests.local.trainings import GROUP, MODEL
from tests.local.watched import Watched

# How often something was held, waited for or found again depends on the fault; all else is done once, and said once.
DEPENDS = {"BackedOff", "RolloutHeld", "ApprovalHeld", "Waiting", "TrainingAdopted", "TrainingSkipped"}


def outcome(aws: LocalAWS) -> dict[str, Any]:
    """Everything that may be lost, doubled or wrong."""
    items = table(aws).query(keys.model_pk(MODEL), "")
    by = {kind: [item for item in items if item["sk"].startswith(kind)] for kind in KINDS}
    said = Counter(item["what"] for item in by[keys.JOURNAL])
    return {
        "arrivals": sorted([item["source_key"], item["status"]] for item in by[keys.ARRIVAL]),
        "pending": len(by[keys.PENDING]),
        "requests": len(by[keys.REQUEST]),
        "runs": [[item["trigger"], item["status"]] for item in by[keys.RUN]],
        "trainings": sorted([item["trigger"], item["status"]] for item in by[keys.RUN]),
        "packages": [[one["sk"], one["status"], one.get("served", False)] for one in by[keys.PACKAGE] if _decided(one)],
        "serving": [str(item.get("serving_version")) for item in items if item["sk"] == keys.ROLLOUT],
        "said": {what: said[what] for what in sorted(said) if what not in DEPENDS},
        "executions": _executions(aws),
        "watched": _watched(aws, items),
        "endpoint": _endpoint(aws),
        "endpoint package": _endpoint(aws)[:2],
        "endpoint changes": _changes(aws),
        "objects": _objects(aws),
        "dead letters": _dead(aws),
        "denied": aws.denied,
    }


KINDS = (keys.ARRIVAL, keys.PENDING, keys.REQUEST, keys.RUN, keys.PACKAGE, keys.JOURNAL)


def _decided(package: Mapping[str, Any]) -> bool:
    """A version that nobody has decided on may be known or not: nothing follows from it."""
    return bool(package["status"] != "PendingManualApproval")


def _executions(aws: LocalAWS) -> list[Any]:
    """Status, and how many rows each file had that it trained on."""
    sagemaker = aws.client("sagemaker")
    if not sagemaker.list_pipelines()["PipelineSummaries"]:
        return []
    found = sagemaker.list_pipeline_executions(PipelineName=GROUP, SortOrder="Ascending")["PipelineExecutionSummaries"]
    return [[one["PipelineExecutionStatus"], _trained_on(aws, one["PipelineExecutionArn"])] for one in found]


def _trained_on(aws: LocalAWS, execution: str) -> list[int]:
    given = aws.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    prefix = next(one["Value"] for one in given["PipelineParameters"] if one["Name"] == "Manifest")
    key = f"{prefix.removeprefix(f's3://{ARTIFACTS}/').rstrip('/')}/manifest.json"
    document = json.loads(aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read())
    return sorted(file["rows"] for file in document["train"])


def _watched(aws: LocalAWS, items: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Where anybody has asked the endpoint: reports by content, metrics and state of the monitor; else nothing.

    Statistics and state hold sums in double precision, whose last digit hangs on the order of their parts.
    """
    s3, prefix = aws.client("s3"), f"monitoring/{MODEL}/"
    found = [one["Key"] for one in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix).get("Contents", [])]
    found = [key for key in found if not key.endswith(("/statistics.json", "/state.json"))]
    bodies = {key: s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read() for key in found}
    if not any(json.loads(body).get("rows") for key, body in bodies.items() if key[-7:-5].isdecimal()):
        return []
    state = [item.get("waiting_code") for item in items if item["sk"] == keys.MONITOR]
    measured = {name: Watched(aws=aws).metric(name) for name in ("MonitoredRows", "DriftEvidence")}
    return [{key: hashlib.sha256(body).hexdigest()[:12] for key, body in bodies.items()}, measured, state]


def _endpoint(aws: LocalAWS) -> list[Any]:
    """Status and the packages behind it; then models and configurations that nothing uses any more."""
    sagemaker = aws.client("sagemaker")
    configs = {one["EndpointConfigName"] for one in sagemaker.list_endpoint_configs()["EndpointConfigs"]}
    models = {one["ModelName"] for one in sagemaker.list_models()["Models"]}
    if not sagemaker.list_endpoints()["Endpoints"]:
        return [None, [], len(configs), len(models)]
    endpoint = sagemaker.describe_endpoint(EndpointName=GROUP)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    behind = [sagemaker.describe_model(ModelName=one["ModelName"]) for one in config["ProductionVariants"]]
    packages = [model["Containers"][0]["ModelPackageName"] for model in behind]
    return [endpoint["EndpointStatus"], packages, len(configs), len(models)]


def _changes(aws: LocalAWS) -> int:
    """How often the endpoint was created or updated, by SageMaker's own word."""
    kind = "SageMaker Endpoint State Change"
    found = [event["detail"] for event in aws.events if event["detail-type"] == kind]
    return sum(detail["EndpointStatus"] in {"CREATING", "UPDATING"} for detail in found)


def _objects(aws: LocalAWS) -> dict[str, int]:
    """How many accepted and quarantined objects there are: names are hashes of versions, which differ."""
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS)
    found = Counter(one["Key"].split("/")[0] for page in pages for one in page.get("Contents", []))
    return {name: found[name] for name in ("accepted", "quarantine")}


def _dead(aws: LocalAWS) -> int:
    sqs, name = aws.client("sqs"), "ApproximateNumberOfMessages"
    urls = [url for url in sqs.list_queues()["QueueUrls"] if "dlq" in url]
    return sum(int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]) for url in urls)
