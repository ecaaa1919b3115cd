"""What an endpoint shows and tells while new variants are made for it: PendingDeploymentSummary and its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MESSAGES = {
    "Creating": "Creating the instances of the new fleet.",
    "ActivatingTraffic": "Activating traffic on the new fleet.",
}


@dataclass(kw_only=True)
class Pending:
    """A deployment under way: the configuration that was asked for, and how far it is."""

    config: str
    variants: Sequence[Mapping[str, Any]]  # of the configuration
    kept: Mapping[str, Mapping[str, Any]]  # weights and counts that are carried over
    begun: datetime
    status: str = "Creating"
    since: datetime

    def move(self, status: str, now: datetime) -> None:
        """Come to the next status."""
        self.status, self.since = status, now


def shown_pending(pending: Pending) -> dict[str, Any]:
    """PendingDeploymentSummary: the new fleet, whose instances are there when traffic is activated."""
    return {
        "EndpointConfigName": pending.config,
        "StartTime": pending.begun,
        "ProductionVariants": [_shown(pending, variant) for variant in pending.variants],
    }


def _shown(pending: Pending, variant: Mapping[str, Any]) -> dict[str, Any]:
    kept = pending.kept.get(variant["VariantName"], {})
    weight = kept.get("DesiredWeight", variant.get("InitialVariantWeight", 1.0))
    status = {"Status": pending.status, "StatusMessage": MESSAGES[pending.status], "StartTime": pending.since}
    shown = {"VariantName": variant["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight}
    shown |= {"VariantStatus": [status]}
    if "ServerlessConfig" in variant:
        return shown | {"DesiredServerlessConfig": variant["ServerlessConfig"]}
    count = kept.get("DesiredInstanceCount", variant["InitialInstanceCount"])
    there = 0 if pending.status == "Creating" else count
    return shown | {
        "CurrentInstanceCount": there,
        "DesiredInstanceCount": count,
        "InstanceType": variant["InstanceType"],
    }


def scaling_status(before: int, after: int, now: datetime) -> list[dict[str, Any]]:
    """VariantStatus of a variant whose count changes."""
    way = "out" if after > before else "in"
    message = f"Scaling {way} desired instance count to {after}."
    return [{"Status": "Updating", "StatusMessage": message, "StartTime": now}]
