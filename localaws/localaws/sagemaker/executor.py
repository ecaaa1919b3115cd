"""Carries out an execution: begins the steps whose turn has come, and ends it when none is left."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from localaws.errors import AwsError
from localaws.sagemaker import events
from localaws.sagemaker.conditions import holds
from localaws.sagemaker.definition import depends_on
from localaws.sagemaker.executions import Execution, StepRun
from localaws.sagemaker.expressions import Unresolved, steps_named
from localaws.sagemaker.registry import Registry
from localaws.sagemaker.retries import BY_CODE, pause_before
from localaws.sagemaker.shapes import checked
from localaws.sagemaker.stepcache import StepCache
from localaws.sagemaker.stepjobs import KINDS, StepJobs
from localaws.sagemaker.values import Values
from localaws.world import World

ENDS = {
    "Succeeded": {"Succeeded"},
    "Failed": {"Failed"},
    "Stopped": {"Stopped"},
    "Any": {"Succeeded", "Failed", "Stopped"},
}


class Executor:
    """Runs on the pump; jobs run beside it."""

    def __init__(self, world: World, jobs: StepJobs, registry: Registry) -> None:
        self._world, self._jobs, self._registry = world, jobs, registry
        self._values, self.cache = Values(world), StepCache()

    def begin(self, execution: Execution) -> None:
        """Start: the first steps begin on the pump."""
        execution.waiting = list(execution.definition["Steps"])
        events.execution(self._world, execution, before=None)
        self._world.later(self._world.lifecycle.step_start, partial(self._go_on, execution), f"begin {execution.id}")

    def stop(self, execution: Execution) -> None:
        """Stop: nothing begins any more, jobs under way are stopped."""
        if execution.stopping:
            return
        execution.stopping = True
        self._set(execution, "Stopping")
        for run in execution.runs.values():
            if run.waiting:
                self._finish(execution, run, "Stopped")
            elif run.status == "Executing" and run.job:
                self._stop_job(execution, run)
        self._world.later(self._world.lifecycle.stop, partial(self._go_on, execution), f"stop {execution.id}")

    def _stop_job(self, execution: Execution, run: StepRun) -> None:
        """Stop a step's job, or fail the step where the pipeline's role may not; the job then goes on."""
        kind = KINDS[run.step["Type"]]
        try:
            self._by_role(execution, run, kind.stop, {kind.name: run.job})
        except AwsError as error:
            self._finish(execution, run, "Failed", f"ClientError: {error.message}")
        else:
            self._jobs.stop(run.job)

    def _by_role(self, execution: Execution, run: StepRun, operation: str, request: dict[str, Any]) -> None:
        """AwsError where the pipeline's role may not make a call."""
        session = f"sagemaker-pipeline-{execution.id}-{run.step['Name']}"
        with invoking(operation):
            self._world.authority.call(execution.role, session, operation, request)

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
        self._attempt(execution, run)

    def _attempt(self, execution: Execution, run: StepRun) -> None:
        try:
            {
                **dict.fromkeys(KINDS, self._job),
                "Condition": self._condition,
                "RegisterModel": self._register,
                "Fail": self._fail,
            }[run.step["Type"]](execution, run)
        except AwsError as error:
            self._failed(execution, run, f"ClientError: {error.message}", BY_CODE.get(error.code, ""))
        except (Unresolved, TypeError, ValueError) as error:
            self._finish(execution, run, "Failed", f"ClientError: {error}")

    def _failed(self, execution: Execution, run: StepRun, reason: str, exception: str) -> None:
        """Fail, or wait for another attempt where the step's policies say so (reference 6.3)."""
        elapsed = (self._world.now() - run.started).total_seconds()
        pause = pause_before(run.step, exception, run.attempts - 1, elapsed)
        if pause is None or execution.stopping:
            self._finish(execution, run, "Failed", reason)
            return
        run.waiting = True
        self._world.later(pause, partial(self._again, execution, run), f"retry {run.step['Name']}")

    def _again(self, execution: Execution, run: StepRun) -> None:
        if not run.waiting:
            return
        run.waiting, run.attempts = False, run.attempts + 1
        self._attempt(execution, run)
        self._go_on(execution)

    def _finish(self, execution: Execution, run: StepRun, status: str, reason: str = "") -> None:
        run.status, run.reason, run.ended, run.waiting = status, reason[:1024], self._world.now(), False
        events.step(self._world, execution, run, before="Executing")

    def _job(self, execution: Execution, run: StepRun) -> None:
        kind = run.step["Type"]
        name, member = self._jobs.name(execution, run.step), KINDS[kind].name
        request = self._values.resolved(execution, run.step["Arguments"], {member: name})
        key = self.cache.key(execution, kind, request)
        if hit := self.cache.found(key, self._world.now(), run.step):
            source, done = hit
            run.properties, run.metadata, run.cache_hit = done.properties, done.metadata, source.arn
            self._finish(execution, run, "Succeeded")
            return
        request |= {member: name}
        self._by_role(execution, run, KINDS[kind].operation, request)
        with invoking(KINDS[kind].operation):
            job = self._jobs.begin(kind, request, partial(self._job_over, execution, run, key))
        run.job = name
        run.metadata = {KINDS[kind].metadata: {"Arn": job.arn}}

    def _job_over(self, execution: Execution, run: StepRun, key: str, job: Any) -> None:
        if run.status != "Executing":
            return  # failed already, since its job could not be stopped
        kind = KINDS[run.step["Type"]]
        try:
            for operation in kind.reads:
                self._by_role(execution, run, operation, {kind.name: run.job})
        except AwsError as error:
            self._finish(execution, run, "Failed", f"ClientError: {error.message}")
            self._go_on(execution)
            return
        run.properties = self._jobs.properties(run.step["Type"], job)
        if job.status == "Completed":
            self.cache.keep(key, self._world.now(), execution, run)
            self._finish(execution, run, "Succeeded")
        elif job.status == "Stopped" and execution.stopping:
            self._finish(execution, run, "Stopped")
        else:
            said = job.reason or run.properties.get("SecondaryStatus", job.status)
            self._failed(execution, run, f"ClientError: {said}", job.exception)
        self._go_on(execution)

    def _condition(self, execution: Execution, run: StepRun) -> None:
        arguments = run.step["Arguments"]
        outcome = all(holds(c, lambda value: self._values.resolved(execution, value)) for c in arguments["Conditions"])
        run.metadata = {"Condition": {"Outcome": str(outcome)}}
        execution.waiting.extend(arguments.get("IfSteps" if outcome else "ElseSteps") or [])
        self._finish(execution, run, "Succeeded")

    def _register(self, execution: Execution, run: StepRun) -> None:
        request = self._values.resolved(execution, run.step["Arguments"])
        token = hashlib.sha256(f"{execution.arn}/{run.step['Name']}".encode()).hexdigest()[:36]
        checked("CreateModelPackage", request)
        self._group(execution, run, request)
        self._by_role(execution, run, "CreateModelPackage", request)
        with invoking("CreateModelPackage"):
            by = f"arn:aws:sts::{self._world.account}:assumed-role/{execution.role.rsplit('/', 1)[-1]}/SageMaker"
            answer = self._registry.create_model_package({**request, "ClientToken": token}, by=by)
        self._by_role(execution, run, "DescribeModelPackage", {"ModelPackageName": answer["ModelPackageArn"]})
        run.metadata = {"RegisterModel": {"Arn": answer["ModelPackageArn"]}}
        run.properties = answer
        self._finish(execution, run, "Succeeded")

    def _group(self, execution: Execution, run: StepRun, request: dict[str, Any]) -> None:
        """Made by the step where it is not there; SageMaker asks to make it whether it is or not."""
        if given := request.get("ModelPackageGroupName"):
            group = {"ModelPackageGroupName": given.rsplit("/", 1)[-1]}
            self._by_role(execution, run, "CreateModelPackageGroup", group)
            with contextlib.suppress(AwsError):  # it is there already
                self._registry.create_model_package_group(group)

    def _fail(self, execution: Execution, run: StepRun) -> None:
        message = str(self._values.resolved(execution, run.step["Arguments"].get("ErrorMessage", "")))
        run.metadata = {"Fail": {"ErrorMessage": message}}
        self._finish(execution, run, "Failed", message)


@contextlib.contextmanager
def invoking(operation: str) -> Iterator[None]:
    """The errors of a step's call in a pipeline's words, as public logs of executions have them."""
    try:
        yield
    except AwsError as error:
        text = f"Failed to invoke sagemaker:{operation}. Error Details: {error.message}"
        raise AwsError(error.code, text, error.status) from error


def _own(step: dict[str, Any]) -> Any:
    """What a step itself refers to: the branches of a condition wait for themselves."""
    arguments = step.get("Arguments") or {}
    return arguments.get("Conditions") if step["Type"] == "Condition" else arguments
