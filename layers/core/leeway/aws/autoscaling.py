"""Application Auto Scaling: how many instances a variant of an endpoint may have, and by what it is scaled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
POLICY = "leeway-invocations"
METRIC = "SageMakerVariantInvocationsPerInstance"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """At least and at most so many instances; `invocations` a minute that each should have, 0 without a policy."""

    least: int
    most: int
    invocations: int


class Autoscaling:
    """Thin calls about the variants of an endpoint, each of which is a scalable target or is not."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def bounds(self, endpoint: str, variants: Collection[str]) -> dict[str, Bounds]:
        """What is registered of these variants, by variant."""
        places = {self._where(endpoint, variant)["ResourceId"]: variant for variant in sorted(variants)}
        with translated(f"Application Auto Scaling DescribeScalableTargets {endpoint}"):
            found = self._client.describe_scalable_targets(
                ServiceNamespace="sagemaker", ResourceIds=list(places), ScalableDimension=DIMENSION
            )["ScalableTargets"]
        return {places[target["ResourceId"]]: self._bounds(endpoint, target) for target in found}

    def _bounds(self, endpoint: str, target: Mapping[str, Any]) -> Bounds:
        where = {name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
        with translated(f"Application Auto Scaling DescribeScalingPolicies {endpoint}"):
            policies = self._client.describe_scaling_policies(PolicyNames=[POLICY], **where)["ScalingPolicies"]
        values = [policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for policy in policies]
        return Bounds(
            least=target["MinCapacity"], most=target["MaxCapacity"], invocations=int(values[0]) if values else 0
        )

    def register(self, endpoint: str, variant: str, bounds: Bounds) -> None:
        """Register the variant, or change its bounds, with the policy that scales it; twice is the same as once."""
        where = self._where(endpoint, variant)
        with translated(f"Application Auto Scaling RegisterScalableTarget {endpoint}"):
            self._client.register_scalable_target(MinCapacity=bounds.least, MaxCapacity=bounds.most, **where)
        with translated(f"Application Auto Scaling PutScalingPolicy {endpoint}"):
            self._client.put_scaling_policy(
                PolicyName=POLICY,
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": float(bounds.invocations),
                    "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
                },
                **where,
            )

    def deregister(self, endpoint: str, variant: str) -> None:
        """Deregister the variant with its policies; what is not registered is no error."""
        try:
            with translated(f"Application Auto Scaling DeregisterScalableTarget {endpoint}"):
                self._client.deregister_scalable_target(**self._where(endpoint, variant))
        except Missing:
            return

    @staticmethod
    def _where(endpoint: str, variant: str) -> dict[str, str]:
        return {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
            "ScalableDimension": DIMENSION,
        }
