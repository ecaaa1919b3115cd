"""Managed spot training: what a request must say, how long an attempt may take, what it costs (reference 8.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

DAY = 86_400
UNCHECKED_WAIT = 3_600  # longest wait of a built-in algorithm without checkpoints
ONLY_SPOT = "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true"
TOO_SHORT = "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
TOO_LONG = (
    f"Invalid MaxWaitTimeInSeconds. It must be less than or equal to {UNCHECKED_WAIT} for built-in algorithms"
    " without CheckpointConfig"
)
WARM_POOL = "KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining is set to true"


def is_spot(request: Mapping[str, Any]) -> bool:
    """Whether a training asks for spot instances."""
    return bool(request.get("EnableManagedSpotTraining"))


def spot_problem(request: Mapping[str, Any], *, built_in: bool) -> str:
    """What SageMaker has against the times of a request, "" for nothing."""
    wait = _condition(request).get("MaxWaitTimeInSeconds")
    if not is_spot(request):
        return ONLY_SPOT if wait is not None else ""
    if wait is None or wait < _longest(request):
        return TOO_SHORT
    if built_in and "CheckpointConfig" not in request and wait > UNCHECKED_WAIT:
        return TOO_LONG
    return WARM_POOL if (request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds") else ""


def time_left(request: Mapping[str, Any], created: datetime, ran: float, now: datetime) -> tuple[float, str]:
    """Seconds that a job may still run, and what their end is called; `ran` are those of attempts before."""
    runs = (_longest(request) - ran, "MaxRuntimeExceeded")
    return min(runs, (wait_left(request, created, now), "MaxWaitTimeExceeded"))


def wait_left(request: Mapping[str, Any], created: datetime, now: datetime) -> float:
    """Seconds until a spot job's time is over, whether it runs or waits."""
    return float(_condition(request).get("MaxWaitTimeInSeconds", math.inf)) - (now - created).total_seconds()


def times(request: Mapping[str, Any], elapsed: float | None, ran: float, price: float) -> dict[str, int | None]:
    """Training seconds, waiting for instances included, and billable ones: those that ran, at the price of spot."""
    if elapsed is None:
        return {"TrainingTimeInSeconds": None, "BillableTimeInSeconds": None}
    billable = ran * price if is_spot(request) else elapsed
    return {"TrainingTimeInSeconds": math.ceil(elapsed), "BillableTimeInSeconds": math.ceil(billable)}


def _condition(request: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = request.get("StoppingCondition") or {}
    return found


def _longest(request: Mapping[str, Any]) -> float:
    return float(_condition(request).get("MaxRuntimeInSeconds", DAY))
