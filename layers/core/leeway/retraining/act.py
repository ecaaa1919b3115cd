"""What `retrainer` does for one model: read, plan, carry out one decision at a time, say so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from leeway import keys, models
from leeway.arrivals import records as arrivals
from leeway.aws.table import Delete, Item, Value, Write
from leeway.bootstrap import App
from leeway.errors import Rejected
from leeway.journal import Detail, Entry, publish
from leeway.log import logger
from leeway.reconcile import Done, Rest, fence, reconcile
from leeway.retraining import observe, records
from leeway.retraining.decisions import CloseRun, Decision, Look, SendStart, Skip, Start, Tell, Wait
from leeway.retraining.manifest import considered
from leeway.retraining.plan import plan
from leeway.retraining.run import BROKEN, EXECUTING, VERDICTS, Run, next_attempt, run_key
from leeway.retraining.triggers import prospect
from leeway.retraining.verdict import Verdict
from leeway.wake import idle_look, owed

ACTOR = "retrainer"
SKEW = timedelta(hours=1)  # more than two clocks differ by
MOST_DROPS = 90  # of the 100 writes of a transaction


def retrain(app: App, model: str, now: datetime) -> Rest:
    """Bring one model's trainings forward as far as they go now; raises only where the table cannot be written."""
    flight = Flight(app=app, model=model, now=now)
    rest, entries = reconcile(app.table, keys.RETRAINER, model, now, flight.step_at, actor=ACTOR)
    publish(app.bus, entries)
    logger().info("rests", model=model, code=rest.code, until=keys.stamp(rest.until), why=rest.why)
    return rest


@dataclass(frozen=True, kw_only=True)
class Flight:
    """One wake of one model; `recorded` holds the runs recorded in it, which nobody can have started before."""

    app: App
    model: str
    now: datetime
    recorded: set[str] = field(default_factory=set)

    def step_at(self, item: Item, moment: datetime) -> Rest | Done:
        """A step at its own moment."""
        return replace(self, now=moment).step(item)

    def step(self, item: Item) -> Rest | Done:
        """One decision carried out. What is refused for good is held and said: the next look may find it mended."""
        try:
            return self._step(item)
        except Rejected as error:
            return self._rest(Wait(code="refused", why=f"cannot go on: {error}"), "Held")

    def _step(self, item: Item) -> Rest | Done:
        pointer = models.find(self.app.table, self.model)
        if pointer is None:
            return self._rest(
                Wait(code="no-spec", why="no specification was applied for this model; leeway apply does")
            )
        try:
            spec = models.specification(self.app.objects, self.app.settings.artifacts_bucket, pointer)
        except ValueError as error:
            return self._rest(Wait(code="bad-spec", why=f"{error}; apply it again with this version of Leeway"), "Held")
        seen = observe.observe(self.app, pointer, spec, item)
        decision = plan(spec, seen, self.now)
        if isinstance(decision, Look):
            seen = observe.stock(self.app, spec, seen)
            decision = plan(spec, seen, self.now)
        return self._carry_out(decision, item, pointer.definition_sha256)

    def _carry_out(self, decision: Decision, item: Item, definition: str) -> Rest | Done:
        match decision:
            case Start():
                return self._start(decision, item, definition)
            case SendStart():
                return self._send(decision.run, item)
            case CloseRun():
                return self._close(decision.run, decision.verdict, item)
            case Skip():
                return self._skip(decision, item)
            case Tell():
                return self._tell(decision, item)
            case Wait():
                return self._rest(decision)
            case Look():
                raise AssertionError("the stock was read, and the plan asks for it again")

    def _start(self, start: Start, item: Item, definition: str) -> Done:
        """Record the run before anything is started, so that whoever finds the record knows what to start."""
        manifest, bucket = start.manifest, self.app.settings.artifacts_bucket
        champion = observe.champion(self.app, self.model)
        key = run_key(model=self.model, manifest=manifest.sha256, definition=definition, champion=champion)
        run = Run(
            model=self.model,
            created=self.now,
            key=key,
            attempt=next_attempt(key, records.history(self.app.table, self.model)),
            trigger=start.trigger,
            manifest=manifest.folder,
            champion=champion,
            definition=definition,
            files=len(manifest.train),
            rows=manifest.rows,
            requests=start.requests,
            asked_by=start.asked_by,
        )
        self.app.objects.put(bucket, f"{run.manifest}/files.json", manifest.files(bucket))
        self.app.objects.put(bucket, f"{run.manifest}/manifest.json", manifest.document)
        entry = self._entry("TrainingStarted", start.why, run, {"files": run.files, "rows": run.rows})
        self._keep(item, {"active_run": run.sort_key}, records.new(run), entry.write())
        self.recorded.add(run.id)
        return Done(entries=(entry,))

    def _send(self, run: Run, item: Item) -> Done:
        """Start the execution of a recorded run, or adopt the one of an earlier start whose answer got lost."""
        sagemaker, pipeline = self.app.sagemaker, self.app.settings.resource(self.model)
        try:
            known = run.id not in self.recorded and sagemaker.find_execution(pipeline, run.name, run.created - SKEW)
            arn = known or sagemaker.start(pipeline, run.name, run.token, self._parameters(run))
        except Rejected as error:
            return self._close(run, Verdict(outcome=BROKEN, why=f"the pipeline cannot be started: {error}"), item)
        entries: tuple[Entry, ...] = ()
        if known:
            why = "the answer to an earlier start was lost; its execution was found by name and goes on"
            entries = (self._entry("TrainingAdopted", why, run, {"execution": arn}),)
        begun = records.changed(replace(run, status=EXECUTING, execution=arn))
        self._keep(item, {}, begun, *(entry.write() for entry in entries))
        return Done(entries=entries)

    def _parameters(self, run: Run) -> dict[str, str]:
        artifact = self.app.settings.artifact
        return {"Manifest": artifact(run.manifest), "RunPrefix": artifact(run.folder), "Champion": run.champion}

    def _close(self, run: Run, verdict: Verdict, item: Item) -> Done:
        """Consume first, then close: a crash in between finds the run open, and consumes the same again."""
        ended = replace(run, status=verdict.outcome, ended=self.now, why=verdict.why, package=verdict.package)
        if verdict.outcome in VERDICTS:
            self._consume(run)
            why = verdict.why
        else:
            why = f"{verdict.why}; {self._prospect(ended)}"
        detail: Detail = {"execution": run.execution, "version": verdict.version, "package": verdict.package}
        entry = self._entry(f"Training{verdict.outcome}", why, run, detail)
        registered = [owed(keys.APPROVER, self.model, self.now)] if verdict.package else []
        self._keep(item, {}, records.changed(ended), entry.write(), *registered, remove=("active_run",))
        return Done(entries=(entry,))

    def _consume(self, run: Run) -> None:
        table = self.app.table
        manifest = self.app.objects.get(self.app.settings.artifacts_bucket, f"{run.manifest}/manifest.json")
        arrivals.consume(table, self.model, considered(manifest))
        table.delete_all((keys.model_pk(self.model), request) for request in run.requests)

    def _prospect(self, ended: Run) -> str:
        """What comes after a broken run."""
        table = self.app.table
        others = [run for run in records.recent(table, self.model) if run.sort_key != ended.sort_key]
        pointer = models.find(table, self.model)
        since = pointer.applied_at if pointer else ended.created
        return prospect([ended, *others], records.requests(table, self.model), since, self._cooldown(pointer))

    def _cooldown(self, pointer: models.Model | None) -> timedelta:
        if pointer is None:
            return timedelta()
        spec = models.specification(self.app.objects, self.app.settings.artifacts_bucket, pointer)
        return spec.retraining.cooldown

    def _skip(self, skip: Skip, item: Item) -> Done:
        entry = Entry(
            model=self.model, at=self.now, actor=ACTOR, what="TrainingSkipped", why=skip.why, detail={"code": skip.code}
        )
        drops = [Delete(pk=item["pk"], sk=request) for request in skip.requests[:MOST_DROPS]]
        self._keep(item, {"skipped_at": keys.stamp(self.now)}, entry.write(), *drops)
        return Done(entries=(entry,))

    def _tell(self, tell: Tell, item: Item) -> Done:
        """Told before it is recorded: a crash in between tells it twice, and never not at all."""
        why = f"no training starts: {tell.why}"
        said = {"code": tell.code}
        entry = Entry(model=self.model, at=self.now, actor=ACTOR, what="DriftWaits", why=why, detail=said)
        self.app.topic.tell(f"{self.model}: drift, and no training starts", f"{why}\n\nleeway explain {self.model}")
        self._keep(item, {"told": tell.key}, entry.write())
        return Done(entries=(entry,))

    def _keep(self, item: Item, values: dict[str, Value], *writes: Write, remove: tuple[str, ...] = ()) -> None:
        """All writes with the machine's item, or none where somebody else wrote since it was read."""
        self.app.table.transact([fence(keys.RETRAINER, item, values, remove), *writes])

    def _entry(self, what: str, why: str, run: Run, detail: Detail) -> Entry:
        said: Detail = {"run": run.id, "trigger": run.trigger, "attempt": run.attempt, **detail}
        return Entry(model=self.model, at=self.now, actor=ACTOR, what=what, why=why, detail=said)

    def _rest(self, wait: Wait, what: str = "Waiting") -> Rest:
        """Until what it waits for, but no longer than an idle model: what nobody told is found within the hour."""
        until = min(filter(None, [wait.until, idle_look(keys.RETRAINER, self.model, self.now)]))
        return Rest(until=until, code=wait.code, why=wait.why, what=what, silent=wait.silent)
