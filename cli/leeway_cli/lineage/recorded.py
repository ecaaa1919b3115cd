"""The jobs that made a version, as SageMaker describes them: what they read, what they ran, what they wrote.

Jobs outlive their pipeline, and executions do not, so they are found by names: an artefact lies in a folder named for
its training job, and a pipeline's job is named `pipelines-<execution>-<step>-…`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway_cli.lineage.origin import Origin
from leeway_cli.target import Target

PROGRAM, SUBMITTED = "sagemaker_program", "sagemaker_submit_directory"
PREPARE = "Prepare"
OF_SAGEMAKER = ("sagemaker_", "_tuning_")


@dataclass(frozen=True, kw_only=True)
class Input:
    """What is brought into a container; `listed` where the object is a manifest of what to bring."""

    uri: str
    path: str
    listed: bool


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """A processing job, of the step Read or Prepare; `outputs` are S3 URIs by the container's folders."""

    step: str
    job: str
    words: Sequence[str]
    env: Mapping[str, str]
    inputs: Sequence[Input]
    outputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Training:
    """The training job; `channels` are S3 URIs by name, `hyperparameters` those that reach the program.

    Without a program it was SageMaker's own algorithm, in the image itself.
    """

    job: str
    program: str
    code: str
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, str]
    env: Mapping[str, str]


def preparations(target: Target, found: Origin) -> list[Preparation]:
    """The jobs that prepared the data, Prepare last; raises Missing where SageMaker knows no Prepare."""
    jobs = [job for step in ("Read", PREPARE) if (job := _written(target, found, step))]
    if not jobs or jobs[-1].step != PREPARE:
        execution = found.execution.rpartition("/")[2].lower()
        raise Missing(
            f"SageMaker knows no job that prepared the data of version {found.version} (pipelines-{execution}-Prepare…)"
        )
    return jobs


def _written(target: Target, found: Origin, step: str) -> Preparation | None:
    """The job of a step that wrote into the run's folder."""
    execution = found.execution.rpartition("/")[2].lower()
    client, prefix = target.client("sagemaker"), f"pipelines-{execution}-{step}"
    with translated(f"SageMaker ListProcessingJobs {prefix}"):
        listed = client.list_processing_jobs(NameContains=prefix, StatusEquals="Completed", SortOrder="Descending")
    for summary in listed["ProcessingJobSummaries"] if execution else ():
        with translated(f"SageMaker DescribeProcessingJob {summary['ProcessingJobName']}"):
            job = client.describe_processing_job(ProcessingJobName=summary["ProcessingJobName"])
        known = _preparation(step, job)
        if any(f"/{found.folder}/" in f"{uri}/" for uri in known.outputs.values()):
            return known
    return None


def _preparation(step: str, job: Mapping[str, Any]) -> Preparation:
    application = job["AppSpecification"]
    outputs = [given["S3Output"] for given in job.get("ProcessingOutputConfig", {}).get("Outputs", [])]
    return Preparation(
        step=step,
        job=job["ProcessingJobName"],
        words=[*application.get("ContainerEntrypoint", []), *application.get("ContainerArguments", [])],
        env=job.get("Environment", {}),
        inputs=[
            Input(uri=given["S3Uri"], path=given["LocalPath"], listed=given["S3DataType"] == "ManifestFile")
            for given in (given["S3Input"] for given in job.get("ProcessingInputs", []))
        ],
        outputs={given["LocalPath"]: given["S3Uri"] for given in outputs},
    )


def training(target: Target, found: Origin) -> Training:
    """The job that wrote the artefact, one of a tuning's trials included; raises Missing where SageMaker has none."""
    try:
        with translated(f"SageMaker DescribeTrainingJob {found.training_job}"):
            job = target.client("sagemaker").describe_training_job(TrainingJobName=found.training_job)
    except Rejected as error:
        raise Missing(f"SageMaker knows no job that trained version {found.version}: {error}") from error
    given = job.get("HyperParameters", {})
    own = {name: value for name, value in given.items() if not name.startswith(OF_SAGEMAKER)}
    return Training(
        job=found.training_job,
        program=given.get(PROGRAM, ""),
        code=given.get(SUBMITTED, ""),
        hyperparameters=own if PROGRAM in given else given,
        channels={
            channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in job["InputDataConfig"]
        },
        env=job.get("Environment", {}),
    )
