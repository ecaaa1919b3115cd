"""What a monitoring job does; the analyzer's container is AWS's own, and cannot run here.

It looks for captured data in its window, by its role. What the analyzer then finds is what a test or a user has said
(`LocalAWS.monitor_finds`), or, of data quality by a preprocessing script against a baseline, what `analyzer.py` finds;
it is written where Model Monitor writes it, under its names (reference 3.1, 3.9, 3.10).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from localaws.errors import LocalAwsError
from localaws.metrics import key_of
from localaws.sagemaker import analyzer
from localaws.sagemaker.analyzer import BadRecord
from localaws.sagemaker.attempt import Attempt, Outcome
from localaws.sagemaker.data import listed, read, split
from localaws.sagemaker.roles import UNPULLED
from localaws.world import ObjectStore, World

NO_DATA = "Job inputs had no data"
NAMESPACES = {
    "DataQuality": "aws/sagemaker/Endpoints/data-metrics",
    "ModelQuality": "aws/sagemaker/Endpoints/model-metrics",
}
NONE_HERE = f"{UNPULLED} (localaws has no analyzer for this: say what it finds by monitor_finds)"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the analyzer finds: violations and files by their names as it writes them, and metrics by theirs."""

    violations: Sequence[Mapping[str, Any]] = ()
    files: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(kw_only=True)
class Analysis:
    """One execution's task: the window, where the captured data lies, where the report goes, and what is found.

    `given` are the S3 URIs of script, constraints and statistics, where the definition has all three.
    """

    schedule: str
    endpoint: str
    kind: str
    start: datetime
    end: datetime
    captured: str
    report: str
    publishes: bool
    finding: Finding | None
    given: Sequence[str] = ()


def run_analysis(world: World, attempt: Attempt) -> Outcome:
    """Run one job in the thread that it was given."""
    task, role = attempt.analysis, attempt.request["RoleArn"]
    s3 = world.authority.store(role)
    if not world.authority.pulls(role, attempt.request["AppSpecification"]["ImageUri"]):
        return Outcome(status="Failed", reason=UNPULLED)
    bucket, prefix = split(task.captured)
    try:
        keys = listed(s3, bucket, f"{prefix}/")
    except LocalAwsError as error:
        return Outcome(status="Failed", reason=f"ClientError: Data download failed:{error}")
    keys = [key for key in keys if any(f"/{hour:%Y/%m/%d/%H}/" in key for hour in _hours(task))]
    if not keys:
        return Outcome(status="Failed", reason=NO_DATA)
    if task.finding is None and task.given:
        try:
            task.finding = _found(s3, task, [(bucket, key) for key in keys])
        except (LocalAwsError, BadRecord, ValueError, KeyError, TypeError) as error:
            return Outcome(status="Failed", reason=f"AlgorithmError: {error}")
    if task.finding is None:
        return Outcome(status="Failed", reason=NONE_HERE)
    try:
        for name, body in _files(task.finding).items():
            bucket, prefix = split(task.report)
            s3.put(bucket, f"{prefix}/{name}", json.dumps(body, indent=2).encode(), "application/json")
    except LocalAwsError as error:
        return Outcome(status="Failed", reason=f"ClientError: Artifact upload failed:{error}")
    return Outcome(status="Completed", message=_message(len(task.finding.violations)))


def _found(s3: ObjectStore, task: Analysis, keys: Sequence[tuple[str, str]]) -> Finding:
    """By the analyzer that is written anew."""
    script, constraints, statistics = (read(s3, *split(uri)) for uri in task.given)
    found = analyzer.rows(script, (read(s3, *key) for key in keys), task.start, task.end)
    seen = analyzer.analysed(found, json.loads(constraints), json.loads(statistics))
    return Finding(violations=seen.violations, files=seen.files, metrics=seen.metrics)


def _hours(task: Analysis) -> list[datetime]:
    """The hours of the window, by which captured files lie in folders."""
    first = task.start.replace(minute=0, second=0, microsecond=0)
    count = int(-((first - task.end) // HOUR))
    return [first + number * HOUR for number in range(max(count, 1))]


def _files(finding: Finding) -> dict[str, Any]:
    """Violations have a file of their own where there are any (reference 3.1)."""
    return dict(finding.files) | (
        {"constraint_violations.json": {"violations": list(finding.violations)}} if finding.violations else {}
    )


def _message(count: int) -> str:
    if count:
        return f"CompletedWithViolations: Job completed successfully with {count} violations."
    return "Completed: Job completed successfully with no violations."


def publish(world: World, task: Analysis) -> None:
    """The metrics of an execution, at the beginning of its window (reference 3.9, 3.12)."""
    for name, value in (task.finding.metrics if task.finding and task.publishes else {}).items():
        dimensions = {"Endpoint": task.endpoint, "MonitoringSchedule": task.schedule}
        key = key_of(NAMESPACES[task.kind], name, dimensions)
        world.metrics.add(key, task.start.timestamp(), float(value))
        world.metrics.embedded.add(key)
    world.measured()
