"""Pipelines and their executions: what is kept of them, and the operations on them (reference 6.1)."""

from __future__ import annotations

from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.definition import parsed
from localaws.sagemaker.executions import OVER, Execution, Pipeline, StepRun
from localaws.sagemaker.expressions import text
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.parameters import values_of
from localaws.sagemaker.refusals import conflict, invalid, resource_not_found
from localaws.sagemaker.roles import check_role
from localaws.world import World


class Pipelines:
    """Operations on pipelines and executions; `begin` and `stop` are the executor's."""

    def __init__(self, world: World, names: Names, executor: Any) -> None:
        self._world, self._names, self._executor = world, names, executor
        self.pipelines: dict[str, Pipeline] = {}
        self.executions: dict[str, Execution] = {}

    def create_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreatePipeline; the same token again gives the same pipeline."""
        name = request["PipelineName"]
        known = self.pipelines.get(name)
        if known and known.token == request["ClientRequestToken"]:
            return {"PipelineArn": known.arn}
        arn = self._names.arn("pipeline", name)
        if known:
            raise invalid(f"Pipeline names must be unique within an AWS account and region: {name} already exists.")
        check_role(self._world, request["RoleArn"], arn)
        now = self._world.now()
        self.pipelines[name] = Pipeline(
            name=name,
            arn=arn,
            text=_text(request),
            definition=parsed(_text(request)),
            role=request["RoleArn"],
            created=now,
            modified=now,
            display=request.get("PipelineDisplayName", name),
            description=request.get("PipelineDescription", ""),
            token=request["ClientRequestToken"],
        )
        return {"PipelineArn": arn}

    def update_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdatePipeline; executions under way keep the definition that they began with."""
        found = self._pipeline(request["PipelineName"])
        check_role(self._world, request.get("RoleArn", found.role), found.arn)
        if "PipelineDefinition" in request:
            found.definition, found.text = parsed(_text(request)), _text(request)
        found.role = request.get("RoleArn", found.role)
        found.display = request.get("PipelineDisplayName", found.display)
        found.description = request.get("PipelineDescription", found.description)
        found.modified = self._world.now()
        return {"PipelineArn": found.arn}

    def describe_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribePipeline."""
        found = self._pipeline(request["PipelineName"])
        return _summary(found) | {
            "PipelineDefinition": found.text,
            "PipelineStatus": "Active",
            "LastRunTime": found.last_run,
        }

    def list_pipelines(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelines."""
        prefix = request.get("PipelineNamePrefix", "")
        found = [p for p in within(list(self.pipelines.values()), request) if p.name.startswith(prefix)]
        return page(ordered(found, request), request, _summary, "PipelineSummaries")

    def delete_pipeline(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeletePipeline; its executions can still be described."""
        found = self._pipeline(request["PipelineName"])
        del self.pipelines[found.name]
        return {"PipelineArn": found.arn}

    def start_pipeline_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """StartPipelineExecution; the same token gives the same execution, however often it is asked for."""
        if "RoleArn" in request:
            raise invalid("RoleArn can be given for pipelines that AWS manages alone.")
        pipeline = self._pipeline(request["PipelineName"])
        token = request["ClientRequestToken"]
        for known in self.executions.values():
            if known.token == token and known.pipeline.name == pipeline.name:
                if known.given != request.get("PipelineParameters", []):
                    raise conflict("The same ClientRequestToken was used with other parameters.")
                return {"PipelineExecutionArn": known.arn}
        execution = self._execution(pipeline, request)
        self.executions[execution.arn] = execution
        pipeline.last_run = execution.created
        self._executor.begin(execution)
        return {"PipelineExecutionArn": execution.arn}

    def _execution(self, pipeline: Pipeline, request: dict[str, Any]) -> Execution:
        identifier = self._names.fresh(12)
        given = request.get("PipelineParameters", [])
        return Execution(
            arn=f"{pipeline.arn}/execution/{identifier}",
            id=identifier,
            pipeline=pipeline,
            role=pipeline.role,
            definition=pipeline.definition,
            text=pipeline.text,
            parameters=values_of(pipeline.definition, given),
            given=given,
            created=self._world.now(),
            display=request.get("PipelineExecutionDisplayName", f"execution-{self._names.fresh(8)}"),
            description=request.get("PipelineExecutionDescription", ""),
            token=request["ClientRequestToken"],
        )

    def describe_pipeline_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribePipelineExecution."""
        found = self._found(request)
        return _run(found) | {
            "PipelineArn": found.pipeline.arn,
            "PipelineExecutionDescription": found.description or None,
            "FailureReason": found.reason or None,
            "CreationTime": found.created,
            "LastModifiedTime": found.modified or found.created,
            "CreatedBy": {},
            "LastModifiedBy": {},
        }

    def list_pipeline_executions(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutions of one pipeline."""
        name = self._pipeline(request["PipelineName"]).name
        found = [e for e in self.executions.values() if e.pipeline.name == name]
        return page(ordered(within(found, request), request), request, _run, "PipelineExecutionSummaries")

    def list_pipeline_execution_steps(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineExecutionSteps, of those that have begun."""
        runs = list(self._found(request).runs.values())
        if request.get("SortOrder", "Descending") == "Descending":
            runs.reverse()
        return page(runs, request, step_summary, "PipelineExecutionSteps")

    def list_pipeline_parameters_for_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListPipelineParametersForExecution: given ones and defaults."""
        found = [{"Name": n, "Value": text(v)} for n, v in self._found(request).parameters.items()]
        return page(found, request, dict, "PipelineParameters")

    def describe_pipeline_definition_for_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribePipelineDefinitionForExecution."""
        found = self._found(request)
        return {"PipelineDefinition": found.text, "CreationTime": found.created}

    def stop_pipeline_execution(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopPipelineExecution, refused for one that is over."""
        found = self._found(request)
        if found.status in OVER:
            raise conflict(f"Only executions under way can be stopped; this one is {found.status}.")
        self._executor.stop(found)
        return {"PipelineExecutionArn": found.arn}

    def _pipeline(self, name: str) -> Pipeline:
        found = self.pipelines.get(name.rsplit("/", 1)[-1])
        if found is None:
            raise resource_not_found(f"Pipeline '{self._names.arn('pipeline', name)}' does not exist.")
        return found

    def _found(self, request: dict[str, Any]) -> Execution:
        arn = request["PipelineExecutionArn"]
        if arn not in self.executions:
            raise resource_not_found(f"Pipeline execution '{arn}' does not exist.")
        return self.executions[arn]


def step_summary(run: StepRun) -> dict[str, Any]:
    """A step as ListPipelineExecutionSteps shows it."""
    return {
        "StepName": run.step["Name"],
        "StartTime": run.started,
        "EndTime": run.ended,
        "StepStatus": run.status,
        "AttemptCount": run.attempts,
        "FailureReason": run.reason or None,
        "Metadata": run.metadata,
        "CacheHitResult": {"SourcePipelineExecutionArn": run.cache_hit} if run.cache_hit else None,
    }


def _text(request: dict[str, Any]) -> str:
    if "PipelineDefinition" not in request:
        raise NotEmulated("a pipeline without PipelineDefinition")
    return str(request["PipelineDefinition"])


def _summary(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "PipelineArn": pipeline.arn,
        "PipelineName": pipeline.name,
        "PipelineDisplayName": pipeline.display,
        "PipelineDescription": pipeline.description or None,
        "RoleArn": pipeline.role,
        "CreationTime": pipeline.created,
        "LastModifiedTime": pipeline.modified,
        "LastExecutionTime": pipeline.last_run,
    }


def _run(execution: Execution) -> dict[str, Any]:
    return {
        "PipelineExecutionArn": execution.arn,
        "PipelineExecutionStatus": execution.status,
        "PipelineExecutionDisplayName": execution.display,
        "PipelineExecutionFailureReason": execution.reason or None,
        "StartTime": execution.created,
    }
