"""Model Monitor: schedules and their executions (reference 3.7 to 3.11).

New customers cannot create any since July 2026, and no more can they here unless the setting says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from localaws.errors import AwsError, NotEmulated
from localaws.sagemaker.analysis import Analysis, Finding, publish
from localaws.sagemaker.endpoints import Endpoints
from localaws.sagemaker.job import Job
from localaws.sagemaker.jobdefinitions import JobDefinitions
from localaws.sagemaker.jobs import Jobs
from localaws.sagemaker.monitored import (
    KINDS,
    PENDING,
    SCHEDULED,
    STOPPED,
    Definition,
    Execution,
    Schedule,
    fits,
    shown_execution,
    shown_schedule,
)
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import in_use, invalid, resource_not_found
from localaws.sagemaker.windows import NOW, after, check_times, window
from localaws.world import World


class Monitoring:
    """Operations on schedules and executions."""

    def __init__(
        self, world: World, names: Names, definitions: JobDefinitions, jobs: Jobs, endpoints: Endpoints
    ) -> None:
        self._world, self._names, self._definitions = world, names, definitions
        self._jobs, self._endpoints = jobs, endpoints
        self.schedules: dict[str, Schedule] = {}

    def finds(self, schedule: str, finding: Finding) -> None:
        """What the analyzer finds the next time that a schedule runs; several wait for each other."""
        with self._world.lock:
            self._found({"MonitoringScheduleName": schedule}).findings.append(finding)
            self._world.journal.note("sagemaker", "")
            self._world.keep()

    def create_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateMonitoringSchedule: Pending, and Scheduled after a while."""
        self._definitions.open()
        name, now = request["MonitoringScheduleName"], self._world.now()
        arn = self._names.arn("monitoring-schedule", name.lower())
        if name in self.schedules:
            raise in_use(f"Monitoring schedule names must be unique within an AWS account and region ({arn})")
        config = request["MonitoringScheduleConfig"]
        endpoint = self._checked(config)
        made = Schedule(name=name, arn=arn, config=config, endpoint=endpoint, created=now, modified=now)
        self.schedules[name] = made
        self._become(made, SCHEDULED)
        return {"MonitoringScheduleArn": arn}

    def update_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateMonitoringSchedule."""
        found = self._ready(request)
        config = request["MonitoringScheduleConfig"]
        found.endpoint, found.config = self._checked(config), config
        self._become(found, SCHEDULED)
        return {"MonitoringScheduleArn": found.arn}

    def start_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """StartMonitoringSchedule of one that was stopped."""
        self._become(self._ready(request), SCHEDULED)
        return {}

    def stop_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopMonitoringSchedule; a job that runs goes on."""
        self._become(self._ready(request), STOPPED)
        return {}

    def delete_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteMonitoringSchedule, with what is known of its executions."""
        del self.schedules[self._ready(request).name]
        return {}

    def describe_monitoring_schedule(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeMonitoringSchedule, with its last execution."""
        found = self._found(request)
        last = {"LastMonitoringExecutionSummary": shown_execution(found.executions[-1])} if found.executions else {}
        return shown_schedule(found) | {"MonitoringScheduleConfig": found.config} | last

    def list_monitoring_schedules(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListMonitoringSchedules."""
        found = [one for one in self.schedules.values() if fits(one.endpoint, one.config, request)]
        return page(ordered(within(found, request), request), request, shown_schedule, "MonitoringScheduleSummaries")

    def list_monitoring_executions(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListMonitoringExecutions."""
        wanted = request.get("MonitoringScheduleName")
        found = [
            execution
            for one in self.schedules.values()
            for execution in one.executions
            if wanted in (None, one.name) and fits(one.endpoint, one.config, request)
        ]
        return page(ordered(within(found, request), request), request, shown_execution, "MonitoringExecutionSummaries")

    def _checked(self, config: dict[str, Any]) -> str:
        """The endpoint that a schedule watches; ValidationException for what Model Monitor does not take."""
        kind = config.get("MonitoringType", "")
        if kind not in KINDS or "MonitoringJobDefinition" in config:
            raise NotEmulated(f"a monitoring schedule but of {' or '.join(KINDS)} by MonitoringJobDefinitionName")
        definition = self._definitions.find(kind, config.get("MonitoringJobDefinitionName", ""))
        check_times(config, kind, definition.longest)
        endpoint = str(definition.input["EndpointName"])
        self._endpoints.describe_endpoint({"EndpointName": endpoint})
        return endpoint

    def _become(self, one: Schedule, status: str) -> None:
        one.status, one.modified, one.turn = PENDING, self._world.now(), one.turn + 1
        self._world.later(
            self._world.lifecycle.monitoring_schedule, partial(self._settle, one.name, one.turn, status), one.name
        )

    def _settle(self, name: str, turn: int, status: str) -> None:
        one = self.schedules.get(name)
        if one and one.turn == turn:
            one.status, one.modified = status, self._world.now()
            if status == SCHEDULED:
                self._plan(one, one.modified)

    def _plan(self, one: Schedule, moment: datetime) -> None:
        """The next run: some minutes after its hour, as on AWS up to twenty."""
        expression = one.config["ScheduleConfig"]["ScheduleExpression"]
        scheduled = moment if expression == NOW else after(expression, moment)
        late = timedelta(seconds=self._world.lifecycle.monitoring_delay)
        self._world.at(scheduled + late, partial(self._fire, one.name, one.turn, scheduled), f"monitor {one.name}")

    def _fire(self, name: str, turn: int, scheduled: datetime) -> None:
        one = self.schedules.get(name)
        if one is None or one.turn != turn:
            return
        if one.config["ScheduleConfig"]["ScheduleExpression"] != NOW:
            self._plan(one, scheduled)
        now, given = self._world.now(), one.config["MonitoringJobDefinitionName"]
        execution = Execution(
            schedule=name,
            scheduled=scheduled,
            created=now,
            modified=now,
            endpoint=one.endpoint,
            definition=given,
            kind=one.kind,
        )
        one.executions.append(execution)
        definition = self._definitions.definitions.get(f"{one.kind}:{given}")
        if definition is None:
            execution.status, execution.reason = "Failed", f"Could not find job definition {given}."
            return
        request, task = self._job(one, definition, scheduled)
        try:
            execution.job = self._jobs.analyse(request, task, partial(self._over, execution, task)).arn
        except AwsError as error:
            execution.status, execution.reason = "Failed", f"ClientError: {error.message}"

    def _job(self, one: Schedule, definition: Definition, scheduled: datetime) -> tuple[dict[str, Any], Analysis]:
        """The processing job of an execution (reference 3.12)."""
        given, kind = definition.request, definition.kind
        start, end = window(one.config, definition.input, scheduled)
        application = given[f"{kind}AppSpecification"]
        target = given[f"{kind}JobOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
        report = f"{target['S3Uri'].rstrip('/')}/{one.endpoint}/{one.name}/{scheduled:%Y/%m/%d/%H}"
        captured = self._captured(one.endpoint)
        environment = {
            **(application.get("Environment") or {}),
            **_baselines(given.get(f"{kind}BaselineConfig") or {}),
            "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
            "sagemaker_endpoint_name": one.endpoint,
            "sagemaker_monitoring_schedule_name": one.name,
            "start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "end_time": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        }
        request = {
            "ProcessingJobName": f"model-monitoring-{scheduled:%Y%m%d%H%M}-{self._names.fresh(24)}",
            "ProcessingResources": given["JobResources"],
            "StoppingCondition": {"MaxRuntimeInSeconds": definition.longest},
            "AppSpecification": {"ImageUri": application["ImageUri"]},
            "Environment": environment,
            "RoleArn": given["RoleArn"],
            "MonitoringScheduleArn": one.arn,
        }
        task = Analysis(
            schedule=one.name,
            endpoint=one.endpoint,
            kind=kind,
            start=start,
            end=end,
            captured=f"{captured.rstrip('/')}/{one.endpoint}",
            report=report,
            publishes=environment.get("publish_cloudwatch_metrics") == "Enabled",
            finding=one.findings.pop(0) if one.findings else None,
            given=_given(given, kind),
        )
        return request, task

    def _captured(self, endpoint: str) -> str:
        found = self._endpoints.endpoints.get(endpoint)
        return str(found.fleet.capture.get("DestinationS3Uri", "s3://none")) if found else "s3://none"

    def _over(self, execution: Execution, task: Analysis, job: Job) -> None:
        violated = job.message.startswith("CompletedWithViolations")
        execution.status = "CompletedWithViolations" if violated and job.status == "Completed" else job.status
        execution.reason, execution.modified = job.reason, self._world.now()
        if job.status == "Completed":
            publish(self._world, task)

    def _found(self, request: dict[str, Any]) -> Schedule:
        name = request["MonitoringScheduleName"]
        if name not in self.schedules:
            raise resource_not_found(f"Monitoring Schedule {self._names.arn('monitoring-schedule', name)} not found")
        return self.schedules[name]

    def _ready(self, request: dict[str, Any]) -> Schedule:
        found = self._found(request)
        if found.status == PENDING:
            raise invalid(f"Can't perform operation on a Monitoring schedule in status {PENDING}: {found.arn}")
        return found


def _given(definition: dict[str, Any], kind: str) -> tuple[str, ...]:
    """What `analyzer.py` needs: script, constraints and statistics; nothing where one is lacking."""
    script = definition[f"{kind}AppSpecification"].get("RecordPreprocessorSourceUri", "")
    baseline = definition.get(f"{kind}BaselineConfig") or {}
    files = (baseline.get(f"{name}Resource", {}).get("S3Uri", "") for name in ("Constraints", "Statistics"))
    found = (script, *files)
    return found if kind == "DataQuality" and all(found) else ()


def _baselines(config: dict[str, Any]) -> dict[str, str]:
    """Where the analyzer finds the baseline that its definition names (reference 3.12)."""
    folder = "/opt/ml/processing/baseline"
    files = {
        "baseline_constraints": ("ConstraintsResource", "constraints/constraints.json"),
        "baseline_statistics": ("StatisticsResource", "stats/statistics.json"),
    }
    return {name: f"{folder}/{path}" for name, (resource, path) in files.items() if resource in config}
