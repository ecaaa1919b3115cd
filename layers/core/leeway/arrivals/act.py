"""What `data_arrival` does with each object: look at it, keep it or set it aside, say so, and wake the retrainer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leeway import batch, keys, models, parquet
from leeway.arrivals import plan
from leeway.arrivals.event import ObjectCreated, parse
from leeway.arrivals.records import ACCEPTED, QUARANTINED, Arrival
from leeway.aws.objects import Head
from leeway.aws.table import Write
from leeway.bootstrap import App
from leeway.errors import Conflict, LeewayError, Missing, Rejected, Unavailable
from leeway.journal import Entry, publish
from leeway.log import logger
from leeway.spec import ModelSpec

ACTOR = "data_arrival"
TOGETHER = 33  # arrivals in one transaction, of three writes each
INSTANT = timedelta(microseconds=1)  # between two arrivals of one delivery: the journal keeps one entry a moment
REDRIVE = timedelta(hours=1)  # after which an event is no first delivery
SAMPLE = 2**20  # bytes of an object that are read to judge it


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An object that is copied and is to be recorded."""

    arrival: Arrival
    entry: Entry

    @property
    def writes(self) -> list[Write]:
        """The first of them fails where this very object was recorded before."""
        pending = [self.arrival.marker()] if self.arrival.status == ACCEPTED else []
        return [self.arrival.write(), *pending, self.entry.write()]


@dataclass(kw_only=True)
class Batch:
    """One delivery: what it judged and touched, so that all is recorded at once and a model is woken once."""

    app: App
    now: datetime
    touched: set[str] = field(default_factory=set)
    judged: dict[str, Judged] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    known: dict[str, ModelSpec | None] = field(default_factory=dict)

    def receive(self, event: Any) -> None:
        """Judge the object that one event names; raises Rejected or Unavailable."""
        settings = self.app.settings
        found = parse(event, bucket=settings.inbox_bucket, account=settings.account_id)
        if found.is_folder or found.identity(found.version) in self.judged or self._judged_long_ago(found):
            return
        try:
            head = self.app.objects.head(found.bucket, found.key, version=found.version, etag=found.etag, limit=SAMPLE)
            end = self._end(found, head)
        except (Missing, Conflict) as error:
            self._gone(found, error)
            return
        model = plan.model_of(found.key)
        spec = self._spec(model)
        verdict = plan.inspect(head.body, size=head.size, model=model, spec=spec, now=self.now, end=end)
        keep = self._accept if verdict.accepted else self._set_aside
        keep(model or keys.UNKNOWN, found, head, verdict)

    def _judged_long_ago(self, found: ObjectCreated) -> bool:
        """Whether this is a redrive of what is known: what was judged stays so, whatever has become of it since.

        The object may be gone, and the specification another. Of a young event that is not asked, for nearly all are
        new, and each would cost a read: a second one of those is found where it is kept.
        """
        if found.at is not None and self.now - found.at < REDRIVE:
            return False
        model = plan.model_of(found.key) or keys.UNKNOWN
        identifier = found.identity(found.version)
        item = self.app.table.get(keys.model_pk(model), keys.ARRIVAL + identifier)
        if item is None:
            return False
        if item["status"] == ACCEPTED:
            self.touched.add(model)
        logger().info("object known already", arrival=identifier)
        return True

    def _end(self, found: ObjectCreated, head: Head) -> bytes:
        """What the end of a Parquet file says of it; of other files nothing is wanted."""
        if not parquet.is_parquet(head.body):
            return b""
        if len(head.body) >= head.size:
            return head.body
        place: dict[str, str] = {"bucket": found.bucket, "key": found.key, "version": head.version}
        last = self.app.objects.tail(**place, length=parquet.LAST)
        return self.app.objects.tail(**place, length=parquet.end_length(last, head.size))

    def _spec(self, model: str | None) -> ModelSpec | None:
        if model is None:
            return None
        if model not in self.known:
            pointer = models.find(self.app.table, model)
            bucket = self.app.settings.artifacts_bucket
            self.known[model] = models.specification(self.app.objects, bucket, pointer) if pointer else None
        return self.known[model]

    def _accept(self, model: str, found: ObjectCreated, head: Head, verdict: plan.Verdict) -> None:
        """Copy first, then record: a crash in between leaves a copy of the same name, which the retry writes again."""
        arrival = self._arrival(model, found, head, verdict, ACCEPTED)
        self._copy(found, head, f"accepted/{model}/{arrival.name}")
        self._judge("DataAccepted", arrival)
        self.touched.add(model)  # also where it was kept before: the wake that belonged to it may be lost

    def _set_aside(self, model: str, found: ObjectCreated, head: Head, verdict: plan.Verdict) -> None:
        arrival = self._arrival(model, found, head, verdict, QUARANTINED)
        self._copy(found, head, f"quarantine/{model}/{arrival.name}")
        explanation = {
            "reason": verdict.reason,
            "details": list(verdict.details),
            "object": f"s3://{found.bucket}/{found.key}",
            "version": head.version,
            "at": keys.stamp(self.now),
            "what_to_do": "mend the file and drop it again; the original is still where it was dropped",
        }
        body = json.dumps(explanation, indent=2, ensure_ascii=False).encode()
        key = f"quarantine/{model}/{arrival.id}.reason.json"
        self.app.objects.put(self.app.settings.artifacts_bucket, key, body)
        self._judge("DataQuarantined", arrival)

    def _gone(self, found: ObjectCreated, error: LeewayError) -> None:
        """Deleted or replaced before it was read: the replacement sends an event of its own."""
        model = plan.model_of(found.key) or keys.UNKNOWN
        what = "was replaced" if isinstance(error, Conflict) else "is gone"
        why = f"{plan.shown_key(found.key)} {what} before it could be read; nothing was taken from it"
        entry = Entry(model=model, at=self.now, actor=ACTOR, what="DataGone", why=why)
        self.app.table.put(entry.write())
        logger().info("object gone", arrival=found.identity(found.version))
        self.entries.append(entry)

    def _copy(self, found: ObjectCreated, head: Head, key: str) -> None:
        source = (found.bucket, found.key, head.version)
        self.app.objects.copy(source, self.app.settings.artifacts_bucket, key, size=head.size)

    def _arrival(self, model: str, found: ObjectCreated, head: Head, verdict: plan.Verdict, status: str) -> Arrival:
        identifier = found.identity(head.version)
        return Arrival(
            model=model,
            id=identifier,
            status=status,
            name=identifier + plan.suffix(head.body),
            source_key=found.key,
            size=head.size,
            accepted_at=self.now,
            rows=verdict.rows,
            rows_exact=verdict.rows_exact,
            event_from=verdict.event_from,
            event_to=verdict.event_to,
            reason=verdict.reason,
            dropped=f"{keys.stamp(head.modified)}#{found.sequencer}",
        )

    def _judge(self, what: str, arrival: Arrival) -> None:
        detail: Mapping[str, str | int] = {"arrival": arrival.id, "rows": arrival.rows, "key": arrival.source_key}
        at, why = self.now + len(self.judged) * INSTANT, f"{plan.shown_key(arrival.source_key)}: {arrival.reason}"
        entry = Entry(model=arrival.model, at=at, actor=ACTOR, what=what, why=why, detail=detail)
        self.judged[arrival.id] = Judged(arrival=arrival, entry=entry)

    def _record(self, todo: Sequence[Judged]) -> None:
        """All in one transaction, or each in one of its own where something of one of them is refused."""
        try:
            self._record_together(todo)
        except Rejected as error:
            if len(todo) > 1:
                for one in todo:
                    self._record([one])
            else:
                logger().warning("message refused", reason=str(error))

    def _record_together(self, todo: Sequence[Judged]) -> None:
        """A Conflict says of some that these very objects were kept before, which is all right: the others are then."""
        while todo:
            try:
                self.app.table.transact([write for one in todo for write in one.writes])
            except Conflict as error:
                known = _of_places(todo, error.places)
                if not known:
                    raise
                for one in known:
                    logger().info("object known already", arrival=one.arrival.id)
                todo = [one for one in todo if one not in known]
            else:
                break
        for one in todo:
            # No key and nothing of the file: these are for people, in the journal and beside the copy.
            arrival = one.arrival
            logger().info("object judged", verdict=arrival.status, arrival=arrival.id, bytes=arrival.size)
            self.entries.append(one.entry)

    def finish(self, token: str) -> None:
        """Record, wake each model that was touched, send the events; raises Unavailable where that is not to be had."""
        for part in itertools.batched(self.judged.values(), TOGETHER, strict=False):
            self._record(part)
        for model in sorted(self.touched):
            self.app.waker.wake(keys.RETRAINER, model, self.now, f"{token}-{model}")
        publish(self.app.bus, self.entries)


def _of_places(todo: Sequence[Judged], places: Sequence[int]) -> list[Judged]:
    """Those to which writes belong, by the places of the writes in their transaction."""
    owners = [one for one in todo for _ in one.writes]
    return [owners[place] for place in places]


def receive_batch(app: App, event: dict[str, Any], now: datetime, token: str) -> batch.Failures:
    """Handle an SQS batch of S3 events; `token` must be fresh.

    Every message comes back where what was judged could not be recorded, or no wake be sent.
    """
    work = Batch(app=app, now=now)
    answer = batch.consume(event, work.receive)
    try:
        work.finish(token)
    except Unavailable as error:
        logger().warning("messages come back", reason=str(error))
        return batch.failures([record["messageId"] for record in event["Records"]])
    return answer
