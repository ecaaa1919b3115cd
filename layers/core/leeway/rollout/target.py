"""What a version looks like on SageMaker: the model, the configuration, and names that are hashes of their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leeway import keys
from leeway.spec import Serving

SLOT = "a"  # all at once keeps one slot; guardrails want the same name on both sides
CSV, JSON = "text/csv", "application/json"


SERVERLESS = "serverless"


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Between `least` and `most` instances of a type, so that each has `invocations` a minute."""

    instance: str
    least: int
    most: int
    invocations: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """The requests that bring one version up; equal content has equal names, so making it twice is seen.

    `scaling` is what comes after, None where the number of instances is that of the configuration.
    """

    version: int
    package: str
    endpoint: str
    model: dict[str, Any]
    config: dict[str, Any]
    scaling: Scaling | None = None

    @property
    def instance(self) -> str:
        """The type of its instances, "" where it has none."""
        return str(self.config["ProductionVariants"][0].get("InstanceType", ""))

    @property
    def is_serverless(self) -> bool:
        """Whether it has no instances of its own."""
        return not self.instance

    @property
    def model_name(self) -> str:
        """Name of the SageMaker model."""
        return str(self.model["ModelName"])

    @property
    def config_name(self) -> str:
        """Name of the endpoint configuration."""
        return str(self.config["EndpointConfigName"])


def target(*, version: int, package: str, endpoint: str, serving: Serving, role: str, capture: str) -> Target:
    """The target of a version, whose containers have the `role` (ARN).

    100 % of the traffic is captured (below the S3 URI `capture`), for monitor and cohorts count on every request; but
    SageMaker captures nothing of serverless endpoints, and refuses a configuration that asks for it.
    """
    model: dict[str, Any] = {
        "Containers": [{"ModelPackageName": package}],
        "ExecutionRoleArn": role,
    }
    model["ModelName"] = f"{endpoint}-v{version}-{_hash(model, 10)}"
    config: dict[str, Any] = {"ProductionVariants": [_variant(model["ModelName"], serving)]}
    if serving.mode != SERVERLESS:
        config["DataCaptureConfig"] = _capture(capture)
    config["EndpointConfigName"] = f"{endpoint}-{_hash(config, 12)}"
    return Target(
        version=version, package=package, endpoint=endpoint, model=model, config=config, scaling=_scaling(serving)
    )


def _variant(model: str, serving: Serving) -> dict[str, Any]:
    size: dict[str, Any] = {
        "InstanceType": serving.instance,
        "InitialInstanceCount": serving.instances,
    }
    if serving.mode == SERVERLESS:
        size = {"ServerlessConfig": {"MemorySizeInMB": serving.memory, "MaxConcurrency": serving.max_concurrency}}
    elif serving.max_instances:
        size["InitialInstanceCount"] = max(serving.instances, serving.min_instances)
    return {"VariantName": SLOT, "ModelName": model, **size, "InitialVariantWeight": 1.0}


def _capture(uri: str) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": uri,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": [CSV], "JsonContentTypes": [JSON]},
    }


def _scaling(serving: Serving) -> Scaling | None:
    if serving.mode == SERVERLESS or not serving.max_instances:
        return None
    return Scaling(
        instance=serving.instance,
        least=serving.min_instances,
        most=serving.max_instances,
        invocations=serving.target_invocations,
    )


def _hash(request: dict[str, Any], length: int) -> str:
    return keys.digest(repr(request))[:length]
