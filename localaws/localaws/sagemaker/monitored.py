"""What is kept of Model Monitor's definitions, schedules and executions, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.sagemaker.analysis import Finding

KINDS = {"DataQuality": "data-quality-job-definition", "ModelQuality": "model-quality-job-definition"}
PENDING, SCHEDULED, STOPPED = "Pending", "Scheduled", "Stopped"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A job's definition, as it was asked for."""

    kind: str
    name: str
    arn: str
    request: dict[str, Any]
    created: datetime

    @property
    def input(self) -> dict[str, Any]:
        """EndpointInput."""
        found: dict[str, Any] = self.request[f"{self.kind}JobInput"].get("EndpointInput") or {}
        return found

    @property
    def longest(self) -> int:
        """MaxRuntimeInSeconds."""
        return int((self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", 3600))


@dataclass(kw_only=True)
class Execution:
    """One run of a schedule."""

    schedule: str
    scheduled: datetime
    created: datetime
    modified: datetime
    endpoint: str
    definition: str
    kind: str
    status: str = "InProgress"
    job: str = ""
    reason: str = ""


@dataclass(kw_only=True)
class Schedule:
    """One schedule; `turn` counts its changes, since firings planned before one no longer count."""

    name: str
    arn: str
    config: dict[str, Any]
    endpoint: str
    created: datetime
    modified: datetime
    status: str = PENDING
    turn: int = 0
    executions: list[Execution] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """MonitoringType."""
        return str(self.config["MonitoringType"])


def fits(endpoint: str, config: dict[str, Any], request: dict[str, Any]) -> bool:
    """Whether a list's filters leave a schedule, and so its executions."""
    return (
        request.get("EndpointName") in (None, endpoint)
        and request.get("MonitoringJobDefinitionName") in (None, config["MonitoringJobDefinitionName"])
        and request.get("MonitoringTypeEquals") in (None, config["MonitoringType"])
    )


def shown_definition(one: Definition) -> dict[str, Any]:
    """As lists have it."""
    return {
        "MonitoringJobDefinitionName": one.name,
        "MonitoringJobDefinitionArn": one.arn,
        "CreationTime": one.created,
        "EndpointName": one.input["EndpointName"],
    }


def shown_schedule(one: Schedule) -> dict[str, Any]:
    """As lists have it."""
    return {
        "MonitoringScheduleName": one.name,
        "MonitoringScheduleArn": one.arn,
        "CreationTime": one.created,
        "LastModifiedTime": one.modified,
        "MonitoringScheduleStatus": one.status,
        "EndpointName": one.endpoint,
        "MonitoringJobDefinitionName": one.config["MonitoringJobDefinitionName"],
        "MonitoringType": one.kind,
    }


def shown_execution(one: Execution) -> dict[str, Any]:
    """As lists have it."""
    return {
        "MonitoringScheduleName": one.schedule,
        "ScheduledTime": one.scheduled,
        "CreationTime": one.created,
        "LastModifiedTime": one.modified,
        "MonitoringExecutionStatus": one.status,
        "ProcessingJobArn": one.job or None,
        "EndpointName": one.endpoint,
        "FailureReason": one.reason or None,
        "MonitoringJobDefinitionName": one.definition,
        "MonitoringType": one.kind,
    }
