"""Carries out an execution: begins the steps whose turn has come, and ends it when none is left."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from localaws.errors import AwsError, LocalAwsError
from localaws.sagemaker import events
from localaws.sagemaker.conditions import holds
from localaws.sagemaker.definition import depends_on
from localaws.sagemaker.executions import Execution, StepRun
from localaws.sagemaker.expressions import Unresolved, follow, resolve, steps_named
from localaws.sagemaker.job import Job
from localaws.sagemaker.jobs import Jobs
from localaws.sagemaker.names import Names
from localaws.sagemaker.registry import Registry
from localaws.sagemaker.shapes import checked
from localaws.world import World

ENDS = {
    "Succeeded": {"Succeeded"},
    "Failed": {"Failed"},
    "Stopped": {"Stopped"},
    "Any": {"Succeeded", "Failed", "Stopped"},
}
# What SageMaker's step cache compares (reference 6.3): URIs, never what lies behind them.
CACHE_KEYS = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": ("AlgorithmSpecification", "CheckpointConfig", "Environment", "HyperParameters", "InputDataConfig"),
}
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class Executor:
    """Runs on the pump; jobs run beside it."""

    def __init__(self, world: World, names: Names, jobs: Jobs, registry: Registry) -> None:
        self._world, self._names, self._jobs, self._registry = world, names, jobs, registry
        self._cache: dict[str, tuple[Any, Execution, StepRun]] = {}

    def begin(self, execution: Execution) -> None:
        """Start: the first steps begin on the pump."""
        execution.waiting = list(execution.definition["Steps"])
        events.execution(self._world, execution, before=None)
        self._world.later(self._world.lifecycle.step_start, lambda: self._go_on(execution), f"begin {execution.id}")

    def stop(self, execution: Execution) -> None:
        """Stop: nothing begins any more, jobs under way are stopped."""
        if execution.stopping:
            return
        execution.stopping = True
        self._set(execution, "Stopping")
        for run in execution.runs.values():
            if run.status == "Executing" and run.job:
                self._jobs.stop(run.job)
        self._world.later(self._world.lifecycle.stop, lambda: self._go_on(execution), f"stop {execution.id}")

    def _go_on(self, execution: Execution) -> None:
        if execution.status not in {"Executing", "Stopping"}:
            return
        while not execution.stopping and (ready := [s for s in execution.waiting if self._ready(execution, s)]):
            for step in ready:
                execution.waiting.remove(step)
                self._begin_step(execution, step)
        if not any(run.status == "Executing" for run in execution.runs.values()):
            self._end(execution)

    def _ready(self, execution: Execution, step: dict[str, Any]) -> bool:
        """All steps it refers to have succeeded, and those it depends on have come to the end it waits for."""
        wanted = dict.fromkeys(steps_named(_own(step)), "Succeeded") | depends_on(step)
        runs = execution.runs
        return all(name in runs and runs[name].status in ENDS[end] for name, end in wanted.items())

    def _end(self, execution: Execution) -> None:
        failed = [run for run in execution.runs.values() if run.status == "Failed"]
        if execution.stopping:
            self._set(execution, "Stopped")
        elif failed:
            execution.reason = (
                f"Step failure: One or multiple steps failed: {failed[0].step['Name']}: {failed[0].reason}"
            )
            handled = any(
                "Failed" in ENDS[t]
                for s in execution.runs.values()
                for t in depends_on(s.step).values()
                if t != "Succeeded"
            )
            self._set(execution, "CompletedWithFailures" if handled else "Failed")
        else:
            self._set(execution, "Succeeded")

    def _set(self, execution: Execution, status: str) -> None:
        before, execution.status, execution.modified = execution.status, status, self._world.now()
        events.execution(self._world, execution, before=before)

    def _begin_step(self, execution: Execution, step: dict[str, Any]) -> None:
        run = StepRun(step=step, started=self._world.now())
        execution.runs[step["Name"]] = run
        events.step(self._world, execution, run, before="Starting")
        try:
            {
                "Processing": self._job,
                "Training": self._job,
                "Condition": self._condition,
                "RegisterModel": self._register,
                "Fail": self._fail,
            }[step["Type"]](execution, run)
        except (AwsError, Unresolved, TypeError, ValueError) as error:
            self._finish(execution, run, "Failed", f"ClientError: {error}")

    def _finish(self, execution: Execution, run: StepRun, status: str, reason: str = "") -> None:
        run.status, run.reason, run.ended = status, reason[:1024], self._world.now()
        events.step(self._world, execution, run, before="Executing")

    def _job(self, execution: Execution, run: StepRun) -> None:
        kind = run.step["Type"]
        request = self._resolved(execution, run.step["Arguments"])
        key = json.dumps([execution.pipeline.name, kind, {n: request.get(n) for n in CACHE_KEYS[kind]}], sort_keys=True)
        if self._from_cache(execution, run, key):
            return
        part = re.sub("[^A-Za-z0-9]+", "-", run.step["Name"])[:29].strip("-") or "step"
        name = f"pipelines-{execution.id}-{part}-{self._names.fresh(10)}"  # 63 letters at most
        request[f"{kind}JobName"] = name
        checked(f"Create{kind}Job", request)
        job = self._jobs.create(kind, request, lambda job: self._job_over(execution, run, job, key))
        run.job = name
        run.metadata = {f"{kind}Job": {"Arn": job.arn}}

    def _job_over(self, execution: Execution, run: StepRun, job: Job, key: str) -> None:
        run.properties = self._jobs.describe(job)
        if job.status == "Completed":
            self._cache[key] = (self._world.now(), execution, run)
            self._finish(execution, run, "Succeeded")
        else:
            status = "Stopped" if job.status == "Stopped" and execution.stopping else "Failed"
            self._finish(execution, run, status, f"ClientError: {job.reason or job.secondary[-1]['Status']}")
        self._go_on(execution)

    def _from_cache(self, execution: Execution, run: StepRun, key: str) -> bool:
        config = run.step.get("CacheConfig") or {}
        found = self._cache.get(key)
        if not config.get("Enabled") or found is None:
            return False
        at, source, done = found
        expires = config.get("ExpireAfter")
        if expires and self._world.now() > at + _duration(expires):
            return False
        run.properties, run.metadata, run.cache_hit = done.properties, done.metadata, source.arn
        self._finish(execution, run, "Succeeded")
        return True

    def _condition(self, execution: Execution, run: StepRun) -> None:
        arguments = run.step["Arguments"]
        outcome = all(holds(c, lambda value: self._resolved(execution, value)) for c in arguments["Conditions"])
        run.metadata = {"Condition": {"Outcome": str(outcome)}}
        execution.waiting.extend(arguments.get("IfSteps" if outcome else "ElseSteps") or [])
        self._finish(execution, run, "Succeeded")

    def _register(self, execution: Execution, run: StepRun) -> None:
        request = self._resolved(execution, run.step["Arguments"])
        token = hashlib.sha256(f"{execution.arn}/{run.step['Name']}".encode()).hexdigest()[:36]
        checked("CreateModelPackage", request)
        answer = self._registry.create_model_package({**request, "ClientToken": token})
        run.metadata = {"RegisterModel": {"Arn": answer["ModelPackageArn"]}}
        run.properties = answer
        self._finish(execution, run, "Succeeded")

    def _fail(self, execution: Execution, run: StepRun) -> None:
        message = str(self._resolved(execution, run.step["Arguments"].get("ErrorMessage", "")))
        run.metadata = {"Fail": {"ErrorMessage": message}}
        self._finish(execution, run, "Failed", message)

    def _resolved(self, execution: Execution, value: Any) -> Any:
        def get(path: str) -> Any:
            root, _, rest = path.partition(".")
            if root == "Parameters":
                return execution.parameters[rest]
            if root == "Execution":
                return _execution_value(execution, rest, self._world.now().isoformat())
            name = re.split(r"[.\[]", rest, maxsplit=1)[0]
            return follow(execution.runs[name].properties, rest[len(name) :])

        return resolve(value, get, lambda source, path: self._json_get(execution, source, path))

    def _json_get(self, execution: Execution, source: Mapping[str, Any], path: str) -> Any:
        """A value of a JSON file: of a step's property file, or at a URI."""
        uri = source.get("S3Uri") or self._property_file(execution, source["PropertyFile"]["Get"])
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            return follow(json.loads(self._world.s3.get(bucket, key)), path)
        except (LocalAwsError, ValueError) as error:
            raise Unresolved(f"JsonGet {path} of {uri}: {error}") from error

    def _property_file(self, execution: Execution, path: str) -> str:
        _, name, _, wanted = path.split(".", 3)
        run = execution.runs[name]
        for file in run.step.get("PropertyFiles") or []:
            if file["PropertyFileName"] == wanted:
                folder = follow(
                    run.properties, f"ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
                )
                return f"{folder.rstrip('/')}/{file['FilePath']}"
        raise Unresolved(f"step {name} has no property file {wanted}")


def _own(step: dict[str, Any]) -> Any:
    """What a step itself refers to: the branches of a condition wait for themselves."""
    arguments = step.get("Arguments") or {}
    return arguments.get("Conditions") if step["Type"] == "Condition" else arguments


def _execution_value(execution: Execution, name: str, now: str) -> str:
    return {
        "PipelineName": execution.pipeline.name,
        "PipelineArn": execution.pipeline.arn,
        "PipelineExecutionId": execution.id,
        "PipelineExecutionArn": execution.arn,
        "StartDateTime": execution.created.isoformat(),
        "CurrentDateTime": now,
    }[name]


def _duration(value: str) -> timedelta:
    found = DURATION.fullmatch(value)
    if found is None:
        raise ValueError(f"ExpireAfter {value} is no ISO 8601 duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
