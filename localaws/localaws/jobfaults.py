"""Faults of jobs, for tests and users: when a spot job is interrupted, and which jobs fail for SageMaker's own reasons.

`job` is a job's name, or a pattern of names as the shell has it: a pipeline's step has jobs `pipelines-*-<step>-*`.
"""

from __future__ import annotations

import threading
from collections.abc import Container
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from localaws.errors import AwsError

QUOTA = (
    "The account-level service limit 'ml.m5.large for job usage' is 0 Instances, with current utilization of"
    " 0 Instances and a request delta of 1 Instances. Please request a quota increase."
)
# By the names of a RetryPolicy: what a create answers, and what a job that began ends with.
REFUSALS = {
    "Step.SERVICE_FAULT": ("InternalFailure", "fault injected", 500),
    "Step.THROTTLING": ("ThrottlingException", "Rate exceeded", 400),
    "SageMaker.RESOURCE_LIMIT": ("ResourceLimitExceeded", QUOTA, 400),
}
REASONS = {
    "SageMaker.CAPACITY_ERROR": (
        "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance"
        " type."
    ),
    "SageMaker.JOB_INTERNAL_ERROR": "InternalServerError: We encountered an internal error. Please try again.",
}


@dataclass(kw_only=True)
class Interruption:
    """One interruption of one job: `seconds` after an attempt began, when its checkpoints are `files` or more."""

    job: str
    seconds: float = 0.0
    files: int = 0
    struck: str = ""

    def due(self, seconds: float, folder: Path) -> bool:
        """Whether what it waits for has come."""
        return seconds >= self.seconds and (not self.files or _count(folder) >= self.files)


@dataclass(kw_only=True)
class Failure:
    """Jobs that fail for a reason of SageMaker's own, by the name that a pipeline's RetryPolicy has for it."""

    job: str
    exception: str
    times: int
    struck: int = 0


@dataclass
class JobFaults:
    """All that is planned for jobs; of several for a job, the next one waits for the one before."""

    interruptions: list[Interruption] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def interrupt(self, job: str, *, seconds: float = 0.0, files: int = 0) -> Interruption:
        """Take the spot instance away, once: at once where nothing else is said, or else as soon as a job runs."""
        planned = Interruption(job=job, seconds=float(seconds), files=int(files))
        with self._lock:
            self.interruptions.append(planned)
        return planned

    def fail(self, job: str, exception: str, *, times: int = 1) -> Failure:
        """Let the next jobs of this name fail: refused when they are created, or ended when they would begin."""
        if exception not in REFUSALS | REASONS:
            raise ValueError(f"{exception} is none of {', '.join(REFUSALS | REASONS)}")
        planned = Failure(job=job, exception=exception, times=times)
        with self._lock:
            self.failures.append(planned)
        return planned

    def refuse(self, job: str) -> None:
        """At a job's creation: raise what is planned for it."""
        if exception := self._fails(job, REFUSALS):
            raise AwsError(*REFUSALS[exception])

    def ends(self, job: str) -> str:
        """At a job's begin: the exception that it ends by, "" for none."""
        return self._fails(job, REASONS)

    def _fails(self, job: str, kinds: Container[str]) -> str:
        with self._lock:
            for planned in self.failures:
                fits = planned.exception in kinds and fnmatchcase(job, planned.job)
                if fits and planned.struck < planned.times:
                    planned.struck += 1
                    return planned.exception
        return ""

    def clear(self) -> None:
        """Take all of them away."""
        with self._lock:
            self.interruptions.clear()
            self.failures.clear()

    def interrupts(self, job: str, seconds: float, folder: Path) -> bool:
        """Whether the instance of a job goes now; counted."""
        with self._lock:
            for planned in self.interruptions:
                if not planned.struck and fnmatchcase(job, planned.job):
                    planned.struck = job if planned.due(seconds, folder) else ""
                    return bool(planned.struck)
        return False


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())
