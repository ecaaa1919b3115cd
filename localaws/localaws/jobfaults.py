"""Faults of jobs, for tests and users: when a spot job is interrupted, and which jobs fail for SageMaker's own reasons.

`job` is a job's name, or a pattern of names as the shell has it: a pipeline's step has jobs `pipelines-*-<step>-*`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path


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


@dataclass
class JobFaults:
    """All that is planned for jobs, each once; of several for a job, the next one waits for the one before."""

    interruptions: list[Interruption] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def interrupt(self, job: str, *, seconds: float = 0.0, files: int = 0) -> Interruption:
        """Take the spot instance away, once: at once where nothing else is said, or else as soon as a job runs."""
        planned = Interruption(job=job, seconds=float(seconds), files=int(files))
        with self._lock:
            self.interruptions.append(planned)
        return planned

    def clear(self) -> None:
        """Take all of them away."""
        with self._lock:
            self.interruptions.clear()

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
