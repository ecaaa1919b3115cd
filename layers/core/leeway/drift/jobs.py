"""A Processing job that counts the hours which are too large for the function: what it is given, and what comes next.

Pure. All that is to be counted lies in a folder that is named by it, and the job by the folder and the attempt: what
was asked for twice is one job. Instances get whole files, and each writes its share under a key of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Literal

from leeway.drift import plan, records
from leeway.drift.hours import MEGABYTE, Todo
from leeway.drift.reference import Reference
from leeway.drift.shares import FORMAT, Counted
from leeway.keys import digest, stamp, unstamp
from leeway.models import Container
from leeway.rollout.observed import Slot
from leeway.settings import Settings
from leeway.spec import ModelSpec

KEPT = "counting"  # where the monitor's item has the job
POLL = timedelta(minutes=2)  # a job takes some minutes to begin
PAUSE = timedelta(minutes=10)  # before the second attempt, twice that before the third
ATTEMPTS = 3
LONGEST = 3600  # seconds
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
JOB, FILES = "job.json", "files.json"
LEAST_GIGABYTES, MOST_GIGABYTES = 20, 1000  # of an instance's volume

Move = Literal["create", "wait", "take", "fail"]


@dataclass(frozen=True, kw_only=True)
class Counting:
    """The one job of a model that counts, as it is kept: it is not begun before `begin`."""

    name: str
    folder: str
    version: int
    attempt: int
    begin: datetime
    says: str

    @property
    def output(self) -> str:
        """Where its instances write; of another attempt, elsewhere."""
        return f"{self.folder}/shares-{self.attempt}"

    def to_item(self) -> dict[str, Any]:
        """As a value of the table."""
        return vars(self) | {"begin": stamp(self.begin)}

    @classmethod
    def from_item(cls, value: Mapping[str, Any]) -> Counting:
        """Of what `to_item` gave."""
        return cls(**{**value, "begin": unstamp(value["begin"])})


def name_of(settings: Settings, model: str, folder: str, attempt: int) -> str:
    """Of at most 63 characters, for no model's name leaves less room."""
    return f"{settings.resource(model)}-count-{digest(folder, attempt)[:12]}"


def outgrown(todo: Todo, spec: ModelSpec) -> bool:
    """Whether a job is to count it."""
    return bool(todo.new) and todo.size > spec.monitoring.job_above * MEGABYTE


def wanted(spec: ModelSpec, slot: Slot, versus: Reference, todos: Sequence[Todo]) -> tuple[dict[str, Any], list[Any]]:
    """`job.json`, and the list of files that SageMaker deals out."""
    base = _base(slot)
    hours: list[dict[str, Any]] = [
        {
            "hour": todo.hour.isoformat(),
            "begin": todo.between[0].isoformat(),
            "end": todo.between[1].isoformat(),
            "whole": not todo.known.files,
            "files": {file.key.removeprefix(base): mark for mark, file in todo.new.items()},
        }
        for todo in todos
    ]
    files = [name for one in hours for name in one["files"]]
    cluster = {
        "InstanceCount": min(spec.monitoring.job_instances, len(files)),
        "InstanceType": spec.monitoring.job_instance,
        "VolumeSizeInGB": _gigabytes(sum(todo.size for todo in todos)),
    }
    document = {
        "format": FORMAT, "version": slot.version, "slot": base, "cluster": cluster, "spec": spec.to_json(),
        "reference": versus.to_json(), "hours": hours,
    }  # fmt: skip
    return document, [{"prefix": base}, *files]


def _base(slot: Slot) -> str:
    """What the keys of all its captures begin with."""
    return records.capture_prefix(slot.endpoint, slot.slot, slot.begin).removesuffix(f"{slot.begin:%Y/%m/%d/%H}/")


def _gigabytes(size: int) -> int:
    """An instance may get all of it, where that is in one file."""
    return min(LEAST_GIGABYTES + -(-size // 10**9), MOST_GIGABYTES)


def folder_of(model: str, document: Mapping[str, Any]) -> str:
    """Where all of it lies in the artifacts bucket."""
    content = digest(json.dumps(document, sort_keys=True))
    return f"counting/{model}/v{document['version']}/{content[:20]}"


def words(todos: Sequence[Todo]) -> str:
    """Which hours, and how much of them."""
    size = sum(todo.size for todo in todos) / MEGABYTE
    first, last = todos[0].hour, todos[-1].hour + plan.HOUR
    return f"{first:%Y-%m-%d %H:%M} to {last:%H:%M} ({size:,.1f} MB of captures in {_hours(len(todos))})"


def _hours(count: int) -> str:
    return "1 hour" if count == 1 else f"{count} hours"


def request(
    settings: Settings, container: Container, counting: Counting, document: Mapping[str, Any]
) -> dict[str, Any]:
    """CreateProcessingJob."""
    sources = {
        "code": container.code, "wheels": container.wheels,
        "job": f"{counting.folder}/{JOB}", "captures": f"{counting.folder}/{FILES}",
    }  # fmt: skip
    words = [word for name in ("wheels", "job", "captures") for word in (f"--{name}", f"{INPUT}/{name}")]
    place = {"S3Uri": settings.artifact(counting.output), "LocalPath": OUTPUT, "S3UploadMode": "EndOfJob"}
    return {
        "ProcessingJobName": counting.name,
        "RoleArn": settings.monitoring_role_arn,
        "AppSpecification": {
            "ImageUri": container.image,
            "ContainerEntrypoint": ["python3", f"{INPUT}/code/training.pyz", "count"],
            "ContainerArguments": [*words, "--output", OUTPUT],
        },
        "ProcessingInputs": [_given(name, settings.artifact(key)) for name, key in sources.items()],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "shares", "S3Output": place}]},
        "ProcessingResources": {"ClusterConfig": dict(document["cluster"])},
        "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST},
    }


def _given(name: str, uri: str) -> dict[str, Any]:
    dealt = name == "captures"
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{INPUT}/{name}",
            "S3DataType": "ManifestFile" if dealt else "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "ShardedByS3Key" if dealt else "FullyReplicated",
        },
    }


def next_move(counting: Counting, status: str | None, now: datetime) -> Move:
    """What is to be done about a job of that status; None is of one that is not there."""
    if status is None:
        return "create" if counting.begin <= now else "wait"
    if status == "Completed":
        return "take"
    return "fail" if status in {"Failed", "Stopped"} else "wait"


def again(counting: Counting, settings: Settings, model: str, now: datetime) -> Counting | None:
    """The next attempt; None after the last."""
    if counting.attempt >= ATTEMPTS:
        return None
    number = counting.attempt + 1
    return Counting(
        name=name_of(settings, model, counting.folder, number), folder=counting.folder, version=counting.version,
        attempt=number, begin=now + PAUSE * counting.attempt, says=counting.says,
    )  # fmt: skip


def merged(document: Mapping[str, Any], shares: Sequence[Mapping[str, Any]]) -> dict[datetime, Counted]:
    """The hours of all instances together; ValueError where a file is in none of their shares, or in two."""
    found: dict[datetime, Counted] = {}
    for one in document["hours"]:
        parts = [Counted.from_json(share[one["hour"]]) for share in shares if one["hour"] in share]
        whole = reduce(Counted.merge, parts, Counted())
        if whole.files != set(one["files"].values()):
            raise ValueError(f"its instances have counted {len(whole.files)} of the {len(one['files'])} files")
        found[datetime.fromisoformat(one["hour"])] = whole
    return found


def added(
    document: Mapping[str, Any], known: Mapping[datetime, Counted], found: Mapping[datetime, Counted]
) -> dict[datetime, Counted]:
    """The hours with what was known of them, where that still held when the job was asked for."""
    whole = {datetime.fromisoformat(one["hour"]) for one in document["hours"] if one["whole"]}
    return {
        hour: counted if hour in whole else known.get(hour, Counted()).merge(counted)
        for hour, counted in found.items()
        if hour not in known or not counted.files <= known[hour].files
    }


def given_up(document: Mapping[str, Any], why: str) -> dict[datetime, Counted]:
    """The hours as files that could not be counted."""
    return {
        datetime.fromisoformat(one["hour"]): Counted(files=frozenset(one["files"].values()), failed=why)
        for one in document["hours"]
    }
