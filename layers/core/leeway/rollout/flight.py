"""One wake of one model: what every step of a rollout writes, and how it rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leeway import keys
from leeway.aws.table import Item, Value, Write
from leeway.bootstrap import App
from leeway.journal import Detail, Entry
from leeway.reconcile import Rest, fence
from leeway.rollout.decisions import Hold, Wait
from leeway.wake import idle_look

ACTOR = "rollout"
SOON, HALTED = timedelta(minutes=1), timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Flight:
    """`token` is fresh, for the wake that it may send itself."""

    app: App
    model: str
    now: datetime
    token: str

    @property
    def endpoint(self) -> str:
        """The name of the model's endpoint."""
        return self.app.settings.resource(self.model)

    def keep(self, item: Item, values: dict[str, Value], *writes: Write, remove: tuple[str, ...] = ()) -> None:
        """All writes with the machine's item, or none where somebody else wrote since it was read."""
        self.app.table.transact([fence(keys.ROLLOUT, item, values, remove), *writes])

    def entry(self, what: str, why: str, detail: Detail) -> Entry:
        """A line of the journal."""
        return Entry(model=self.model, at=self.now, actor=ACTOR, what=what, why=why, detail=detail)

    def rest(self, decision: Hold | Wait, **values: Value) -> Rest:
        """Until the next look, an hour later where nothing is awaited."""
        until = idle_look(keys.ROLLOUT, self.model, self.now)
        until = self.now + SOON if decision.soon else until
        if isinstance(decision, Hold):
            until = min(until, self.now + HALTED) if decision.code == "halted" else until
            return Rest(until=until, code=decision.code, why=decision.why, what="RolloutHeld", values=values)
        until = min(until, max(decision.until, self.now + SOON)) if decision.until else until
        return Rest(until=until, code=decision.code, why=decision.why, silent=True, values=values)
