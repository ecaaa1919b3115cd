"""What `rollout` does for one model: read, plan, carry out one decision at a time, say so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from leeway import keys, models
from leeway.aws.table import Item, Put, Value, Write
from leeway.bootstrap import App
from leeway.errors import Rejected
from leeway.journal import Detail, Entry, publish
from leeway.log import logger
from leeway.reconcile import Done, Rest, reconcile
from leeway.rollout import artefact, observe, records
from leeway.rollout.canary import act as canary
from leeway.rollout.canary.steps import GiveUp, Ring, Silence
from leeway.rollout.challenge import act as challenge
from leeway.rollout.challenge.apart import Lower, Raise
from leeway.rollout.challenge.experiment import Assign, Judge, Turn, Weigh
from leeway.rollout.decisions import (
    Ask,
    Decision,
    Hold,
    Look,
    MakeConfig,
    MakeModel,
    Reevaluate,
    Scale,
    Settle,
    Unscale,
    Wait,
)
from leeway.rollout.flight import ACTOR, SOON, Flight
from leeway.rollout.leftovers import Made, Retire, noted
from leeway.rollout.observed import Observed
from leeway.rollout.plan import plan
from leeway.rollout.scaling import act as scaling
from leeway.spec import ModelSpec
from leeway.wake import epoch, owed


def roll_out(app: App, model: str, now: datetime, token: str) -> Rest:
    """Bring one model's endpoint forward as far as it goes now; raises only where the table cannot be written."""
    flight = Steps(app=app, model=model, now=now, token=token)
    rest, entries = reconcile(app.table, keys.ROLLOUT, model, now, flight.step_at, actor=ACTOR)
    publish(app.bus, entries)
    logger().info("rests", model=model, code=rest.code, until=keys.stamp(rest.until), why=rest.why)
    return rest


@dataclass(frozen=True, kw_only=True)
class Steps(Flight):
    """The steps of one wake."""

    def step_at(self, item: Item, moment: datetime) -> Rest | Done:
        """A step at its own moment."""
        return replace(self, now=moment).step(item)

    def step(self, item: Item) -> Rest | Done:
        """One decision carried out. What is refused for good is held and said: the next look may find it mended."""
        pointer = models.find(self.app.table, self.model)
        if pointer is None:
            why = "no specification was applied for this model; leeway apply does"
            return self.rest(Wait(code="no-spec", why=why))
        try:
            spec = models.specification(self.app.objects, self.app.settings.artifacts_bucket, pointer)
            return self._step(item, spec, paused=pointer.paused)
        except (Rejected, ValueError) as error:
            return self.rest(Hold(code="refused", why=f"cannot go on: {error}"))

    def _step(self, item: Item, spec: ModelSpec, *, paused: bool) -> Rest | Done:
        seen, learnt = observe.observe(self.app, spec, item, self.now)
        if learnt:
            return Done(entries=learnt)
        decision = plan(seen)
        if isinstance(decision, Look):
            decision = plan(observe.stock(self.app, seen, paused=paused))
        if isinstance(decision, Judge):
            return self._judge(spec, seen, item, paused=paused)
        return self._carry_out(decision, item)

    def _judge(self, spec: ModelSpec, seen: Observed, item: Item, *, paused: bool) -> Rest | Done:
        """A look at the experiment, and what follows from it; nothing brings more traffic while things are halted."""
        looked = challenge.look(self, spec, seen, item)
        turned = challenge.follow(seen, looked)
        if turned is not None and turned.brings:
            if learnt := observe.verified(self.app, seen):
                return Done(entries=learnt)
            stock = observe.stock(self.app, seen, paused=paused).stock
            if stock is not None and stock.halted:
                return self.rest(Hold(code="halted", why=f"{turned.why}; but {stock.halted}"))
        if turned is None:
            return challenge.settled(self, seen, looked)
        return challenge.turn(self, turned, {**looked.item, "tally": looked.tally.to_item()})

    def _carry_out(self, decision: Decision, item: Item) -> Rest | Done:
        match decision:
            case MakeModel() | MakeConfig():
                return self._make(decision, item)
            case Ask():
                return self._ask(decision, item)
            case Settle():
                return self._settle(decision, item)
            case Reevaluate():
                return self._reevaluate(decision, item)
            case Hold() | Wait():
                return self.rest(decision)
            case Ring() | GiveUp() | Silence():
                return canary.carry_out(self, decision, item)
            case Turn() | Assign() | Weigh() | Raise() | Lower():
                return challenge.carry_out(self, decision, item)
            case Scale() | Unscale() | Retire():
                return self._adjust(decision, item)
            case Look() | Judge():
                raise AssertionError("what was to be read was read, and the plan asks for it again")

    def _adjust(self, decision: Scale | Unscale | Retire, item: Item) -> Done:
        """What leaves the configuration as it is."""
        match decision:
            case Scale() | Unscale():
                return scaling.carry_out(self, decision, item)
            case Retire():
                return self._retire(decision, item)

    def _make(self, decision: MakeModel | MakeConfig, item: Item) -> Done:
        """Names are hashes of content: where another flight made it in the meantime, the next look finds it.

        It is noted first, so that what comes to nothing is deleted in its time. Raises Rejected for a model whose
        artefact was swapped since it was judged.
        """
        if isinstance(decision, MakeModel):
            artefact.check(self.app, decision.package)
        target, made = decision.target, records.made(item)
        wanted = Made(config=target.config_name, models=target.model_names)
        if wanted not in made:
            self.keep(item, records.made_values(noted(made, wanted)))
        if isinstance(decision, MakeModel):
            self.app.sagemaker.create_model(decision.request)
        else:
            self.app.sagemaker.create_config(target.config)
        return Done()

    def _ask(self, ask: Ask, item: Item) -> Rest | Done:
        """Record what is asked for before it is: whoever finds the record knows what an update came of."""
        entries: tuple[Entry, ...] = ()
        if ask.what is not None:
            detail: Detail = {
                "version": ask.target.version,
                "config": ask.target.config_name,
                "endpoint": ask.target.endpoint,
            }
            entries = (self.entry(ask.what, ask.why, detail),)
            made = noted(records.made(item), Made(config=ask.target.config_name, models=ask.target.model_names))
            values = {"asked": asdict(ask.asked), **records.made_values(made)}
            values |= {"watched": ask.target.config_name} if ask.canary else {}
            self.keep(item, values, *(entry.write() for entry in entries))
            publish(self.app.bus, entries)
            item = {**item, "version": int(item.get("version", 0)) + 1}
        elif ask.asked.error:
            # An error that stays would say "refused" of a request that SageMaker accepts now and takes back later.
            self.keep(item, {"asked": asdict(replace(ask.asked, error=""))})
            item = {**item, "version": int(item.get("version", 0)) + 1}
        try:
            if ask.canary and (waits := canary.watch(self, ask.canary, ask.target.version)):
                return waits
            self._tell(ask)
        except Rejected as error:
            refused = replace(ask.asked, attempts=ask.asked.attempts + 1, error=str(error)[:500])
            self.keep(item, {"asked": asdict(refused)})
            return Rest(until=self.now + SOON, code="refused-once", why=f"{error}; trying again", what="RolloutHeld")
        return Done()

    def _tell(self, ask: Ask) -> None:
        """Where the number of instances is scaled it stays as it is; else the configuration says it."""
        endpoint, config = ask.target.endpoint, ask.target.config_name
        if ask.create:
            self.app.sagemaker.create_endpoint(endpoint, config)
        else:
            self.app.sagemaker.update_endpoint(
                endpoint,
                config,
                keep_counts=ask.target.scaling is not None,
                deployment=ask.canary.deployment if ask.canary else None,
            )

    def _retire(self, retire: Retire, item: Item) -> Done:
        """Deleting what is gone is no error, so it is done before it is kept."""
        self.app.sagemaker.delete_config(retire.config)
        for model in retire.models:
            self.app.sagemaker.delete_model(model)
        self.keep(item, records.made_values(retire.left))
        return Done()

    def _settle(self, settle: Settle, item: Item) -> Done:
        before, now = records.serving(item), settle.serving
        detail: Detail = {
            "version": now.version,
            "from_version": before.version if before else None,
            "config": now.config,
            "endpoint": self.endpoint,
        }
        entry = self.entry(settle.what, settle.why, detail)
        slots = records.slot_writes(self.app.table, self.model, self.endpoint, settle, self.now)
        writes: list[Write] = [*slots, entry.write()]
        seen = records.package(self.app.table, self.model, now.version)
        if seen is not None and (seen.inferred or not seen.served):
            writes.append(records.keep(self.model, seen, replace(seen, served=True, inferred=False)))
        # The tick wakes the monitor, which then looks every hour.
        writes.append(owed(keys.MONITOR, self.model, self.now))
        values = records.serving_values(now)
        raised = records.raised(item)
        if settle.beside_at and raised is not None:
            values["beside"] = asdict(replace(raised, up=True))
        self.keep(item, values, *writes, remove=("asked",))
        return Done(entries=(entry,))

    def _reevaluate(self, decision: Reevaluate, item: Item) -> Done:
        """Record the wish with the hold, and that the retrainer is to be woken: then that it is, or else by the tick.

        It may never have had anything to do, and then has no hourly look that would find the wish.
        """
        entry = self.entry("RolloutHeld", decision.why, {"version": decision.version, "code": "other-champion"})
        wish: dict[str, Value] = {
            "pk": keys.model_pk(self.model),
            "sk": f"{keys.REQUEST}reevaluate#{decision.key}",
            "trigger": "reevaluate",
            "at": keys.stamp(self.now),
            "by": ACTOR,
            "reason": decision.why,
        }
        wake = owed(keys.RETRAINER, self.model, self.now)
        self.keep(item, {"reevaluated": decision.key}, Put(item=wish), entry.write(), wake)
        token = f"{self.token}-reevaluate"
        self.app.waker.rouse(keys.RETRAINER, self.model, epoch(self.now), self.now, token)
        return Done(entries=(entry,))
