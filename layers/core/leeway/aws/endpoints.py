"""An endpoint as DescribeEndpoint answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What DescribeEndpoint says: `status` as the API spells it, `config` the one in force, `weights` by variant.

    `counts` are instances by variant, of those that have any.

    `progress` is what SageMaker says of a deployment that is on its way.
    """

    name: str
    status: str
    config: str
    modified: datetime
    reason: str = ""
    serverless: bool = False
    weights: tuple[tuple[str, float], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    progress: str = ""

    @classmethod
    def of(cls, name: str, answer: Mapping[str, Any]) -> Endpoint:
        """Of the answer."""
        variants = answer.get("ProductionVariants", [])
        coming = answer.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
        told = [status.get("StatusMessage", "") for variant in coming for status in variant.get("VariantStatus", [])]
        return cls(
            name=name,
            status=answer["EndpointStatus"],
            config=answer["EndpointConfigName"],
            modified=answer["LastModifiedTime"],
            reason=answer.get("FailureReason", ""),
            serverless=any("CurrentServerlessConfig" in variant for variant in variants),
            weights=tuple((variant["VariantName"], variant.get("CurrentWeight", 0.0)) for variant in variants),
            counts=tuple(
                (variant["VariantName"], variant["CurrentInstanceCount"])
                for variant in variants
                if "CurrentInstanceCount" in variant
            ),
            progress=told[-1] if told else "",
        )
