"""What is kept of endpoints, their fleets and variants, and how DescribeEndpoint shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from localaws.sagemaker.concurrency import Slots
from localaws.sagemaker.deployments import Pending, concurrency_of, scaling_status, shown_pending
from localaws.sagemaker.hosting import Host


@dataclass(kw_only=True)
class Variant:
    """One variant as it runs; `host` answers its invocations. A serverless one has no instances."""

    name: str
    image: str
    role: str
    model: str
    weight: float
    desired_weight: float
    count: int
    desired_count: int
    host: Host
    instance_type: str = ""
    serverless: dict[str, int] = field(default_factory=dict)
    desired_serverless: dict[str, int] = field(default_factory=dict)
    slots: Slots = field(default_factory=Slots)  # of a serverless one
    resolved: datetime | None = None  # when its image was found

    @property
    def scaling(self) -> bool:
        """Whether its count changes."""
        return self.count != self.desired_count

    def keep(self) -> None:
        """What is is what is desired."""
        self.desired_weight, self.desired_count, self.desired_serverless = self.weight, self.count, self.serverless

    def settle(self) -> None:
        """What was desired is what is."""
        self.weight, self.count, self.serverless = self.desired_weight, self.desired_count, self.desired_serverless


@dataclass(kw_only=True)
class Fleet:
    """The running variants of one configuration; a shadow gets copies of requests and answers nobody."""

    config: str
    variants: list[Variant] = field(default_factory=list)
    shadows: list[Variant] = field(default_factory=list)
    capture: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Variant]:
        return iter([*self.variants, *self.shadows])

    def stop(self) -> None:
        """End the containers."""
        for variant in self:
            variant.host.stop()


@dataclass(kw_only=True)
class Endpoint:
    """One endpoint: the fleet in force, and a new one that takes `share` of the traffic while it is deployed."""

    name: str
    arn: str
    fleet: Fleet
    created: datetime
    modified: datetime
    random: Random  # what is drawn for its invocations
    status: str = "Creating"
    reason: str = ""
    tags: list[dict[str, str]] = field(default_factory=list)
    pending: Pending | None = None
    green: Fleet | None = None
    share: float = 0.0
    deployment: Mapping[str, Any] = field(default_factory=dict)  # the last one that was given

    @property
    def config(self) -> str:
        """The configuration in force, not the one asked for."""
        return self.fleet.config

    @property
    def variants(self) -> list[Variant]:
        """Production variants of the fleet in force."""
        return self.fleet.variants

    @property
    def concurrency(self) -> int:
        """What it takes of the account's total: MaxConcurrency, the larger one while that changes; 0 of instances."""
        desired = [one.desired_serverless.get("MaxConcurrency", 0) for one in self.variants]
        current = [one.serverless.get("MaxConcurrency", 0) for one in self.variants]
        return max([*desired, *current, concurrency_of(self.pending.request) if self.pending else 0], default=0)

    def stop(self) -> None:
        """End all containers."""
        for fleet in (self.fleet, self.green):
            if fleet:
                fleet.stop()


def shown_variant(variant: Variant) -> dict[str, Any]:
    """One of ProductionVariants."""
    shown: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [
            {
                "SpecifiedImage": variant.image,
                "ResolvedImage": variant.image,
                "ResolutionTime": variant.resolved,
            }
        ],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.desired_weight,
    }
    if variant.serverless:
        return shown | {
            "CurrentServerlessConfig": variant.serverless,
            "DesiredServerlessConfig": variant.desired_serverless,
        }
    return shown | {"CurrentInstanceCount": variant.count, "DesiredInstanceCount": variant.desired_count}


def shown_scaling(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint whose instance counts change, as the deployment event has it."""
    shown = [
        shown_variant(one)
        | ({"VariantStatus": scaling_status(one.count, one.desired_count, endpoint.modified)} if one.scaling else {})
        for one in endpoint.variants
    ]
    return shown_endpoint(endpoint) | {"ProductionVariants": shown}


def shown_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """As DescribeEndpoint and the events of an endpoint have it."""
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config,
        "ProductionVariants": [shown_variant(variant) for variant in endpoint.variants] or None,
        "ShadowProductionVariants": [shown_variant(variant) for variant in endpoint.fleet.shadows] or None,
        "DataCaptureConfig": _shown_capture(endpoint.fleet.capture),
        "EndpointStatus": endpoint.status,
        "FailureReason": endpoint.reason or None,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
        "Tags": endpoint.tags,  # of the events alone
        "LastDeploymentConfig": endpoint.deployment or None,
        "PendingDeploymentSummary": shown_pending(endpoint.pending) if endpoint.pending else None,
    }


def _shown_capture(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """DataCaptureConfig, None where there is none."""
    if not config:
        return None
    return {
        "EnableCapture": config.get("EnableCapture", False),
        "CaptureStatus": "Started" if config.get("EnableCapture") else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
