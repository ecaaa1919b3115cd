"""What `monitor` does for one model: count the hours that are over, fold them into a verdict, keep it, say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from leeway import keys, models
from leeway.aws.table import Item
from leeway.bootstrap import App
from leeway.drift import plan
from leeway.drift.look import Look, Told
from leeway.drift.processing import ACTOR, Processing
from leeway.errors import Rejected
from leeway.journal import Entry, publish
from leeway.log import logger
from leeway.modelmonitor import follow
from leeway.modelmonitor.executions import Reader
from leeway.outcomes import monitoring
from leeway.outcomes.quality import Verdict as Quality
from leeway.reconcile import Done, Rest, reconcile
from leeway.rollout.observed import Slot
from leeway.rollout.records import slots
from leeway.spec import MODEL_MONITOR, ModelSpec

NAMESPACE = "Leeway"
SAID = {"drifted": "DriftFound", "stable": "NoDriftFound"}
# What was last known, in the codes of rests.
DRIFTED = {"drifted", "drifted-unknown", "drifted-refused", "drifted-counting"}


def monitor(app: App, model: str, now: datetime) -> Rest:
    """Look at what one model's endpoint has seen; raises only where the table cannot be written."""
    flight = Flight(app=app, model=model, now=now)
    rest, entries = reconcile(app.table, keys.MONITOR, model, now, flight.step_at, actor=ACTOR)
    publish(app.bus, entries)
    logger().info("rests", model=model, code=rest.code, until=keys.stamp(rest.until), why=rest.why)
    return rest


@dataclass(frozen=True, kw_only=True)
class Flight:
    """One look at one model."""

    app: App
    model: str
    now: datetime

    def step_at(self, item: Item, moment: datetime) -> Rest | Done:
        """A look at its own moment."""
        return replace(self, now=moment).step(item)

    def step(self, item: Item) -> Rest | Done:
        """At the job that counts, where there is one, and else at what was captured."""
        processing = Processing(app=self.app, model=self.model, now=self.now, item=item)
        drifted, counting = item.get("waiting_code") in DRIFTED, processing.counting
        if counting is None:
            return self.look(processing, drifted=drifted)
        try:
            return processing.step(counting, drifted=drifted)
        except (Rejected, ValueError, KeyError) as error:  # what is kept of it, or of the version, is no such thing
            return self._rest("refused", f"drift is unknown: {error}")

    def look(self, processing: Processing, *, drifted: bool) -> Rest | Done:
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
            look = Look(app=self.app, model=self.model, now=self.now)
            found = [look.at(spec, slot) for slot in plan.watched(served, self.now)]
        except (Rejected, ValueError, KeyError) as error:
            return self._rest("refused", f"drift is unknown: {error}")
        told, rest = [one.told for one in found if one.told is not None], None
        if told:
            newest = replace(told[-1], quality=self._quality(spec, served, told[-1].version))
            self._measure(newest, by_feature=spec.monitoring.feature_metrics)
            rest = self._said(newest, drifted=drifted)
        if large := next((one.outgrown for one in found if one.outgrown), None):
            return processing.begin(spec, large.slot, large.versus, large.todos)
        return rest or self._rest("no-hour", "no hour of what serves is over yet", silent=True)

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

    def _rest(self, code: str, why: str, *, silent: bool = False) -> Rest:
        until = plan.next_look(self.model, self.now)
        return Rest(until=until, code=code, why=why, what=SAID.get(code, "Waiting"), silent=silent)
