"""What is kept of a tuning job and its trials, and how it is shown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.sagemaker.job import Job
from localaws.sagemaker.samplers import Sampler

KIND = "HyperParameterTuningJob"
COUNTERS = {"Completed": "Completed", "Failed": "NonRetryableError", "Stopped": "Stopped"}  # else InProgress
TOP = 50  # summaries that a pipeline's step keeps
NULLS = (
    "TrainingJobDefinitions", "WarmStartConfig", "FailureReason", "TuningJobCompletionReason",
    "TuningJobCompletionDetails", "BestTrainingJob",
)  # fmt: skip


@dataclass(kw_only=True)
class Trial:
    """One training job of a tuning job; `objective` is its final value."""

    number: int
    job: Job
    tuned: dict[str, str]
    objective: float | None = None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.job.status not in COUNTERS

    @property
    def outcome(self) -> str:
        """ObjectiveStatus."""
        if self.running:
            return "Pending"
        return "Failed" if self.objective is None or self.job.status == "Failed" else "Succeeded"


@dataclass(kw_only=True)
class Tuning:
    """One tuning job."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime
    modified: datetime
    sampler: Sampler
    status: str = "InProgress"
    reason: str = ""
    exception: str = ""  # a RetryPolicy's name for its failure
    ended: datetime | None = None
    trials: list[Trial] = field(default_factory=list)
    over: Callable[[Any], None] | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing changes it any more."""
        return self.ended is not None

    @property
    def config(self) -> Mapping[str, Any]:
        """HyperParameterTuningJobConfig."""
        found: Mapping[str, Any] = self.request[f"{KIND}Config"]
        return found

    @property
    def maximize(self) -> bool:
        """Whether more is better."""
        return bool(self.config[f"{KIND}Objective"]["Type"] == "Maximize")

    def ranked(self) -> list[Trial]:
        """Trials with an objective, the best first; equals in the order in which they began."""
        sign = -1.0 if self.maximize else 1.0
        found = [(trial.objective, trial) for trial in self.trials if trial.outcome == "Succeeded"]
        return [trial for value, trial in sorted(found, key=lambda one: (sign * (one[0] or 0.0), one[1].number))]

    def best(self) -> Trial | None:
        """The best trial that completed."""
        return next((trial for trial in self.ranked() if trial.job.status == "Completed"), None)


def described(tuning: Tuning) -> dict[str, Any]:
    """As DescribeHyperParameterTuningJob answers it."""
    best = tuning.best()
    shown = dict.fromkeys(NULLS) | tuning.request | summary(tuning)
    spent = sum((t.job.ended - t.job.started).total_seconds() for t in tuning.trials if t.job.started and t.job.ended)
    return shown | {
        "FailureReason": tuning.reason or None,
        "BestTrainingJob": trial_summary(tuning, best) if best else None,
        "ConsumedResources": {"RuntimeInSeconds": int(spent)},
    }


def summary(tuning: Tuning) -> dict[str, Any]:
    """As ListHyperParameterTuningJobs answers it."""
    counted = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    outcomes = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    for trial in tuning.trials:
        counted["RetryableError" if trial.job.exception else COUNTERS.get(trial.job.status, "InProgress")] += 1
        outcomes[trial.outcome] += 1
    return {
        f"{KIND}Name": tuning.name,
        f"{KIND}Arn": tuning.arn,
        f"{KIND}Status": tuning.status,
        "Strategy": tuning.config["Strategy"],
        "CreationTime": tuning.created,
        "LastModifiedTime": tuning.modified,
        "HyperParameterTuningEndTime": tuning.ended,
        "TrainingJobStatusCounters": counted,
        "ObjectiveStatusCounters": outcomes,
        "ResourceLimits": tuning.config["ResourceLimits"],
    }


def trial_summary(tuning: Tuning, trial: Trial) -> dict[str, Any]:
    """As ListTrainingJobsForHyperParameterTuningJob and BestTrainingJob have it."""
    job, objective = trial.job, tuning.config[f"{KIND}Objective"]
    value = None if trial.objective is None else objective | {"Value": trial.objective}
    return {
        "TrainingJobDefinitionName": tuning.request["TrainingJobDefinition"].get("DefinitionName"),
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "TuningJobName": tuning.name,
        "CreationTime": job.created,
        "TrainingStartTime": job.started,
        "TrainingEndTime": job.ended,
        "TrainingJobStatus": job.status,
        "TunedHyperParameters": trial.tuned,
        "FailureReason": job.reason or None,
        "FinalHyperParameterTuningJobObjectiveMetric": value,
        "ObjectiveStatus": trial.outcome,
    }


def is_worse(values: Sequence[float], others: Sequence[Sequence[float]], *, maximize: bool) -> bool:
    """The median rule of early stopping: the last value against the median of the others' averages up to there."""
    up_to = [series[: len(values)] for series in others if series]
    if not values or not up_to:
        return False
    median = statistics.median(statistics.fmean(series) for series in up_to)
    return values[-1] < median if maximize else values[-1] > median
