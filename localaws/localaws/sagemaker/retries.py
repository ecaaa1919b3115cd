"""RetryPolicies of a pipeline's steps: which failures are tried again, and when (reference 6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ALWAYS = ("Step.SERVICE_FAULT", "Step.THROTTLING")  # tried again without a policy too
EXCEPTIONS = (*ALWAYS, "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT")
RETRYABLE = ("Processing", "Training", "Tuning", "RegisterModel")  # of the kinds of steps that there are
BY_CODE = {
    "InternalFailure": "Step.SERVICE_FAULT",
    "ThrottlingException": "Step.THROTTLING",
    "ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT",
}
DEFAULTS = {"IntervalSeconds": 1, "BackoffRate": 2.0}
ATTEMPTS = 5
MOST = {"IntervalSeconds": 43_200, "MaxAttempts": 20, "ExpireAfterMin": 14_400}


def pause_before(step: Mapping[str, Any], exception: str, retries: int, elapsed: float) -> float | None:
    """Seconds until the next attempt of a step, None where there is none; `elapsed` since the step began."""
    policy = _policy(step, exception)
    if policy is None:
        return None
    given = DEFAULTS | dict(policy)
    pause = float(given["IntervalSeconds"] * given["BackoffRate"] ** retries)
    if "ExpireAfterMin" in given:
        return pause if elapsed + pause <= given["ExpireAfterMin"] * 60 else None
    return pause if retries < given.get("MaxAttempts", ATTEMPTS) else None


def _policy(step: Mapping[str, Any], exception: str) -> Mapping[str, Any] | None:
    for policy in step.get("RetryPolicies") or []:
        if exception in policy["ExceptionType"]:
            found: Mapping[str, Any] = policy
            return found
    return {} if exception in ALWAYS and step["Type"] in RETRYABLE else None


def policy_problems(step: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the policies of a step."""
    policies = step.get("RetryPolicies") or []
    if policies and step.get("Type") not in RETRYABLE:
        yield f"steps of type {step.get('Type')} have no RetryPolicies"
    for policy in policies:
        kinds = policy.get("ExceptionType")
        if not isinstance(kinds, list) or not kinds or set(kinds) - set(EXCEPTIONS):
            yield f"ExceptionType of a RetryPolicy must be a list of {', '.join(EXCEPTIONS)}"
        if "MaxAttempts" in policy and "ExpireAfterMin" in policy:
            yield "a RetryPolicy has MaxAttempts or ExpireAfterMin, not both"
        yield from (f"{n} of a RetryPolicy is at most {most}" for n, most in MOST.items() if policy.get(n, 0) > most)
