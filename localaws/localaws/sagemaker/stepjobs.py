"""The jobs of a pipeline's steps: what each kind makes, as data, and one way to begin, stop and describe them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.sagemaker.executions import Execution
from localaws.sagemaker.jobs import Jobs
from localaws.sagemaker.names import Names
from localaws.sagemaker.shapes import checked
from localaws.sagemaker.tuning import TuningJobs

SUFFIX = 10  # random letters at the end of a job's name


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of step: the operation that it calls, what a job's name is there, and what the step cache compares.

    The cache compares URIs, never what lies behind them (reference 6.3).
    """

    operation: str
    name: str
    metadata: str
    cached_by: tuple[str, ...]
    longest: int = 63
    also_read: tuple[str, ...] = ()

    @property
    def stop(self) -> str:
        """The operation that stops a job."""
        return self.operation.replace("Create", "Stop")

    @property
    def reads(self) -> tuple[str, ...]:
        """The operations by which a pipeline learns how a job ended."""
        return (self.operation.replace("Create", "Describe"), *self.also_read)


KINDS = {
    "Processing": Kind(
        operation="CreateProcessingJob",
        name="ProcessingJobName",
        metadata="ProcessingJob",
        cached_by=("AppSpecification", "Environment", "ProcessingInputs"),
    ),
    "Training": Kind(
        operation="CreateTrainingJob",
        name="TrainingJobName",
        metadata="TrainingJob",
        cached_by=("AlgorithmSpecification", "CheckpointConfig", "Environment", "HyperParameters", "InputDataConfig"),
    ),
    "Tuning": Kind(
        operation="CreateHyperParameterTuningJob",
        name="HyperParameterTuningJobName",
        metadata="TuningJob",
        cached_by=("HyperParameterTuningJobConfig", "TrainingJobDefinition"),
        longest=32,
        also_read=("ListTrainingJobsForHyperParameterTuningJob",),
    ),
}


class StepJobs:
    """Jobs of all kinds, by their names."""

    def __init__(self, names: Names, jobs: Jobs, tunings: TuningJobs) -> None:
        self._names, self._jobs, self._tunings = names, jobs, tunings

    def name(self, execution: Execution, step: dict[str, Any]) -> str:
        """A name that a job of this step may have: letters, digits and hyphens, of its kind's length."""
        head, tail = f"pipelines-{execution.id}-", self._names.fresh(SUFFIX)
        longest = KINDS[step["Type"]].longest
        if len(head) + len(tail) + 2 > longest:
            head = f"{execution.id}-"
        part = re.sub("[^A-Za-z0-9]+", "-", step["Name"])[: longest - len(head) - SUFFIX - 1].strip("-") or "step"
        return f"{head}{part}-{tail}"

    def begin(self, kind: str, request: dict[str, Any], over: Callable[[Any], None]) -> Any:
        """A job of this request; raises AwsError."""
        checked(KINDS[kind].operation, request)
        if kind == "Tuning":
            return self._tunings.create(request, over)
        return self._jobs.create(kind, request, over)

    def stop(self, name: str) -> None:
        """Stop whichever job has this name."""
        if found := self._tunings.tunings.get(name):
            self._tunings.stop(found)
        else:
            self._jobs.stop(name)

    def properties(self, kind: str, job: Any) -> dict[str, Any]:
        """What `Steps.X…` sees of a job."""
        return self._tunings.properties(job) if kind == "Tuning" else self._jobs.describe(job)
