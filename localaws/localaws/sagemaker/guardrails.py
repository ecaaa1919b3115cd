"""Deployment guardrails: what a DeploymentConfig may ask for, and the stages by which traffic shifts (reference 5.3).

Sources: developer guide, "Deployment guardrails" and its pages; API: DeploymentConfig. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.refusals import invalid

Request = Mapping[str, Any]
Counts = Mapping[str, int]  # instances by variant
WAIT, TERMINATION = "WaitIntervalInSeconds", "TerminationWaitInSeconds"
# The size that a type of routing is given by, and its bounds in per cent of the new fleet.
SIZES = {"CANARY": ("CanarySize", 0, 50), "LINEAR": ("LinearStepSize", 10, 50)}
BATCH, BATCH_BACK = ("MaximumBatchSize", 5, 50), ("RollbackMaximumBatchSize", 5, 100)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step: the share of traffic on the new fleet, its instances that serve, and how long they are watched."""

    share: float
    active: Counts
    wait: float = 0.0
    member: str = TERMINATION  # that gave the wait
    canary: bool = False

    @property
    def message(self) -> str:
        """The StatusMessage of its baking; that of a canary is the reference's."""
        capacity = f"{'canary ' if self.canary else ''}capacity of {sum(self.active.values())} instance(s)"
        return f"Baking for {self.wait:g} seconds ({self.member}) with traffic enabled on {capacity}."


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a deployment goes: its stages, the shares of traffic on the way back, its limit of time and its alarms."""

    stages: Sequence[Stage]
    back: Sequence[float] = (0.0,)
    rolling: bool = False
    timeout: float | None = None
    alarms: frozenset[str] = frozenset()


def plan_of(config: Request, counts: Counts) -> Plan:
    """The plan of a checked configuration; without a policy all of the traffic shifts at once."""
    alarms = frozenset(alarm["AlarmName"] for alarm in config.get("AutoRollbackConfiguration", {}).get("Alarms", ()))
    if "RollingUpdatePolicy" in config:
        return replace(_rolling(config["RollingUpdatePolicy"], counts), alarms=alarms)
    policy = config.get("BlueGreenUpdatePolicy", {})
    last = Stage(share=1.0, active=counts, wait=policy.get(TERMINATION, 0))
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    stages = [] if routing["Type"] == "ALL_AT_ONCE" else _steps(routing, counts)
    return Plan(stages=[*stages, last], timeout=policy.get("MaximumExecutionTimeoutInSeconds"), alarms=alarms)


def _steps(routing: Request, counts: Counts) -> list[Stage]:
    """The first of two steps of a canary, and all but the last of a linear shift."""
    size, canary = routing[SIZES[routing["Type"]][0]], routing["Type"] == "CANARY"
    shares = _shares(size, counts)[:1] if canary else _shares(size, counts)
    wait = routing[WAIT]
    return [
        Stage(
            share=share, active=_active(share, counts), wait=wait, member=TERMINATION if canary else WAIT, canary=canary
        )
        for share in shares
    ]


def _rolling(policy: Request, counts: Counts) -> Plan:
    """Each batch is watched, the last too; what goes back goes at once unless a batch of its own is given."""
    shares = [*_shares(policy["MaximumBatchSize"], counts), 1.0]
    size = policy.get("RollbackMaximumBatchSize", {"Type": "CAPACITY_PERCENT", "Value": 100})
    stages = [Stage(share=one, active=_active(one, counts), wait=policy[WAIT], member=WAIT) for one in shares]
    back = [*(1.0 - share for share in _shares(size, counts)), 0.0]
    return Plan(stages=stages, back=back, rolling=True, timeout=policy.get("MaximumExecutionTimeoutInSeconds"))


def _shares(size: Request, counts: Counts) -> list[float]:
    """One step, two steps and so on, as shares below the whole."""
    step = size["Value"] / 100 if size["Type"] == "CAPACITY_PERCENT" else size["Value"] / min(counts.values())
    return [step * number for number in range(1, math.ceil(1 / step - 1e-9))]


def _active(share: float, counts: Counts) -> Counts:
    """Whole instances, of each variant."""
    return {name: math.ceil(share * count - 1e-9) for name, count in counts.items()}


def check_config(config: Request, counts: Counts) -> None:
    """Refuse what the service's model does not: sizes by the fleet, and what goes together."""
    if {"BlueGreenUpdatePolicy", "RollingUpdatePolicy"} <= config.keys():
        raise invalid("Only one update policy can be specified in the deployment configuration.")
    if "RollingUpdatePolicy" in config:
        policy = config["RollingUpdatePolicy"]
        for bounds in (BATCH, BATCH_BACK):
            _check_size(policy.get(bounds[0]), bounds, counts)
    routing = config.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    for kind, bounds in SIZES.items():
        if (kind == routing["Type"]) != (bounds[0] in routing):
            what = "needs" if kind == routing["Type"] else "cannot have"
            raise invalid(f"TrafficRoutingConfiguration of Type {routing['Type']} {what} {bounds[0]}.")
        _check_size(routing.get(bounds[0]), bounds, counts)


def _check_size(size: Request | None, bounds: tuple[str, int, int], counts: Counts) -> None:
    """Of every variant's instances where it counts them, and counts are known."""
    if size is None:
        return
    name, least, most = bounds
    wholes = [100] if size["Type"] == "CAPACITY_PERCENT" else counts.values()
    if any(not least <= size["Value"] / whole * 100 <= most for whole in wholes):
        wanted = f"between {least}% and {most}%" if least else f"less than or equal to {most}%"
        raise invalid(f"{name} must be {wanted} of the variant's total instance count.")


def check_deployment(config: Request, old: Request, new: Request) -> None:
    """Refuse a deployment configuration between these endpoint configurations ("Exclusions" of the guide)."""
    variants = new["ProductionVariants"]
    if any("ServerlessConfig" in one for one in (*variants, *old["ProductionVariants"])):
        raise invalid("Deployment guardrails are not supported for serverless endpoints.")
    if new.get("ShadowProductionVariants") or old.get("ShadowProductionVariants"):
        raise NotEmulated("DeploymentConfig between configurations with shadow variants")
    if {one["VariantName"] for one in variants} != {one["VariantName"] for one in old["ProductionVariants"]}:
        raise invalid(
            "A deployment configuration needs the same variant names in the new endpoint configuration as in the old"
            " one."
        )
    if "RollingUpdatePolicy" in config and len(variants) > 1:
        raise invalid("RollingUpdatePolicy is not supported for endpoints with multiple variants.")
