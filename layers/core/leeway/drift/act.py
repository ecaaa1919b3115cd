"""What `monitor` does for one model: count the hours that are over, fold them into a verdict, keep it, say so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from leeway import keys, models
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.drift import plan, records
from leeway.drift.hours import Hours
from leeway.drift.records import State
from leeway.drift.timeline import Status, Timeline, judged
from leeway.drift.windows import Window
from leeway.errors import Rejected
from leeway.journal import Entry, publish
from leeway.log import logger
from leeway.modelmonitor import follow
from leeway.modelmonitor.executions import Reader
from leeway.modelmonitor.keep import Files
from leeway.outcomes import monitoring
from leeway.outcomes.quality import Verdict as Quality
from leeway.reconcile import Done, Rest, reconcile
from leeway.rollout.observed import Slot
from leeway.rollout.records import slots
from leeway.spec import MODEL_MONITOR, ModelSpec

ACTOR = "monitor"
NAMESPACE = "Leeway"
SAID = {"drifted": "DriftFound", "stable": "NoDriftFound"}
DRIFTED = {"drifted", "drifted-unknown", "drifted-refused"}  # what was last known, in the codes of rests


def monitor(app: App, model: str, now: datetime) -> Rest:
    """Look at what one model's endpoint has seen; raises only where the table cannot be written."""
    flight = Flight(app=app, model=model, now=now)
    rest, entries = reconcile(app.table, keys.MONITOR, model, now, flight.step_at, actor=ACTOR)
    publish(app.bus, entries)
    logger().info("rests", model=model, code=rest.code, until=keys.stamp(rest.until), why=rest.why)
    return rest


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known of a version after its newest hour."""

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
class Flight:
    """One look at one model."""

    app: App
    model: str
    now: datetime

    @property
    def _hours(self) -> Hours:
        return Hours(app=self.app, model=self.model)

    def step_at(self, item: Item, moment: datetime) -> Rest | Done:
        """A look at its own moment."""
        return replace(self, now=moment).look(drifted=item.get("waiting_code") in DRIFTED)

    def look(self, *, drifted: bool) -> Rest | Done:
        """All versions that have open hours; the newest one's verdict is the model's."""
        pointer = models.find(self.app.table, self.model)
        if pointer is None:
            return self._rest("no-spec", "no specification was applied for this model", silent=True)
        served = slots(self.app.table, self.model)
        if not served:
            return self._rest("nothing-serves", "no version has served yet", silent=True)
        spec = models.specification(self.app.objects, self.app.settings.artifacts_bucket, pointer)
        try:
            if spec.monitoring.engine == MODEL_MONITOR:
                return self._by_model_monitor(spec, served, drifted=drifted)
            found = [self._look(spec, slot) for slot in plan.watched(served, self.now)]
        except (Rejected, ValueError, KeyError) as error:
            return self._rest("refused", f"drift is unknown: {error}")
        told = [one for one in found if one is not None]
        if not told:
            return self._rest("no-hour", "no hour of what serves is over yet", silent=True)
        newest = replace(told[-1], quality=self._quality(spec, served, told[-1].version))
        self._measure(newest, by_feature=spec.monitoring.feature_metrics)
        return self._said(newest, drifted=drifted)

    def _by_model_monitor(self, spec: ModelSpec, served: list[Slot], *, drifted: bool) -> Rest | Done:
        """Inputs as Model Monitor judges them; labels are measured as ever, and are all the evidence that is told."""
        if step := follow.due(self.app, spec, served):
            follow.carry_out(self.app, step)
            entry = Entry(model=self.model, at=self.now, actor=ACTOR, what="MonitoringScheduled", why=step.says)
            self.app.table.put(entry.write())
            return Done(entries=(entry,))
        reader = Reader(app=self.app, spec=spec, served=served, now=self.now)
        found = reader.told()
        until = reader.next_look()
        if not found:
            code, why = "drifted-unknown" if drifted else "no-hour", "no execution of Model Monitor was over since"
            return replace(self._rest(code, why, silent=True), until=until)
        last = found[-1]
        told = Told(version=last.version, hour=last.hour, window=last.window, status=last.status, features={})
        told = replace(told, quality=self._quality(spec, served, told.version))
        self._measure(told, by_feature=False, inputs=False)
        return replace(self._said(told, drifted=drifted), until=until)

    def _quality(self, spec: ModelSpec, served: list[Slot], newest: int) -> Quality | None:
        """By labels, of the newest version; of those before it the hours are only told in their reports."""
        found: Quality | None = None
        for slot in monitoring.watched(served, spec.rollout.outcome_window, self.now):
            try:
                seen = monitoring.look(self.app, spec, slot, self.now)
            except (Rejected, ValueError, KeyError) as error:
                seen = Quality(verdict="unknown", evidence=0.0, why=f"quality is unknown: {error}")
            found = seen if slot.version == newest else found
        return found

    def _said(self, told: Told, *, drifted: bool) -> Rest:
        """News is drift that was not there, and its end; hours of which nothing is known are neither."""
        verdict = told.verdict
        if told.refused:
            code = "drifted-refused" if drifted else "refused"
            return self._rest(code, f"version {told.version}: {told.status.why}")
        code = "drifted-unknown" if verdict == "unknown" and drifted else verdict
        news = verdict == ("stable" if drifted else "drifted")
        why = f"{told.status.why}; {told.quality.why}" if told.quality else told.status.why
        return self._rest(code, f"version {told.version}: {why}", silent=not news)

    def _look(self, spec: ModelSpec, slot: Slot) -> Told | None:
        """Count, fold and keep; None where no hour is over since the last look.

        The state is kept after each hour that was counted anew: a look that runs out of time goes on from there.
        """
        versus, baseline = self._hours.compared(spec, slot)
        files, before = self._files(slot), self._state(slot)
        state = before or State(timeline=Timeline.begin(versus), settled=None, hours={})
        hours = plan.hours(slot, state.settled, self.now)
        if not hours:
            return None
        if before is None:
            files.baseline(versus, baseline)
        limits = files.limits(versus)
        mark = keys.digest(limits.refused, json.dumps(limits.constraints.to_json()))
        state = replace(state, hours={hour: one for hour, one in state.hours.items() if hour in hours})
        timeline, told, changed = state.timeline, None, mark != state.limits
        for hour in hours:
            known = state.hours.get(hour)
            counted = self._hours.counted(spec, slot, versus, hour, known)
            timeline, status = timeline.after(hour, counted.window, versus, delta=spec.monitoring.delta)
            window, status = judged(counted.window, status, limits.refused)
            told = Told(
                version=slot.version, hour=hour, window=window, status=status, refused=bool(limits.refused),
                features={name: track.evidence for name, track in timeline.detector.tracks.items()},
            )  # fmt: skip
            state = state.after(hour, counted, timeline, settles=plan.settles(hour, self.now))
            changed = changed or counted != known  # an hour that has grown changes what is known of those after it
            if changed:
                found = files.hour(hour, versus, window, limits)
                document = records.report(hour, slot.version, window, status, [one.to_json() for one in found])
                self._report(slot.version, hour, document)
            if counted != known and hour != hours[-1]:
                self._put(records.state_key(self.model, slot.version), state.to_json())
        self._put(records.state_key(self.model, slot.version), replace(state, limits=mark).to_json())
        return told

    def _report(self, version: int, hour: datetime, document: dict[str, object]) -> None:
        """What labels have told of the hour by now stands in its report already, and stays."""
        key = records.report_key(self.model, version, hour)
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

    def _measure(self, told: Told, *, by_feature: bool, inputs: bool = True) -> None:
        """Three metrics a model; of an unknown hour no evidence, so that an alarm neither begins nor ends by it."""
        window, status = told.window, told.status
        values = {"MonitoredRows": float(window.rows), "UnusedRecords": float(sum(window.unused.values()))}
        known = [status.evidence] if inputs and status.verdict != "unknown" else []
        if told.quality is not None and told.quality.verdict != "unknown":
            known.append(told.quality.evidence)
        if known:
            values["DriftEvidence"] = max(known)
        ours = {"Stack": self.app.settings.stack, "Model": self.model}
        self.app.metrics.put(NAMESPACE, ours, values, told.hour)
        if by_feature and status.verdict != "unknown":
            self.app.metrics.put_by(NAMESPACE, ours, "FeatureEvidence", "Feature", told.features, told.hour)

    def _put(self, key: str, document: dict[str, object]) -> None:
        self.app.objects.put(self.app.settings.artifacts_bucket, key, json.dumps(document).encode())

    def _rest(self, code: str, why: str, *, silent: bool = False) -> Rest:
        until = plan.next_look(self.model, self.now)
        return Rest(until=until, code=code, why=why, what=SAID.get(code, "Waiting"), silent=silent)
