"""What the training of a run cost: seconds that were billed against those that it took, by SageMaker's own count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Rejected
from leeway.retraining.run import Run
from leeway_cli.target import Target


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Of all training jobs of a run together; `seconds` hold the waiting for spot instances."""

    jobs: int
    seconds: int
    billable_seconds: int
    spot: bool


def spent(target: Target, run: Run) -> Spent | None:
    """None where no training has ended, or SageMaker knows of none."""
    client = target.client("sagemaker")
    if not run.execution:
        return None
    try:
        jobs = [_described(client, name) for name in _names(client, run.execution)]
    except Rejected:  # its execution went with its pipeline, or the job was deleted
        return None
    ended = [job for job in jobs if job.get("TrainingTimeInSeconds") is not None]
    if not ended:
        return None
    return Spent(
        jobs=len(ended),
        seconds=sum(job["TrainingTimeInSeconds"] for job in ended),
        billable_seconds=sum(job["BillableTimeInSeconds"] for job in ended),
        spot=any(job.get("EnableManagedSpotTraining") for job in ended),
    )


def _names(client: Any, execution: str) -> Iterator[str]:
    """Training jobs of an execution, the trials of a tuning among them."""
    with translated("SageMaker ListPipelineExecutionSteps"):
        pages = client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
        found = [step.get("Metadata", {}) for page in pages for step in page["PipelineExecutionSteps"]]
    for metadata in found:
        if arn := metadata.get("TrainingJob", {}).get("Arn"):
            yield arn.rpartition("/")[2]
        if arn := metadata.get("TuningJob", {}).get("Arn"):
            yield from _trials(client, arn.rpartition("/")[2])


def _trials(client: Any, tuning: str) -> list[str]:
    with translated(f"SageMaker ListTrainingJobsForHyperParameterTuningJob {tuning}"):
        pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName=tuning
        )
        return [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]


def _described(client: Any, name: str) -> dict[str, Any]:
    with translated(f"SageMaker DescribeTrainingJob {name}"):
        found: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
    return found
