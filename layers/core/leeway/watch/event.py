"""SageMaker's events of pipelines and endpoints: hints about what to look at, best effort, in several casings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leeway import keys
from leeway.errors import Rejected

PIPELINE = "SageMaker Model Building Pipeline Execution Status Change"
ENDPOINTS = ("SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change")


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A resource that changed, and the machine that is concerned with its kind."""

    machine: str
    resource: str


def parse(event: Any, *, account: str) -> Changed:
    """The pipeline or endpoint that an event names; its status is read from SageMaker and not from here.

    Raises Rejected for anything else: rules can be pointed here by mistake, and events can be forged.
    """
    if not isinstance(event, Mapping) or event.get("source") != "aws.sagemaker":
        raise Rejected("not an event of SageMaker")
    if event.get("account") != account:
        raise Rejected("an event of another account")
    detail = _folded(event.get("detail"))
    if event.get("detail-type") == PIPELINE:
        return Changed(machine=keys.RETRAINER, resource=_pipeline(detail))
    if event.get("detail-type") in ENDPOINTS:
        return Changed(machine=keys.ROLLOUT, resource=_text(detail, "endpointname"))
    raise Rejected("an event of SageMaker that concerns nobody here")


def _pipeline(detail: Mapping[str, Any]) -> str:
    """Name in `arn:aws:sagemaker:<region>:<account>:pipeline/<name>`, which SageMaker writes in lower case."""
    return _text(detail, "pipelinearn").rpartition(":pipeline/")[2].partition("/")[0]


def _folded(detail: Any) -> dict[str, Any]:
    """Keys in lower case: pipelines write camelCase, endpoints PascalCase."""
    return {str(key).lower(): value for key, value in detail.items()} if isinstance(detail, Mapping) else {}


def _text(detail: Mapping[str, Any], key: str) -> str:
    value = detail.get(key)
    if not isinstance(value, str) or not value:
        raise Rejected(f"an event without {key}")
    return value
