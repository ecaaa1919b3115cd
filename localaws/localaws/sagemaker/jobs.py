"""Processing and training jobs: their operations and states (reference 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from localaws.jobfaults import REASONS
from localaws.sagemaker import events
from localaws.sagemaker.analysis import Analysis, run_analysis
from localaws.sagemaker.attempt import FIRST, Attempt, Outcome
from localaws.sagemaker.job import Job, described
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.processing import run_processing
from localaws.sagemaker.refusals import in_use, invalid
from localaws.sagemaker.roles import check_role
from localaws.sagemaker.screening import screen
from localaws.sagemaker.spot import is_spot, time_left, wait_left
from localaws.sagemaker.training import run_training
from localaws.world import World

RUNNERS: dict[str, Callable[..., Outcome]] = {"Processing": run_processing, "Training": run_training}
MISSING = {"Training": "Requested resource not found.", "Processing": "Could not find requested job with name: "}
OVER = ("Completed", "Failed", "Stopped")
LOST = "SageMaker.JOB_INTERNAL_ERROR"


class Jobs:
    """Jobs of both kinds, by name."""

    def __init__(self, world: World, names: Names) -> None:
        self._world, self._names = world, names
        self.jobs: dict[str, Job] = {}

    def create(
        self, kind: str, request: dict[str, Any], over: Callable[[Job], None] | None = None, tuning_arn: str = ""
    ) -> Job:
        """Create a job and begin it; `over` is called on the pump when it has ended."""
        name = request[f"{kind}JobName"]
        arn = self._names.arn(f"{kind.lower()}-job", name)
        if f"{kind}:{name}" in self.jobs:
            raise in_use(
                f"{kind} job names must be unique within an AWS account and region, "
                f"and a {kind.lower()} job with this name already exists ({arn})"
            )
        screen(kind, request)
        return self._begin(kind, name, request, over=over, tuning=tuning_arn)

    def analyse(self, request: dict[str, Any], task: Analysis, over: Callable[[Job], None]) -> Job:
        """The processing job of a monitoring execution."""
        return self._begin("Processing", request["ProcessingJobName"], request, over=over, analysis=task)

    def _begin(self, kind: str, name: str, request: dict[str, Any], **rest: Any) -> Job:
        now, arn = self._world.now(), self._names.arn(f"{kind.lower()}-job", name)
        check_role(self._world, request["RoleArn"], arn)
        self._world.job_faults.refuse(name)
        job = Job(kind=kind, name=name, arn=arn, request=request, created=now, modified=now, **rest)
        self.jobs[f"{kind}:{name}"] = job
        self._phase(job, "Starting", "Preparing the instances")
        self._world.later(self._world.lifecycle.job_start, partial(self._run, job), f"begin {job.name}")
        return job

    def stop(self, name: str) -> None:
        """Stop whichever job has this name."""
        for kind in RUNNERS:
            if (job := self.jobs.get(f"{kind}:{name}")) and job.status == "InProgress":
                self._stop_job(job)

    def _stop_job(self, job: Job) -> None:
        job.status = "Stopping"
        job.stop.set()
        if job.waiting:
            job.waiting = False
            self._world.later(0, partial(self._end, job, Outcome(status="Stopped")), f"stop {job.name}")

    def _run(self, job: Job) -> None:
        if exception := self._world.job_faults.ends(job.name):
            job.exception = exception
            self._end(job, Outcome(status="Failed", reason=REASONS[exception]))
            return
        now, group = self._world.now(), f"/aws/sagemaker/{job.kind}Jobs"
        job.logged = self._world.authority.logs(job.request["RoleArn"], group, f"{job.name}/{FIRST}-{now:%s}")
        job.attempts, job.began, job.started = job.attempts + 1, now, job.started or now
        self._phase(job, job.kind, f"{job.kind} in progress")
        events.job(self._world, job.kind, job.arn, self.describe(job))
        attempt = self._attempt(job)
        self._world.background(
            lambda: (run_analysis if job.analysis else RUNNERS[job.kind])(self._world, attempt),
            lambda outcome: self._attempted(job, outcome),
            lambda error: self._end(job, Outcome(status="Failed", reason=f"InternalServerError: localaws: {error!r}")),
            job.name,
            lost=partial(self._lost, job),
        )

    def _lost(self, job: Job) -> None:
        """Its host is gone, with the process: a spot job gets another instance, any other one is Failed, as on AWS."""
        if is_spot(job.request) or job.stop.is_set():
            self._attempted(job, Outcome(status="Interrupted"))
        else:
            job.exception = LOST
            self._end(job, Outcome(status="Failed", reason=REASONS[LOST]))

    def _attempt(self, job: Job) -> Attempt:
        limit, late = time_left(job.request, job.created, job.ran, self._world.now())
        faults = self._world.job_faults
        return Attempt(
            name=job.name,
            arn=job.arn,
            request=job.request,
            stop=job.stop,
            limit=limit,
            late=late,
            number=job.attempts,
            analysis=job.analysis,
            interrupted=(lambda *at: faults.interrupts(job.name, *at)) if is_spot(job.request) else None,
        )

    def _attempted(self, job: Job, outcome: Outcome) -> None:
        if job.began:
            job.ran += (self._world.now() - job.began).total_seconds()
        if outcome.status != "Interrupted":
            self._end(job, outcome)
        elif job.stop.is_set():
            self._end(job, Outcome(status="Stopped"))
        else:
            self._wait(job)

    def _wait(self, job: Job) -> None:
        """The spot instance is gone: the job waits for another one, until its time is over."""
        job.waiting = True
        self._phase(job, "Interrupted", "The spot instance was interrupted")
        left = wait_left(job.request, job.created, self._world.now())
        seconds = min(self._world.lifecycle.spot_wait, left)
        self._world.later(seconds, partial(self._restart, job), f"restart {job.name}")

    def _restart(self, job: Job) -> None:
        if not job.waiting:
            return
        job.waiting = False
        left, late = time_left(job.request, job.created, job.ran, self._world.now())
        if left <= 0:
            self._end(job, Outcome(status="Stopped", secondary=late))
            return
        self._phase(job, "Restarting", "Preparing another spot instance")
        self._run(job)

    def _end(self, job: Job, outcome: Outcome) -> None:
        job.status, job.reason, job.message = outcome.status, outcome.reason, outcome.message
        job.metrics = outcome.metrics
        job.ended = job.modified = self._world.now()
        if job.secondary:
            job.secondary[-1]["EndTime"] = job.ended
        self._phase(job, outcome.secondary or outcome.status, outcome.reason)
        events.job(self._world, job.kind, job.arn, self.describe(job))
        over, job.over = job.over, None
        if over:
            over(job)

    def _phase(self, job: Job, status: str, message: str) -> None:
        now = self._world.now()
        if job.secondary and "EndTime" not in job.secondary[-1]:
            job.secondary[-1]["EndTime"] = now
        job.secondary.append({"Status": status, "StartTime": now, "StatusMessage": message})

    def describe(self, job: Job) -> dict[str, Any]:
        """The job as its Describe answers it."""
        return described(job, self._world.lifecycle.spot_price)

    def create_processing_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateProcessingJob."""
        return {"ProcessingJobArn": self.create("Processing", request).arn}

    def create_training_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateTrainingJob."""
        return {"TrainingJobArn": self.create("Training", request).arn}

    def describe_processing_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeProcessingJob."""
        return self.describe(self._found("Processing", request))

    def describe_training_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        return self.describe(self._found("Training", request))

    def stop_processing_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopProcessingJob."""
        return self._stop("Processing", request)

    def stop_training_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopTrainingJob."""
        return self._stop("Training", request)

    def list_processing_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListProcessingJobs."""
        return self._list("Processing", request)

    def list_training_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobs."""
        return self._list("Training", request)

    def delete_processing_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteProcessingJob."""
        return self._delete("Processing", request)

    def delete_training_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteTrainingJob."""
        return self._delete("Training", request)

    def _delete(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        """Of a job that is over, which is forgotten at once; what it left in S3 stays."""
        job = self._found(kind, request)
        if job.status not in OVER:
            raise in_use(f"The {kind.lower()} job {job.arn} is in status {job.status}: stop it first.")
        del self.jobs[f"{kind}:{job.name}"]
        return {}

    def _stop(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        job = self._found(kind, request)
        if job.status in OVER:
            raise invalid(f"The request was rejected because the {kind.lower()} job is in status {job.status}.")
        self.stop(job.name)
        return {}

    def _list(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        found = ordered(within([job for job in self.jobs.values() if job.kind == kind], request), request)
        return page(found, request, self.describe, f"{kind}JobSummaries")

    def _found(self, kind: str, request: dict[str, Any]) -> Job:
        name = request[f"{kind}JobName"]
        if f"{kind}:{name}" not in self.jobs:
            raise invalid(MISSING[kind] + (name if kind == "Processing" else ""))
        return self.jobs[f"{kind}:{name}"]
