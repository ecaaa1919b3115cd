"""What an endpoint shows and tells while new variants are made for it: PendingDeploymentSummary and its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localaws.sagemaker.guardrails import Plan, Stage

CREATING = "Creating the instances of the new fleet."
ACTIVATING = "Activating traffic on the new fleet."


@dataclass(kw_only=True)
class Pending:
    """A deployment under way: the configuration that was asked for, and how far it is."""

    config: str
    request: Mapping[str, Any]  # the configuration itself
    kept: Mapping[str, Mapping[str, Any]]  # weights and counts that are carried over
    plan: Plan
    begun: datetime
    since: datetime
    status: str = "Creating"
    message: str = CREATING
    stage: Stage | None = None
    turn: int = 0  # grows with each move: what was planned before one is void after it
    trouble: str = ""  # why it goes back, or will as soon as it can

    def move(self, status: str, message: str, now: datetime) -> None:
        """Come to the next status."""
        self.status, self.message, self.since, self.turn = status, message, now, self.turn + 1


def counts_of(request: Mapping[str, Any], kept: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Instances of each production variant of a configuration; a serverless one has none."""
    return {
        one["VariantName"]: kept.get(one["VariantName"], {}).get("DesiredInstanceCount", one["InitialInstanceCount"])
        for one in request["ProductionVariants"]
        if "ServerlessConfig" not in one
    }


def concurrency_of(request: Mapping[str, Any]) -> int:
    """MaxConcurrency of a configuration's serverless variant, 0 where it has none."""
    return sum(one.get("ServerlessConfig", {}).get("MaxConcurrency", 0) for one in request["ProductionVariants"])


def shown_pending(pending: Pending) -> dict[str, Any]:
    """PendingDeploymentSummary: the new fleet, with the instances that serve by now."""
    shown = {
        "EndpointConfigName": pending.config,
        "StartTime": pending.begun,
        "ProductionVariants": _all(pending, pending.request["ProductionVariants"]),
    }
    shadows = pending.request.get("ShadowProductionVariants")
    return shown | ({"ShadowProductionVariants": _all(pending, shadows)} if shadows else {})


def _all(pending: Pending, variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_shown(pending, variant) for variant in variants]


def _shown(pending: Pending, variant: Mapping[str, Any]) -> dict[str, Any]:
    name = variant["VariantName"]
    kept = pending.kept.get(name, {})
    weight = kept.get("DesiredWeight", variant.get("InitialVariantWeight", 1.0))
    status = {"Status": pending.status, "StatusMessage": pending.message, "StartTime": pending.since}
    shown = {"VariantName": name, "CurrentWeight": weight, "DesiredWeight": weight}
    shown |= {"VariantStatus": [status]}
    if "ServerlessConfig" in variant:
        return shown | {"DesiredServerlessConfig": variant["ServerlessConfig"]}
    count = kept.get("DesiredInstanceCount", variant["InitialInstanceCount"])
    return shown | {
        "CurrentInstanceCount": pending.stage.active.get(name, count) if pending.stage else 0,
        "DesiredInstanceCount": count,
        "InstanceType": variant["InstanceType"],
    }


def scaling_status(before: int, after: int, now: datetime) -> list[dict[str, Any]]:
    """VariantStatus of a variant whose count changes."""
    way = "out" if after > before else "in"
    message = f"Scaling {way} desired instance count to {after}."
    return [{"Status": "Updating", "StatusMessage": message, "StartTime": now}]
