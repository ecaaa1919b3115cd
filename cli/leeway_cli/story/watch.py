"""What has happened since one looked last: from the journal, and from SageMaker itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected
from leeway_cli import timeline
from leeway_cli.target import Target

QUIET = {"Condition"}  # steps that only branch


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that happened: who, what, why."""

    at: datetime
    actor: str
    what: str
    why: str

    def text(self) -> str:
        """As it is told."""
        return f"{timeline.words(self.what)}: {self.why}" if self.why else timeline.words(self.what)

    def as_json(self) -> dict[str, str]:
        """For programs."""
        return {"at": keys.stamp(self.at), "actor": self.actor, "what": self.what, "why": self.why}


@dataclass(kw_only=True)
class Watch:
    """Remembers what was told, so that nothing is told twice."""

    target: Target
    model: str
    seen: set[str] = field(default_factory=set)
    executions: dict[str, bool] = field(default_factory=dict)

    def look(self) -> list[News]:
        """What is new, in order of time; the journal is read last, so that whatever is seen has its reason in it."""
        found = [*self._endpoint(), *self._steps(), *self._journal()]
        return sorted(found, key=lambda news: news.at)

    def _new(self, mark: str) -> bool:
        if mark in self.seen:
            return False
        self.seen.add(mark)
        return True

    def _journal(self) -> Iterator[News]:
        for entry in timeline.entries(self.target.app.table, self.model, 40):
            if self._new(entry.sort_key):
                yield News(at=entry.at, actor=entry.actor, what=entry.what, why=entry.why)

    def _steps(self) -> Iterator[News]:
        """Steps of every execution that is not told to its end."""
        client = self.target.client("sagemaker")
        for arn in self._unfinished(client):
            with translated("SageMaker ListPipelineExecutionSteps"):
                answer = client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
            for step in answer["PipelineExecutionSteps"]:
                yield from self._step(arn, step)

    def _unfinished(self, client: Any) -> list[str]:
        try:
            with translated("SageMaker ListPipelineExecutions"):
                answer = client.list_pipeline_executions(PipelineName=self.target.settings.resource(self.model))
        except (Missing, Rejected):
            return []
        told = [arn for arn, ended in self.executions.items() if ended]
        for summary in answer["PipelineExecutionSummaries"]:
            ended = summary["PipelineExecutionStatus"] not in {"Executing", "Stopping"}
            self.executions[summary["PipelineExecutionArn"]] = ended
        return [arn for arn in self.executions if arn not in told]

    def _step(self, arn: str, step: dict[str, Any]) -> Iterator[News]:
        name, status = step["StepName"], step["StepStatus"]
        if status in {"Starting", "Executing"} or next(iter(step.get("Metadata", {})), "") in QUIET:
            return
        if self._new(f"{arn}/{name}/{status}"):
            ended, began = step.get("EndTime"), step.get("StartTime")
            took = f"after {(ended - began).total_seconds():.1f} s" if ended and began else ""
            why = step.get("FailureReason") or took
            yield News(
                at=ended or began or self.target.now(), actor="SageMaker", what=f"{name} {status.lower()}", why=why
            )

    def _endpoint(self) -> Iterator[News]:
        try:
            endpoint = self.target.app.sagemaker.endpoint(self.target.settings.resource(self.model))
        except Missing:
            return
        if self._new(f"{endpoint.name}/{endpoint.status}/{endpoint.modified}"):
            why = endpoint.reason or f"configuration {endpoint.config}"
            what = f"Endpoint is {endpoint.status}"
            yield News(at=endpoint.modified, actor="SageMaker", what=what, why=why)
