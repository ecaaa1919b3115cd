"""What `sagemaker_changed` and `tick` do: find out which models to look at, and wake their machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from leeway import batch, keys, models
from leeway.aws.table import Update
from leeway.bootstrap import App
from leeway.errors import Throttled, Unavailable
from leeway.log import logger
from leeway.rollout.approvals import scan
from leeway.watch import plan
from leeway.watch.event import parse

TICK = "tick"  # pk and sk of the times of the last scans
AT_ONCE = 500  # items that one tick wakes; the next takes the rest


def receive_batch(app: App, event: dict[str, Any], now: datetime, token: str) -> batch.Failures:
    """Handle an SQS batch of SageMaker events; `token` must be fresh. All come back where no wake could be sent."""
    touched: set[tuple[str, str]] = set()

    def receive(body: Any) -> None:
        changed = parse(body, account=app.settings.account_id)
        named = app.settings.model_of_endpoint if changed.machine == keys.ROLLOUT else app.settings.model_of
        model = named(changed.resource)
        if model is not None and models.find(app.table, model) is not None:
            touched.add((changed.machine, model))

    answer = batch.consume(event, receive)
    try:
        for number, (machine, model) in enumerate(sorted(touched)):
            app.waker.wake(machine, model, now, f"{token}-{number}")
    except Unavailable as error:
        logger().warning("wake not sent", reason=str(error))
        return batch.failures([record["messageId"] for record in event["Records"]])
    return answer


@dataclass(kw_only=True)
class Tick:
    """One tick: wakes what is due, and every five minutes what changed without telling."""

    app: App
    now: datetime
    token: str
    woken: int = 0
    sent: int = 0

    def run(self) -> dict[str, int | str]:
        """Answers how many were woken, and until when there is nothing to do unless something happens.

        A tick that is throttled is over: the next comes in a minute, and finds due what this one left.
        """
        try:
            until = self._run()
        except Throttled as error:
            logger().warning("tick throttled", reason=str(error))
            until = self.now
        return {"woken": self.woken, "idle_until": until.isoformat()}

    def _run(self) -> datetime:
        table = self.app.table
        for pk, machine, due_at in table.due(int(self.now.timestamp()), AT_ONCE):
            self._rouse(machine, keys.model_of(pk), due_at)
        item = table.get(TICK, TICK) or {}
        last = {name: keys.unstamp(item[name]) if name in item else None for name in self._scans}
        scans = {name: self._scan(name, last[name], look) for name, look in self._scans.items()}
        if made := {name: keys.stamp(at) for name, at in scans.items() if at and at != last[name]}:
            table.update(Update(pk=TICK, sk=TICK, values=made))
        return plan.idle_until(self.now, table.next_due(), scans.values())

    @property
    def _scans(self) -> dict[str, Callable[[datetime], None]]:
        return {"endpoints_at": self._endpoints, "packages_at": self._packages}

    def _scan(self, name: str, last: datetime | None, look: Callable[[datetime], None]) -> datetime | None:
        """Make a scan that is due, and answer when it was made last; one that fails is due again at the next tick."""
        if not plan.is_due(last, self.now):
            return last
        try:
            look(plan.since(last))
        except Unavailable as error:
            logger().warning("scan failed", scan=name, reason=str(error))
            return last
        return self.now

    def _endpoints(self, since: datetime) -> None:
        """Wake `rollout` for endpoints that changed, for their events may be lost."""
        settings = self.app.settings
        changed = self.app.sagemaker.endpoints_changed(since, settings.resource(""))
        touched = {settings.model_of_endpoint(name) for name in changed}
        for model in self._known:
            if model in touched:
                self._wake(keys.ROLLOUT, model)

    def _packages(self, _: datetime) -> None:
        """Wake `rollout` for versions whose approval or rejection was not told; the registry cannot list changes."""
        for model in plan.in_turn(self._known, self.now):
            if scan(self.app, model, self.now):
                self._wake(keys.ROLLOUT, model)

    @cached_property
    def _known(self) -> list[str]:
        return [str(item["sk"]) for item in self.app.table.query(keys.MODELS, "")]

    def _rouse(self, machine: str, model: str, due_at: int) -> None:
        """A wake that cannot be sent now is due again in a minute: the flag that was set says so."""
        try:
            self.woken += self.app.waker.rouse(machine, model, due_at, self.now, self._fresh())
        except Unavailable as error:
            logger().warning("wake not sent", machine=machine, model=model, reason=str(error))

    def _wake(self, machine: str, model: str) -> None:
        self.woken += self.app.waker.wake(machine, model, self.now, self._fresh())

    def _fresh(self) -> str:
        """A deduplication id that no other message has."""
        self.sent += 1
        return f"{self.token}-{self.sent}"
