"""What is kept of a job, and how its Describe shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.sagemaker.spot import times
from localaws.sagemaker.training import artifact_uri


@dataclass(kw_only=True)
class Job:
    """One job; `request` is what it was made of."""

    kind: str
    name: str
    arn: str
    request: dict[str, Any]
    created: datetime
    modified: datetime
    status: str = "InProgress"
    secondary: list[dict[str, Any]] = field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None
    attempts: int = 0
    began: datetime | None = None  # the present attempt
    ran: float = 0.0  # seconds of the attempts that have ended
    exception: str = ""  # a RetryPolicy's name for its failure
    tuning: str = ""  # ARN of the tuning job that it is a trial of
    waiting: bool = False  # for the next instance
    analysis: Any = None  # what a monitoring job is to do
    logged: bool = True  # whether its role may write its log
    reason: str = ""
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)
    over: Callable[[Any], None] | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing changes it any more."""
        return self.ended is not None


def described(job: Job, spot_price: float) -> dict[str, Any]:
    """As DescribeProcessingJob or DescribeTrainingJob answers it."""
    kind = job.kind
    body = job.request | {
        f"{kind}JobName": job.name,
        f"{kind}JobArn": job.arn,
        f"{kind}JobStatus": job.status,
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        f"{kind}StartTime": job.started,
        f"{kind}EndTime": job.ended,
        "FailureReason": job.reason or None,
    }
    return body | ({"ExitMessage": job.message or None} if kind == "Processing" else _trained(job, spot_price))


def _trained(job: Job, spot_price: float) -> dict[str, Any]:
    elapsed = (job.ended - job.started).total_seconds() if job.started and job.ended else None
    return times(job.request, elapsed, job.ran, spot_price) | {
        "TuningJobArn": job.tuning or None,
        "ModelArtifacts": {"S3ModelArtifacts": artifact_uri(job.name, job.request)},
        "SecondaryStatus": job.secondary[-1]["Status"],
        "SecondaryStatusTransitions": job.secondary,
        "FinalMetricDataList": [
            {"MetricName": name, "Value": value, "Timestamp": job.ended} for name, value in job.metrics.items()
        ],
    }
