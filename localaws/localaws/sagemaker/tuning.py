"""Hyperparameter tuning jobs: trials through the training executor, as many at once as the limits allow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from localaws.errors import AwsError
from localaws.jobfaults import REASONS
from localaws.sagemaker import events
from localaws.sagemaker.attempt import job_log
from localaws.sagemaker.job import Job
from localaws.sagemaker.jobs import Jobs
from localaws.sagemaker.metrics import series_of
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.ranges import ranges_of
from localaws.sagemaker.refusals import in_use, invalid, resource_not_found
from localaws.sagemaker.roles import check_role
from localaws.sagemaker.samplers import sampler_of
from localaws.sagemaker.trials import KIND, TOP, Trial, Tuning, described, is_worse, summary, trial_summary
from localaws.sagemaker.tuningrules import screen_tuning, training_request
from localaws.world import World

HOPELESS = 5  # failed trials without a good one, after which no more are tried
NO_SUCCESS = (
    "No training job succeeded after {} attempts. For additional details, please take a look at the training job"
    " failures by listing training jobs for the hyperparameter tuning job."
)
LOOK, REST = 0.25, 30.0  # seconds between two looks at what trials print, and while none does
OVER = ("Completed", "Failed", "Stopped")


class TuningJobs:
    """Tuning jobs, by name."""

    def __init__(self, world: World, names: Names, jobs: Jobs) -> None:
        self._world, self._names, self._jobs = world, names, jobs
        self.tunings: dict[str, Tuning] = {}

    def create(self, request: dict[str, Any], over: Callable[[Tuning], None] | None = None) -> Tuning:
        """Create a tuning job and begin it; `over` is called on the pump when it has ended."""
        name = request[f"{KIND}Name"]
        arn = self._names.arn("hyper-parameter-tuning-job", name)
        if name in self.tunings:
            raise in_use(
                "Hyperparameter tuning job names must be unique within an AWS account and region, "
                f"and a tuning job with this name already exists ({arn})"
            )
        screen_tuning(request)
        check_role(self._world, request["TrainingJobDefinition"]["RoleArn"], arn)
        self._world.job_faults.refuse(name)
        config, now = request[f"{KIND}Config"], self._world.now()
        sampler = sampler_of(
            config["Strategy"],
            ranges_of(config["ParameterRanges"]),
            maximize=config[f"{KIND}Objective"]["Type"] == "Maximize",
            seed=config.get("RandomSeed"),
        )
        tuning = Tuning(name=name, arn=arn, request=request, created=now, modified=now, sampler=sampler, over=over)
        self.tunings[name] = tuning
        self._tell(tuning)
        self._begin(tuning)
        return tuning

    def _begin(self, tuning: Tuning) -> None:
        self._world.later(self._world.lifecycle.job_start, partial(self._first, tuning), f"begin {tuning.name}")
        if limit := tuning.config["ResourceLimits"].get("MaxRuntimeInSeconds"):
            self._world.later(limit, partial(self.stop, tuning), f"limit of {tuning.name}")
        if tuning.config.get("TrainingJobEarlyStoppingType") == "Auto":
            self._world.later(LOOK, partial(self._look, tuning), f"look at {tuning.name}")

    def _first(self, tuning: Tuning) -> None:
        if exception := self._world.job_faults.ends(tuning.name):
            tuning.exception, tuning.reason = exception, REASONS[exception]
        self._go_on(tuning)

    def stop(self, tuning: Tuning) -> None:
        """Stop what runs, and begin nothing more."""
        if tuning.status != "InProgress":
            return
        self._set(tuning, "Stopping")
        for trial in tuning.trials:
            self._jobs.stop(trial.job.name)
        self._world.later(0, partial(self._go_on, tuning), f"stop {tuning.name}")

    def _go_on(self, tuning: Tuning) -> None:
        """Begin trials up to the limits, or end where none runs and none is to come."""
        limits = tuning.config["ResourceLimits"]
        while (
            tuning.status == "InProgress"
            and len(tuning.trials) < limits["MaxNumberOfTrainingJobs"]
            and sum(trial.running for trial in tuning.trials) < limits["MaxParallelTrainingJobs"]
            and not tuning.reason
            and not _is_hopeless(tuning)
        ):
            self._try(tuning)
        if tuning.status not in OVER and not any(trial.running for trial in tuning.trials):
            self._end(tuning)

    def _try(self, tuning: Tuning) -> None:
        number = len(tuning.trials) + 1
        tuned = tuning.sampler.ask(number)
        name = f"{tuning.name}-{number:03d}-{self._names.fresh(8)}"
        request = training_request(tuning.request, name, tuned)
        try:
            job = self._jobs.create("Training", request, partial(self._tried, tuning), tuning_arn=tuning.arn)
        except AwsError as error:
            tuning.reason = f"ClientError: {error.message}"
            return
        tuning.trials.append(Trial(number=number, job=job, tuned=tuned))

    def _tried(self, tuning: Tuning, job: Job) -> None:
        trial = next(trial for trial in tuning.trials if trial.job is job)
        trial.objective = job.metrics.get(tuning.config[f"{KIND}Objective"]["MetricName"])
        tuning.sampler.tell(trial.number, trial.objective if trial.outcome == "Succeeded" else None)
        tuning.modified = self._world.now()
        self._go_on(tuning)

    def _end(self, tuning: Tuning) -> None:
        tuning.ended = self._world.now()
        if tuning.status == "Stopping":
            self._set(tuning, "Stopped")
        elif tuning.reason or not tuning.ranked():
            tuning.reason = tuning.reason or NO_SUCCESS.format(len(tuning.trials))
            self._set(tuning, "Failed")
        else:
            self._set(tuning, "Completed")
        over, tuning.over = tuning.over, None
        if over:
            over(tuning)

    def _look(self, tuning: Tuning) -> None:
        """Early stopping: what runs against what has ended, by the values printed so far."""
        if tuning.status in OVER:
            return
        ended = [self._printed(tuning, trial) for trial in tuning.trials if trial.outcome == "Succeeded"]
        for trial in tuning.trials:
            if trial.job.status == "InProgress" and is_worse(
                self._printed(tuning, trial), ended, maximize=tuning.maximize
            ):
                self._jobs.stop(trial.job.name)
        prints = any(trial.running and not trial.job.waiting for trial in tuning.trials)
        self._world.later(LOOK if prints else REST, partial(self._look, tuning), f"look at {tuning.name}")

    def _printed(self, tuning: Tuning, trial: Trial) -> list[float]:
        log = job_log(self._world, trial.job.name)
        text = log.read_text(errors="replace") if log.is_file() else ""
        found = series_of(trial.job.request, text)
        return found.get(tuning.config[f"{KIND}Objective"]["MetricName"], [])

    def _set(self, tuning: Tuning, status: str) -> None:
        tuning.status, tuning.modified = status, self._world.now()
        self._tell(tuning)

    def _tell(self, tuning: Tuning) -> None:
        events.made(self._world, "HyperParameter Tuning Job", tuning.arn, described(tuning))

    def properties(self, tuning: Tuning) -> dict[str, Any]:
        """What a pipeline's step offers: the description, and summaries of its trials, the best first."""
        best = [trial_summary(tuning, trial) for trial in tuning.ranked()[:TOP]]
        return described(tuning) | {"TrainingJobSummaries": best}

    def create_hyper_parameter_tuning_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateHyperParameterTuningJob."""
        return {f"{KIND}Arn": self.create(request).arn}

    def describe_hyper_parameter_tuning_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeHyperParameterTuningJob."""
        return described(self._found(request))

    def stop_hyper_parameter_tuning_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """StopHyperParameterTuningJob."""
        found = self._found(request)
        if found.status in OVER:
            raise invalid(
                f"The request was rejected because the hyperparameter tuning job is in status {found.status}."
            )
        self.stop(found)
        return {}

    def list_hyper_parameter_tuning_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListHyperParameterTuningJobs."""
        found = ordered(within(list(self.tunings.values()), request), request)
        return page(found, request, summary, f"{KIND}Summaries")

    def list_training_jobs_for_hyper_parameter_tuning_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListTrainingJobsForHyperParameterTuningJob; by their objectives, those that have none are left out."""
        tuning, sort_by = self._found(request), request.get("SortBy", "Name")
        kept = within([trial.job for trial in tuning.trials], request)
        jobs = ordered(kept, request | {"SortBy": sort_by}, "Ascending")
        found = [next(trial for trial in tuning.trials if trial.job is job) for job in jobs]
        if sort_by == "FinalObjectiveMetricValue":
            found = sorted((t for t in found if t.outcome == "Succeeded"), key=lambda t: t.objective or 0.0)
            found = found[::-1] if request.get("SortOrder") == "Descending" else found
        return page(found, request, lambda trial: trial_summary(tuning, trial), "TrainingJobSummaries")

    def _found(self, request: dict[str, Any]) -> Tuning:
        name = request[f"{KIND}Name"]
        if name not in self.tunings:
            raise resource_not_found(f"Amazon SageMaker can't find a tuning job with the name {name}.")
        return self.tunings[name]


def _is_hopeless(tuning: Tuning) -> bool:
    ended = [trial for trial in tuning.trials if not trial.running]
    return len(ended) >= HOPELESS and not tuning.ranked()
