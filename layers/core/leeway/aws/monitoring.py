"""SageMaker Model Monitor, as far as Leeway uses it: schedules of data quality, their definitions and executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing

KIND = "DataQuality"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule as it is: `status` as the API spells it, `config` its MonitoringScheduleConfig."""

    name: str
    status: str
    config: Mapping[str, Any]

    @property
    def definition(self) -> str:
        """The name of its job definition."""
        return str(self.config.get("MonitoringJobDefinitionName", ""))


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One run of a schedule, over the hour before `scheduled`; `status` as the API spells it."""

    scheduled: datetime
    definition: str
    status: str
    reason: str = ""


class Monitoring:
    """Thin calls."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def schedule(self, name: str) -> Schedule | None:
        """A schedule, None where there is none."""
        try:
            with translated(f"SageMaker DescribeMonitoringSchedule {name}"):
                found = self._client.describe_monitoring_schedule(MonitoringScheduleName=name)
        except Missing:
            return None
        return Schedule(name=name, status=found["MonitoringScheduleStatus"], config=found["MonitoringScheduleConfig"])

    def put(self, name: str, config: Mapping[str, Any], *, create: bool) -> None:
        """Make a schedule, or change it."""
        verb = "Create" if create else "Update"
        put = self._client.create_monitoring_schedule if create else self._client.update_monitoring_schedule
        with translated(f"SageMaker {verb}MonitoringSchedule {name}"):
            put(MonitoringScheduleName=name, MonitoringScheduleConfig=dict(config))

    def delete(self, name: str) -> None:
        """Take a schedule away."""
        with translated(f"SageMaker DeleteMonitoringSchedule {name}"):
            self._client.delete_monitoring_schedule(MonitoringScheduleName=name)

    def has_definition(self, name: str) -> bool:
        """Whether there is a job definition of this name."""
        try:
            with translated(f"SageMaker DescribeDataQualityJobDefinition {name}"):
                self._client.describe_data_quality_job_definition(JobDefinitionName=name)
        except Missing:
            return False
        return True

    def define(self, request: Mapping[str, Any]) -> None:
        """Make a job definition."""
        with translated(f"SageMaker CreateDataQualityJobDefinition {request['JobDefinitionName']}"):
            self._client.create_data_quality_job_definition(**request)

    def definitions(self, endpoint: str) -> list[str]:
        """The job definitions of an endpoint, by name."""
        with translated(f"SageMaker ListDataQualityJobDefinitions {endpoint}"):
            pages = self._client.get_paginator("list_data_quality_job_definitions").paginate(EndpointName=endpoint)
            found = [one["MonitoringJobDefinitionName"] for page in pages for one in page["JobDefinitionSummaries"]]
        return sorted(found)

    def undefine(self, name: str) -> None:
        """Take a job definition away; one that is gone is as well."""
        try:
            with translated(f"SageMaker DeleteDataQualityJobDefinition {name}"):
                self._client.delete_data_quality_job_definition(JobDefinitionName=name)
        except Missing:
            return

    def executions(self, name: str, after: datetime) -> list[Execution]:
        """The executions of a schedule that were scheduled after a moment, the earliest first."""
        with translated(f"SageMaker ListMonitoringExecutions {name}"):
            pages = self._client.get_paginator("list_monitoring_executions").paginate(
                MonitoringScheduleName=name, ScheduledTimeAfter=after, SortBy="ScheduledTime", SortOrder="Ascending"
            )
            found = [one for page in pages for one in page["MonitoringExecutionSummaries"]]
        return [_execution(one) for one in found if one["ScheduledTime"] > after]


def _execution(found: Mapping[str, Any]) -> Execution:
    return Execution(
        scheduled=found["ScheduledTime"],
        definition=found.get("MonitoringJobDefinitionName", ""),
        status=found["MonitoringExecutionStatus"],
        reason=found.get("FailureReason", ""),
    )
