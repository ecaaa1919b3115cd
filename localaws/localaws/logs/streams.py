"""Log streams over the files in the state folder: nothing is kept twice.

SageMaker names a job's stream `<job>/algo-<instance>-<epoch seconds>` in the group of its kind. A function's output is
one stream here, under the name that its context tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from localaws.functions.service import Lambda
from localaws.sagemaker import SageMaker
from localaws.sagemaker.attempt import hosts_of, job_log
from localaws.world import World

JOBS = {f"/aws/sagemaker/{kind}Jobs": kind for kind in ("Processing", "Training")}
FUNCTION_STREAM = "localaws"
Mark = tuple[int, float]  # from this byte on, lines are of this epoch second


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line; `at` in milliseconds, `place` its number in the stream."""

    stream: str
    at: int
    place: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream: parts of files, each with its marks; `whole` where nothing more will be written."""

    name: str
    created: int
    parts: Sequence[tuple[Path, Sequence[Mark]]]
    whole: bool

    def events(self) -> list[Event]:
        """All lines so far, in order of time; a line that is still being written is not there yet."""
        lines = sorted(
            (line for part in self.parts for line in _lines(*part, whole=self.whole)), key=lambda one: one[0]
        )
        return [
            Event(stream=self.name, at=at, place=place, message=message) for place, (at, message) in enumerate(lines)
        ]


class Streams:
    """What there is to be read, by group."""

    def __init__(self, world: World, sagemaker: SageMaker, lambda_: Lambda) -> None:
        self._world, self._sagemaker, self._lambda = world, sagemaker, lambda_

    def of(self, group: str) -> list[Stream] | None:
        """The streams of a group, by name; None for a group that is not of a job or function here."""
        with self._world.lock:
            found = list(self._jobs(JOBS[group]) if group in JOBS else self._functions(group))
        return sorted(found, key=lambda stream: stream.name) or None

    def _jobs(self, kind: str) -> Iterator[Stream]:
        for job in self._sagemaker.jobs.jobs.values():
            if job.kind != kind or not job.started or not job.logged:
                continue
            began = job.started.timestamp()
            for host in hosts_of(job.request):
                log = job_log(self._world, job.name, host)
                if log.is_file():
                    name, parts = f"{job.name}/{host}-{int(began)}", [(log, [(0, began)])]
                    yield Stream(name=name, created=_ms(began), parts=parts, whole=job.ended is not None)

    def _functions(self, group: str) -> Iterator[Stream]:
        marks = self._lambda.marks
        names = [
            name
            for name, function in self._lambda.functions.items()
            if group == (function.log_group or f"/aws/lambda/{name}") and marks.get(name)
        ]
        if names:
            parts = [(self._world.state_dir / "logs" / f"{name}.log", list(marks[name])) for name in names]
            created = min(at for _, of_one in parts for _, at in of_one[:1])
            yield Stream(name=FUNCTION_STREAM, created=_ms(created), parts=parts, whole=True)


def _lines(file: Path, marks: Sequence[Mark], *, whole: bool) -> Iterator[tuple[int, str]]:
    """Lines with the time of the last mark before them."""
    body = file.read_bytes()
    ends = [offset for offset, _ in marks[1:]] + [len(body)]
    for (start, at), end in zip(marks, ends, strict=True):
        for line in body[start:end].splitlines(keepends=True):
            if whole or line.endswith(b"\n"):
                yield _ms(at), line.decode("utf-8", "replace").rstrip("\r\n")


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
