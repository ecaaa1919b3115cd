"""What `drift_alarm` does: record that an alarm was raised, once, and wake the retrainer, which asks how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leeway import batch, keys
from leeway.alarms import plan, records
from leeway.alarms.event import parse
from leeway.bootstrap import App
from leeway.errors import Conflict
from leeway.journal import Entry, publish

ACTOR = "drift_alarm"


def receive_batch(app: App, event: dict[str, Any], now: datetime, token: str) -> batch.Failures:
    """Handle an SQS batch of CloudWatch's events; `token` must be fresh."""
    return batch.consume(event, Receiver(app=app, now=now, token=token).receive)


@dataclass(kw_only=True)
class Receiver:
    """Handles one event after the other."""

    app: App
    now: datetime
    token: str
    woken: set[str] = field(default_factory=set)

    def receive(self, body: Any) -> None:
        """One event. The wake comes last and always: who finds the fact recorded may have died before it."""
        raised = parse(body, account=self.app.settings.account_id)
        for model in records.concerned(self.app.table, self.app.settings, raised.name):
            fact = plan.fact(raised, self.now)
            entry = Entry(
                model=model, at=fact.at, actor=ACTOR, what=fact.what, why=fact.why, detail={"alarm": raised.name}
            )
            if self._is_new(entry):
                publish(self.app.bus, [entry])
            if not raised.silenced:
                self._wake(model)

    def _is_new(self, entry: Entry) -> bool:
        try:
            self.app.table.put(records.only_once(entry.write()))
        except Conflict:
            return False
        return True

    def _wake(self, model: str) -> None:
        if model not in self.woken:
            self.app.waker.wake(keys.RETRAINER, model, self.now, f"{self.token}-{len(self.woken)}")
            self.woken.add(model)
