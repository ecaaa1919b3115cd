"""One version's hours: counted, folded into a verdict, and kept, each with its report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leeway import keys
from leeway.bootstrap import App
from leeway.drift import jobs, plan, records
from leeway.drift.hours import Hours, Todo
from leeway.drift.records import State
from leeway.drift.reference import Reference
from leeway.drift.timeline import Status, Timeline, judged, uncounted
from leeway.drift.windows import Window
from leeway.modelmonitor.keep import Files, Limits
from leeway.outcomes.quality import Verdict as Quality
from leeway.rollout.observed import Slot
from leeway.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of a version after its newest hour; `refused` is one that a person must do something about."""

    version: int
    hour: datetime
    window: Window
    status: Status
    features: Mapping[str, float]
    refused: bool = False
    quality: Quality | None = None

    @property
    def worse(self) -> bool:
        """Whether labels say so."""
        return self.quality is not None and self.quality.verdict == "worse"

    @property
    def verdict(self) -> str:
        """Of inputs, scores and labels together."""
        return "drifted" if self.worse else self.status.verdict


@dataclass(frozen=True, kw_only=True)
class Outgrown:
    """Hours of a slot that a job is to count."""

    slot: Slot
    versus: Reference
    todos: Sequence[Todo]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the newest hour has told, None where none is over since; `outgrown` are left, and what comes after them."""

    told: Told | None = None
    outgrown: Outgrown | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """At one model."""

    app: App
    model: str
    now: datetime

    @property
    def _hours(self) -> Hours:
        return Hours(app=self.app, model=self.model)

    def at(self, spec: ModelSpec, slot: Slot) -> Seen:
        """Count, fold and keep what is there of one slot.

        The state is kept after each hour that was counted anew: a look that runs out of time goes on from there.
        """
        versus, baseline = self._hours.compared(spec, slot)
        files, before = self._files(slot), self._state(slot)
        state = before or State(timeline=Timeline.begin(versus), settled=None, hours={})
        hours = plan.hours(slot, state.settled, self.now)
        if not hours:
            return Seen()
        if before is None:
            files.baseline(versus, baseline)
        limits = files.limits(versus)
        mark = keys.digest(limits.refused, json.dumps(limits.constraints.to_json()))
        state = replace(state, hours={hour: one for hour, one in state.hours.items() if hour in hours})
        timeline, told, changed = state.timeline, None, mark != state.limits
        for hour in hours:
            known = state.hours.get(hour)
            todo = self._hours.todo(slot, hour, state.ready.get(hour, known))
            if jobs.outgrown(todo, spec):
                break
            counted = self._hours.counted(spec, versus, todo)
            changed = changed or counted != known  # an hour that has grown changes what is known of those after it
            timeline, status = timeline.after(hour, counted.window, versus, delta=spec.monitoring.delta)
            status = uncounted(status, counted.failed) if counted.failed else status
            told = _told(slot, hour, timeline, *judged(counted.window, status, limits.refused))
            told = replace(told, refused=bool(limits.refused or counted.failed))
            state = state.after(hour, counted, timeline, settles=plan.settles(hour, self.now))
            if changed:
                self._report(files, versus, limits, told)
            if counted != known and hour != hours[-1]:
                self._put(records.state_key(self.model, slot.version), state.to_json())
        left = hours[hours.index(told.hour) + 1 :] if told else hours
        # Reports of the hours that are left are not by these constraints yet.
        self._put(
            records.state_key(self.model, slot.version), replace(state, limits=state.limits if left else mark).to_json()
        )
        return Seen(told=told, outgrown=self._outgrown(spec, slot, versus, state, left))

    def _outgrown(
        self, spec: ModelSpec, slot: Slot, versus: Reference, state: State, left: Sequence[datetime]
    ) -> Outgrown | None:
        """Of the hours that are left, those that are too large; the others are counted once it is their turn."""
        found = [self._hours.todo(slot, hour, state.ready.get(hour, state.hours.get(hour))) for hour in left]
        todos = [todo for todo in found if jobs.outgrown(todo, spec)]
        return Outgrown(slot=slot, versus=versus, todos=todos) if todos else None

    def _report(self, files: Files, versus: Reference, limits: Limits, told: Told) -> None:
        """What labels have told of the hour by now stands in its report already, and stays."""
        found = files.hour(told.hour, versus, told.window, limits)
        violated = [one.to_json() for one in found]
        document = records.report(told.hour, told.version, told.window, told.status, violated)
        key = records.report_key(self.model, told.version, told.hour)
        before = self.app.objects.get_json(self.app.settings.artifacts_bucket, key) or {}
        self._put(key, {name: value for name, value in before.items() if name.startswith("quality")} | document)

    def _files(self, slot: Slot) -> Files:
        settings = self.app.settings
        return Files(
            objects=self.app.objects,
            inbox=settings.inbox_bucket,
            artifacts=settings.artifacts_bucket,
            model=self.model,
            version=slot.version,
        )

    def _state(self, slot: Slot) -> State | None:
        """None before the first look."""
        key = records.state_key(self.model, slot.version)
        document = self.app.objects.get_json(self.app.settings.artifacts_bucket, key)
        return None if document is None else State.from_json(document)

    def _put(self, key: str, document: dict[str, object]) -> None:
        self.app.objects.put(self.app.settings.artifacts_bucket, key, json.dumps(document).encode())


def _told(slot: Slot, hour: datetime, timeline: Timeline, window: Window, status: Status) -> Told:
    features = {name: track.evidence for name, track in timeline.detector.tracks.items()}
    return Told(version=slot.version, hour=hour, window=window, status=status, features=features)
