"""Keeps what is known of each version, by events and by looking; wakes the rollout where that has changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from leeway import batch, keys, models
from leeway.aws.packages import Package
from leeway.bootstrap import App
from leeway.errors import Missing, Unavailable
from leeway.journal import Detail, Entry, publish
from leeway.log import logger
from leeway.rollout import records
from leeway.rollout.event import milliseconds, parse
from leeway.rollout.eyes import person
from leeway.rollout.order import APPROVED, PENDING, REJECTED, Hint, Seen, Truth, learn

ACTOR = "model_approval"
GRACE = timedelta(minutes=2)  # an approval's event is given this long before the approval is inferred


def truth_of(package: Package) -> Truth:
    """What the registry says of a version, in the terms of the order of approvals."""
    modified = milliseconds(package.modified)
    return Truth(
        version=package.version, arn=package.arn, status=package.status, modified=modified,
        maker=package.created_by, by=package.modified_by or package.created_by,
    )  # fmt: skip


def receive_batch(app: App, event: dict[str, Any], now: datetime, token: str) -> batch.Failures:
    """Handle an SQS batch of package events; `token` must be fresh. All come back where no wake could be sent."""
    work = Approvals(app=app, now=now, actor=ACTOR)
    answer = batch.consume(event, work.receive)
    try:
        for model in sorted(work.touched):
            app.waker.wake(keys.ROLLOUT, model, now, f"{token}-{model}")
    except Unavailable as error:
        logger().warning("wake not sent", reason=str(error))
        answer = batch.failures([record["messageId"] for record in event["Records"]])
    publish(app.bus, work.entries)
    return answer


def scan(app: App, model: str, now: datetime) -> bool:
    """Compare a model's versions with what is known of them; True where something was learnt, for its event got lost.

    An approval is inferred only when it is older than its event may be on its way.
    """
    known = {seen.version: seen for seen in records.packages(app.table, model)}
    work = Approvals(app=app, now=now, actor="tick")
    for version, arn, status in app.sagemaker.packages(app.settings.resource(model)):
        seen = known.get(version)
        if status == (seen.status if seen else PENDING):
            continue
        truth = app.sagemaker.package(arn)
        if truth.modified <= now - GRACE:
            work.learn(model, truth, None)
    publish(app.bus, work.entries)
    return bool(work.touched)


@dataclass(kw_only=True)
class Approvals:
    """One delivery, or one look: what it touched and said."""

    app: App
    now: datetime
    actor: str
    touched: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)

    def receive(self, body: Any) -> None:
        """Learn from one event; the registry is asked, whatever the event says."""
        changed = parse(body, account=self.app.settings.account_id)
        model = self.app.settings.model_of(changed.group)
        if model is None or models.find(self.app.table, model) is None:
            return
        try:
            truth = self.app.sagemaker.package(changed.arn)
        except Missing:
            logger().warning("package is gone", model=model)
            return
        self.learn(model, truth, changed.hint)
        # Also where nothing was learnt: the wake that belonged to what is known may be lost.
        self.touched.add(model)

    def learn(self, model: str, truth: Package, hint: Hint | None) -> Seen:
        """Keep what is known after this look; raises Conflict where somebody else learnt at the same time."""
        before = records.package(self.app.table, model, truth.version)
        after = learn(before, truth_of(truth), hint)
        if after == before:
            return after
        entries = [entry for entry in [self._entry(model, before, after, truth)] if entry]
        self.app.table.transact([records.keep(model, before, after), *(entry.write() for entry in entries)])
        self.entries.extend(entries)
        self.touched.add(model)
        return replace(after, revision=after.revision + 1)

    def _entry(self, model: str, before: Seen | None, after: Seen, truth: Package) -> Entry | None:
        note = f' ("{truth.note}")' if truth.note else ""
        was = before.status if before else ""
        if after.status == APPROVED and (was != APPROVED or (before and after.approved_at > before.approved_at)):
            lost = "; nobody saw when, so its time is that of the last change" if after.inferred else ""
            who = ", ".join(sorted(person(arn) for arn, at in after.approvers.items() if at == after.approved_at))
            by = f" by {who}" if who else ""
            why = f"version {after.version} was approved in the registry{by}{note}{lost}"
            return self._said(model, "VersionApproved", why, after)
        if after.status == REJECTED and was != REJECTED:
            return self._said(
                model, "VersionRejected", f"version {after.version} was rejected in the registry{note}", after
            )
        return None

    def _said(self, model: str, what: str, why: str, seen: Seen) -> Entry:
        detail: Detail = {"version": seen.version, "package": seen.arn, "inferred": seen.inferred}
        return Entry(model=model, at=self.now, actor=self.actor, what=what, why=why, detail=detail)
