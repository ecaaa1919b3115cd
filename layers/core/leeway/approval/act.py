"""What `approver` does for one model: read, plan, carry out one decision at a time, say so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from leeway import keys, models
from leeway.approval import observe
from leeway.approval.decisions import Approve, Approving, Decision, Hold, Look, Say, Wait
from leeway.approval.plan import HALTED, plan
from leeway.aws.table import Item, Value, Write
from leeway.bootstrap import App
from leeway.errors import Rejected
from leeway.journal import Entry, publish
from leeway.log import logger
from leeway.reconcile import Done, Rest, fence, reconcile
from leeway.rollout.order import PENDING
from leeway.wake import idle_look

ACTOR = "approver"
SOON, LATER = timedelta(minutes=1), timedelta(minutes=5)


def approve(app: App, model: str, now: datetime) -> Rest:
    """Approve what needs no person's word; raises only where the table cannot be written."""
    flight = Flight(app=app, model=model, now=now)
    rest, entries = reconcile(app.table, keys.APPROVER, model, now, flight.step_at, actor=ACTOR)
    publish(app.bus, entries)
    logger().info("rests", model=model, code=rest.code, until=keys.stamp(rest.until), why=rest.why)
    return rest


@dataclass(frozen=True, kw_only=True)
class Flight:
    """One wake of one model."""

    app: App
    model: str
    now: datetime

    def step_at(self, item: Item, moment: datetime) -> Rest | Done:
        """A step at its own moment."""
        return replace(self, now=moment).step(item)

    def step(self, item: Item) -> Rest | Done:
        """One decision carried out. What is refused for good is held and said: the next look may find it mended."""
        pointer = models.find(self.app.table, self.model)
        if pointer is None:
            return self._rest(Wait(code="no-spec", why="no specification was applied for this model"))
        try:
            spec = models.specification(self.app.objects, self.app.settings.artifacts_bucket, pointer)
            seen = observe.observe(self.app, pointer, spec, item)
            decision = plan(seen)
            if isinstance(decision, Look):
                decision = plan(observe.evidence(self.app, pointer, seen))
            return self._carry_out(decision, item)
        except (Rejected, ValueError) as error:
            return self._rest(Hold(code="refused", why=f"cannot go on: {error}"))

    def _carry_out(self, decision: Decision, item: Item) -> Rest | Done:
        match decision:
            case Approve():
                return self._approve(decision, item)
            case Say():
                return self._say(decision, item)
            case Hold() | Wait():
                return self._rest(decision)
            case Look():
                raise AssertionError("the evidence was read, and the plan asks for it again")

    def _approve(self, decision: Approve, item: Item) -> Done:
        """Write what is begun, ask once more, and tell the registry: then whoever finds it knows whose approval it is.

        UpdateModelPackage takes no condition, so the last look is as late as it can be: a person who rejects between
        the two calls is overruled, and must reject again. Nor is it tried twice: where its answer is lost, the next
        look finds whether it was heard.
        """
        begun = asdict(Approving(version=decision.version, why=decision.why))
        if item.get("approving") != begun:
            self._keep(item, {"approving": begun})
        if self.app.sagemaker.package(decision.arn).status == PENDING:
            self.app.sagemaker_once.approve(decision.arn, decision.why)
        return Done()

    def _say(self, say: Say, item: Item) -> Done:
        detail = {"version": say.version}
        entry = Entry(model=self.model, at=self.now, actor=ACTOR, what="AutoApproved", why=say.why, detail=detail)
        self._keep(item, {"approved": say.version}, entry.write(), remove=("approving",))
        return Done(entries=(entry,))

    def _keep(self, item: Item, values: dict[str, Value], *writes: Write, remove: tuple[str, ...] = ()) -> None:
        """All writes with the machine's item, or none where somebody else wrote since it was read."""
        self.app.table.transact([fence(keys.APPROVER, item, values, remove), *writes])

    def _rest(self, decision: Hold | Wait) -> Rest:
        until = idle_look(keys.APPROVER, self.model, self.now)
        if isinstance(decision, Hold):
            until = min(until, self.now + LATER) if decision.code == HALTED else until
            return Rest(until=until, code=decision.code, why=decision.why, what="ApprovalHeld")
        until = self.now + SOON if decision.soon else until
        return Rest(until=until, code=decision.code, why=decision.why, silent=True)
