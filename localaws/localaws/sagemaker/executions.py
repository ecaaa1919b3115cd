"""What is kept of pipelines, their executions and the steps of those."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OVER = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")


@dataclass(kw_only=True)
class StepRun:
    """One step of an execution."""

    step: dict[str, Any]
    status: str = "Executing"
    started: datetime
    ended: datetime | None = None
    reason: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)  # what Get Steps.X… sees
    cache_hit: str = ""
    job: str = ""
    attempts: int = 1
    waiting: bool = False  # for its next attempt


@dataclass(kw_only=True)
class Execution:
    """One execution; `waiting` are the steps that have not begun."""

    arn: str
    id: str
    pipeline: Pipeline
    role: str  # that the pipeline had when it was started
    definition: dict[str, Any]
    text: str
    parameters: dict[str, Any]
    given: list[dict[str, str]]
    created: datetime
    display: str
    description: str
    token: str
    status: str = "Executing"
    modified: datetime | None = None
    reason: str = ""
    runs: dict[str, StepRun] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    stopping: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing changes it any more."""
        return self.status in OVER


@dataclass(kw_only=True)
class Pipeline:
    """A pipeline; `token` is that of its creation."""

    name: str
    arn: str
    text: str
    definition: dict[str, Any]
    role: str
    created: datetime
    modified: datetime
    display: str = ""
    description: str = ""
    token: str = ""
    last_run: datetime | None = None
