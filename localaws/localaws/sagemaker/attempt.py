"""One run of a job on an instance; a spot job that was interrupted has several."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.world import World

FIRST = "algo-1"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended; `message` is /opt/ml/output/message, `secondary` another last phase than the status."""

    status: str
    reason: str = ""
    message: str = ""
    secondary: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What an attempt is given; `limit` is in seconds, and `late` what its end is called."""

    name: str
    arn: str
    request: dict[str, Any]
    stop: threading.Event
    limit: float
    late: str = "MaxRuntimeExceeded"
    number: int = 1
    analysis: Any = None  # what a monitoring job is to do
    interrupted: Callable[[float, Path], bool] | None = None  # after so many seconds, with these checkpoints

    def log(self, world: World, host: str = FIRST) -> Path:
        """Where it prints: all attempts of a job into one file, which the first one begins anew."""
        return job_log(world, self.name, host)


def job_log(world: World, name: str, host: str = FIRST) -> Path:
    """The log of a job on one of its instances."""
    return world.state_dir / "logs" / "jobs" / (f"{name}.log" if host == FIRST else f"{name}.{host}.log")


def hosts_of(request: dict[str, Any]) -> list[str]:
    """The names of a job's instances."""
    cluster = request.get("ProcessingResources", {}).get("ClusterConfig", {})
    return [f"algo-{number}" for number in range(1, cluster.get("InstanceCount", 1) + 1)]
