"""What Model Monitor's executions have found, hour by hour, as reports like those of our own engine.

Which executions were told is kept, and each is told once, when it is over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leeway.aws.monitoring import Execution
from leeway.bootstrap import App
from leeway.drift import plan, records
from leeway.drift.hours import Hours
from leeway.drift.reference import Reference
from leeway.drift.timeline import Status
from leeway.drift.windows import Window
from leeway.modelmonitor import violations
from leeway.modelmonitor.reading import window
from leeway.modelmonitor.schedule import report_prefix, version_of
from leeway.rollout.observed import Slot
from leeway.spec import ModelSpec

SOON, UNTIL = timedelta(minutes=10), timedelta(minutes=50)  # looks at an execution to come: how often, how long
RUNNING = {"Pending", "InProgress", "Stopping"}
BACK = timedelta(hours=48)  # as far as is looked back


@dataclass(frozen=True, kw_only=True)
class Found:
    """An hour of a version, as an execution has it."""

    version: int
    hour: datetime
    window: Window
    status: Status


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Of the schedule of one model."""

    app: App
    spec: ModelSpec
    served: list[Slot]
    now: datetime

    @property
    def _model(self) -> str:
        return self.spec.model.name

    @property
    def _key(self) -> str:
        return f"monitoring/{self._model}/model-monitor.json"

    def told(self) -> list[Found]:
        """The hours whose executions are over since the last look, the earliest first; their reports are written."""
        name, found = self.app.settings.resource(self._model), []
        for execution in over(self.app.monitoring.executions(name, max(self._until(), self.now - BACK))):
            if (version := version_of(execution.definition, name)) is not None:
                found.append(self._tell(execution, version))
            self._put(self._key, {"until": execution.scheduled.isoformat()})
        return [one for one in found if one is not None]

    def next_look(self) -> datetime:
        """Soon, where the execution of the hour that is over is still to come: they begin within twenty minutes."""
        hour = plan.floor(self.now)
        waits = self._until() < hour and self.now + SOON < hour + UNTIL
        return self.now + SOON if waits else plan.next_look(self._model, self.now)

    def _until(self) -> datetime:
        """When the newest execution was scheduled that was told."""
        state = self.app.objects.get_json(self.app.settings.artifacts_bucket, self._key)
        return datetime.fromisoformat(state["until"]) if state else self.now - BACK

    def _tell(self, execution: Execution, version: int) -> Found | None:
        """None for a version that never served, which was not Leeway's doing."""
        slots = [slot for slot in self.served if slot.version == version]
        if not slots:
            return None
        hour, name = execution.scheduled - plan.HOUR, self.app.settings.resource(self._model)
        versus, _ = Hours(app=self.app, model=self._model).compared(self.spec, slots[-1])
        folder = f"{report_prefix(self._model, name)}/{execution.scheduled:%Y/%m/%d/%H}"
        seen, listed, status = self._read(execution, hour, folder, versus)
        if not any(plan.bounds(slot, hour) == (hour, hour + plan.HOUR) for slot in slots):
            why = f"unknown: version {version} did not serve for the whole hour, and Model Monitor counts it as one"
            status = Status(verdict="unknown", evidence=0.0, why=why)
        document = records.report(hour, version, seen, status, listed)
        self._put(records.report_key(self._model, version, hour), document)
        return Found(version=version, hour=hour, window=seen, status=status)

    def _read(
        self, execution: Execution, hour: datetime, folder: str, versus: Reference
    ) -> tuple[Window, list[dict[str, str]], Status]:
        """Whatever is no file of Model Monitor makes the hour unknown."""
        if execution.status not in violations.DONE:
            return Window(), [], violations.status(hour, [], execution=execution.status, reason=execution.reason)
        try:
            listed = violations.read(self._json(folder, violations.NAMES))
            statistics = self._json(folder, ("statistics.json",))
            seen = window(versus, statistics) if statistics is not None else Window()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            where = f"s3://{self.app.settings.artifacts_bucket}/{folder}"
            why = f"unknown: what Model Monitor wrote to {where} cannot be read: {error}"
            return Window(), [], Status(verdict="unknown", evidence=0.0, why=why)
        status = violations.status(hour, listed, execution=execution.status, reason=execution.reason)
        return seen, [one.to_json() for one in listed], status

    def _json(self, folder: str, names: Iterable[str]) -> Any:
        bucket = self.app.settings.artifacts_bucket
        found = (self.app.objects.get_json(bucket, f"{folder}/{name}") for name in names)
        return next((one for one in found if one is not None), None)

    def _put(self, key: str, document: dict[str, Any]) -> None:
        self.app.objects.put(self.app.settings.artifacts_bucket, key, json.dumps(document).encode())


def over(executions: Iterable[Execution]) -> list[Execution]:
    """Those before the first that is not over: so each is told once, and in its order."""
    found = []
    for one in executions:
        if one.status in RUNNING:
            break
        found.append(one)
    return found
