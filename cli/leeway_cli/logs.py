"""Where the steps of a run log, and what they logged: CloudWatch's groups by kind of job, streams by the job's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leeway import keys
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway.retraining.run import Run
from leeway_cli import console
from leeway_cli.target import Target

PROCESSING, TRAINING = "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"
# By what a step's metadata names: the group, and what follows the job's name in a stream's. The trials of a tuning are
# trainings that are named for it.
JOBS = {"ProcessingJob": (PROCESSING, "/"), "TrainingJob": (TRAINING, "/"), "TuningJob": (TRAINING, "-")}
PAGE = 10_000  # most events that GetLogEvents takes


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line at its time."""

    at: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class Stream:
    """The newest lines of one stream."""

    name: str
    lines: Sequence[Line]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that ran as a job, with its streams; none where the job wrote nothing (yet)."""

    name: str
    status: str
    reason: str
    job: str
    group: str
    streams: Sequence[Stream]


def steps(target: Target, run: Run, last: int, only: str = "") -> list[Step]:
    """The jobs of a run in their order, each stream with its newest `last` lines.

    Raises Missing where SageMaker knows no such execution, or the run no such step.
    """
    if not run.execution:
        raise Missing(f"run {run.id[:8]} of {run.model} has no execution: {run.why or 'it was not started yet'}")
    found = [step for step in _steps(target, run) if _job(step)]
    chosen = [step for step in found if only.lower() in ("", step["StepName"].lower())]
    if only and not chosen:
        names = ", ".join(step["StepName"] for step in found) or "none yet"
        raise Missing(f"run {run.id[:8]} has no step {console.plain(only)} that logs; there is: {names}")
    return [_read(target, step, last) for step in chosen]


def _steps(target: Target, run: Run) -> list[dict[str, Any]]:
    client = target.client("sagemaker")
    try:
        with translated("SageMaker ListPipelineExecutionSteps"):
            pages = client.get_paginator("list_pipeline_execution_steps").paginate(
                PipelineExecutionArn=run.execution, SortOrder="Ascending"
            )
            return [step for page in pages for step in page["PipelineExecutionSteps"]]
    except Rejected as error:
        if found := by_name(client, run):
            return found
        raise Missing(f"SageMaker knows neither the execution of run {run.id[:8]} nor its jobs: {error}") from error


def by_name(client: Any, run: Run) -> list[dict[str, Any]]:
    """The jobs of an execution that went with its pipeline: they stay, named `pipelines-<execution>-<step>-…`."""
    prefix = f"pipelines-{run.execution.rpartition('/')[2].lower()}-"
    found = []
    for kind, operation in (("ProcessingJob", "list_processing_jobs"), ("TrainingJob", "list_training_jobs")):
        with translated(f"SageMaker {operation} {prefix}"):
            pages = client.get_paginator(operation).paginate(NameContains=prefix)
            jobs = [job for page in pages for job in page[f"{kind[:-3]}JobSummaries"]]
        found += [(job["CreationTime"], _as_step(kind, job, prefix)) for job in jobs]
    return [step for _, step in sorted(found, key=lambda one: one[0])]


def _as_step(kind: str, job: dict[str, Any], prefix: str) -> dict[str, Any]:
    name = job[f"{kind}Name"].removeprefix(prefix).partition("-")[0]
    return {"StepName": name, "StepStatus": job[f"{kind}Status"], "Metadata": {kind: {"Arn": job[f"{kind}Arn"]}}}


def _job(step: dict[str, Any]) -> str:
    return next((kind for kind in JOBS if step.get("Metadata", {}).get(kind, {}).get("Arn")), "")


def _read(target: Target, step: dict[str, Any], last: int) -> Step:
    kind = _job(step)
    group, mark = JOBS[kind]
    job = str(step["Metadata"][kind]["Arn"]).rpartition("/")[2]
    client = target.client("logs")
    return Step(
        name=step["StepName"],
        status=step["StepStatus"],
        reason=step.get("FailureReason", ""),
        job=job,
        group=group,
        streams=[
            Stream(name=name, lines=newest(client, group, name, last)) for name in _streams(client, group, job + mark)
        ],
    )


def _streams(client: Any, group: str, prefix: str) -> list[str]:
    try:
        with translated(f"CloudWatch Logs DescribeLogStreams {group}"):
            pages = client.get_paginator("describe_log_streams").paginate(
                logGroupName=group, logStreamNamePrefix=prefix
            )
            return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
    except Missing:
        return []  # the group comes with the account's first job


def newest(client: Any, group: str, stream: str, count: int) -> list[Line]:
    """The last lines of a stream, in their order: pages backward, some of them empty, until a token comes back."""
    request: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "limit": min(count, PAGE)}
    events: list[dict[str, Any]] = []
    while len(events) < count:
        with translated(f"CloudWatch Logs GetLogEvents {stream}"):
            answer = client.get_log_events(**request)
        events = [*answer["events"], *events]
        if answer["nextBackwardToken"] == request.get("nextToken"):
            break
        request["nextToken"] = answer["nextBackwardToken"]
    return [
        Line(at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC), message=event["message"])
        for event in events[-count:]
    ]


def as_json(step: Step) -> dict[str, Any]:
    """For programs."""
    streams = [
        {"name": one.name, "lines": [{"at": keys.stamp(line.at), "message": line.message} for line in one.lines]}
        for one in step.streams
    ]
    return {**vars(step), "reason": step.reason or None, "streams": streams}


def lines(step: Step) -> Iterator[str]:
    """For people: the step, where it logs, and the lines as they are, but for control characters."""
    reason = f": {console.plain(step.reason)}" if step.reason else ""
    yield console.paint(step.name, "bold") + f" {step.status.lower()}{reason}"
    if not step.streams:
        yield console.paint(f"  {step.group}: nothing logged by {step.job} yet", "dim")
    for stream in step.streams:
        yield console.paint(f"  {step.group}: {stream.name}", "dim")
        for line in stream.lines:
            yield f"  {line.at:%H:%M:%S}  {console.plain(line.message)}"
