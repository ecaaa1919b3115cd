"""What a version looks like on SageMaker: the model, the configuration, and names that are hashes of their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leeway import keys

SLOT = "a"  # all at once keeps one slot; guardrails want the same name on both sides
CSV, JSON = "text/csv", "application/json"


@dataclass(frozen=True, kw_only=True)
class Target:
    """The requests that bring one version up; equal content has equal names, so making it twice is seen."""

    version: int
    package: str
    endpoint: str
    model: dict[str, Any]
    config: dict[str, Any]

    @property
    def model_name(self) -> str:
        """Name of the SageMaker model."""
        return str(self.model["ModelName"])

    @property
    def config_name(self) -> str:
        """Name of the endpoint configuration."""
        return str(self.config["EndpointConfigName"])


def target(*, version: int, package: str, endpoint: str, instance: str, role: str, capture: str) -> Target:
    """The target of a version, whose containers have the `role` (ARN).

    100 % of the traffic is captured (below the S3 URI `capture`), for monitor and cohorts count on every request.
    """
    model: dict[str, Any] = {
        "Containers": [{"ModelPackageName": package}],
        "ExecutionRoleArn": role,
    }
    model["ModelName"] = f"{endpoint}-v{version}-{_hash(model, 10)}"
    config: dict[str, Any] = {
        "ProductionVariants": [
            {
                "VariantName": SLOT,
                "ModelName": model["ModelName"],
                "InstanceType": instance,
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 1.0,
            }
        ],
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": capture,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": [CSV], "JsonContentTypes": [JSON]},
        },
    }
    config["EndpointConfigName"] = f"{endpoint}-{_hash(config, 12)}"
    return Target(version=version, package=package, endpoint=endpoint, model=model, config=config)


def _hash(request: dict[str, Any], length: int) -> str:
    return keys.digest(repr(request))[:length]
