"""The schedule that Model Monitor is to run for the version that serves: its files and requests, named by content.

The baseline is the version's own, so another version has another job definition, and the schedule names the new one.
Features are listed by name, as the analyzer orders those of flat records; the score is none of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from leeway.aws.monitoring import KIND
from leeway.drift.reference import Reference
from leeway.keys import digest
from leeway.modelmonitor.constraints import Constraints
from leeway.modelmonitor.images import analyzer
from leeway.modelmonitor.statistics import of_baseline, statistics
from leeway.settings import Settings
from leeway.spec import ModelSpec

HOURLY = "cron(0 * ? * * *)"
INSTANCE, GIGABYTES = "ml.m5.large", 20
LONGEST = 3300  # seconds; an hourly job of data quality takes at most 3,600
UNSET = "COLUMNS: list[list[str]] = []"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be there for a version; `files` are keys of the artifacts bucket with their content."""

    name: str
    version: int
    files: Mapping[str, bytes]
    definition: Mapping[str, Any]

    @property
    def definition_name(self) -> str:
        """The name of the job definition."""
        return str(self.definition["JobDefinitionName"])

    @property
    def config(self) -> dict[str, Any]:
        """MonitoringScheduleConfig."""
        return {
            "ScheduleConfig": {"ScheduleExpression": HOURLY},
            "MonitoringJobDefinitionName": self.definition_name,
            "MonitoringType": KIND,
        }


def wanted(
    settings: Settings, spec: ModelSpec, version: int, reference: Reference, baseline: Mapping[str, Any],
    limits: Constraints,
) -> Wanted:  # fmt: skip
    """Of a version with its `baseline.json`; raises Rejected for a region without Model Monitor."""
    model, name = spec.model.name, settings.resource(spec.model.name)
    files = _files(f"monitoring/{model}/v{version}/baseline", spec, reference, baseline, limits)
    definition = _definition(settings, name, f"monitoring/{model}/model-monitor", *files)
    definition["JobDefinitionName"] = f"{name}-v{version}-{digest(json.dumps(definition, sort_keys=True))[:10]}"
    return Wanted(name=name, version=version, files=files, definition=definition)


def version_of(definition: str, name: str) -> int | None:
    """The version that a job definition is of, None for one that is not Leeway's."""
    number = definition.removeprefix(f"{name}-v").partition("-")[0]
    return int(number) if definition.startswith(f"{name}-v") and number.isdecimal() else None


def report_prefix(model: str, name: str) -> str:
    """Where the executions of a schedule write their reports, hour by hour."""
    return f"monitoring/{model}/model-monitor/{name}/{name}"


def _files(
    folder: str, spec: ModelSpec, reference: Reference, baseline: Mapping[str, Any], limits: Constraints
) -> dict[str, bytes]:
    """Constraints, statistics, and what reads the records."""
    listed = replace(reference, features=tuple(sorted(reference.features, key=lambda one: one.name)), score=None)
    found = statistics(listed, of_baseline(listed, baseline), even=True)
    bodies = {
        "constraints.json": json.dumps(limits.to_json()).encode(),
        "statistics.json": json.dumps(found).encode(),
        "preprocess.py": script(spec),
    }
    return {f"{folder}/{digest(body.decode())[:12]}/{name}": body for name, body in bodies.items()}


def script(spec: ModelSpec) -> bytes:
    """`preprocess.py` for a model's features."""
    text = resources.files("leeway.modelmonitor").joinpath("preprocess.py").read_text(encoding="utf-8")
    columns = [[column.name, column.type] for column in spec.data.columns]
    return text.replace(UNSET, f"COLUMNS: list[list[str]] = {json.dumps(columns)}", 1).encode()


def _definition(settings: Settings, name: str, reports: str, *files: str) -> dict[str, Any]:
    constraints, known, preprocess = map(settings.artifact, files)
    # A Terraform provider's users found that metrics stay out unless the environment says so too.
    environment = {"publish_cloudwatch_metrics": "Enabled"}
    place = {"S3Uri": settings.artifact(reports), "LocalPath": "/opt/ml/processing/output"}
    cluster = {"InstanceCount": 1, "InstanceType": INSTANCE, "VolumeSizeInGB": GIGABYTES}
    baseline = {"ConstraintsResource": {"S3Uri": constraints}, "StatisticsResource": {"S3Uri": known}}
    return {
        f"{KIND}BaselineConfig": baseline,
        f"{KIND}AppSpecification": {
            "ImageUri": analyzer(settings.region),
            "RecordPreprocessorSourceUri": preprocess,
            "Environment": environment,
        },
        f"{KIND}JobInput": {
            "EndpointInput": {"EndpointName": name, "LocalPath": "/opt/ml/processing/input/endpoint"},
        },
        f"{KIND}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": place | {"S3UploadMode": "EndOfJob"}}]},
        "JobResources": {"ClusterConfig": cluster},
        "RoleArn": settings.monitoring_role_arn,
        "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST},
    }  # fmt: skip
