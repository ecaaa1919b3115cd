"""Arrivals as the table keeps them, and which of them are pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.arrivals.pending import Pending
from leeway.aws.table import Put, Table, Value

ACCEPTED, QUARANTINED = "accepted", "quarantined"


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One object of the inbox that was looked at. `id` is sha256(bucket, key, version), so it is looked at once.

    `name` is its file name under `accepted/<model>/`; `rows` is counted where the whole file was read
    (`rows_exact`), else estimated from the size; `event_from` and `event_to` are of the rows that were read.
    `dropped` orders arrivals as their objects were written, whatever the order in which their events came.
    """

    model: str
    id: str
    status: str
    name: str
    source_key: str
    size: int
    accepted_at: datetime
    rows: int = 0
    rows_exact: bool = True
    event_from: datetime | None = None
    event_to: datetime | None = None
    reason: str = ""
    dropped: str = ""

    def write(self) -> Put:
        """The write that keeps it, refused where this very object was kept before."""
        item: dict[str, Value] = {
            "pk": keys.model_pk(self.model),
            "sk": keys.ARRIVAL + self.id,
            "status": self.status,
            "name": self.name,
            "source_key": self.source_key,
            "bytes": self.size,
            "accepted_at": keys.stamp(self.accepted_at),
            "rows": self.rows,
            "rows_exact": self.rows_exact,
            "reason": self.reason,
            "dropped": self.dropped,
        }
        return Put(new=True, item=item | _times(self))

    def marker(self) -> Put:
        """The write that makes it pending: in one transaction with `write`, so that it is pending once and no more."""
        item: dict[str, Value] = {
            "pk": keys.model_pk(self.model),
            "sk": keys.PENDING + self.id,
            "accepted_at": keys.stamp(self.accepted_at),
            "rows": self.rows,
        }
        return Put(item=item | _times(self))

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Arrival:
        """The arrival of a table item."""
        return cls(
            model=keys.model_of(item["pk"]),
            id=item["sk"].removeprefix(keys.ARRIVAL),
            status=item["status"],
            name=item["name"],
            source_key=item["source_key"],
            size=item["bytes"],
            accepted_at=keys.unstamp(item["accepted_at"]),
            rows=item["rows"],
            rows_exact=item["rows_exact"],
            event_from=_time(item, "event_from"),
            event_to=_time(item, "event_to"),
            reason=item["reason"],
            dropped=item.get("dropped", ""),
        )


def pending(table: Table, model: str) -> list[Pending]:
    """All pending arrivals, by a strongly consistent query; never by a watermark, which loses what was written late."""
    return [
        Pending(
            id=item["sk"].removeprefix(keys.PENDING),
            accepted_at=keys.unstamp(item["accepted_at"]),
            rows=item["rows"],
            event_to=_time(item, "event_to"),
        )
        for item in table.query(keys.model_pk(model), keys.PENDING)
    ]


def accepted(table: Table, model: str) -> list[Arrival]:
    """All arrivals that were ever accepted, ordered by id."""
    found = (Arrival.from_item(item) for item in table.query(keys.model_pk(model), keys.ARRIVAL))
    return [arrival for arrival in found if arrival.status == ACCEPTED]


def consume(table: Table, model: str, ids: Iterable[str]) -> None:
    """Make arrivals pending no more: before the run that considered them is closed, so that none is trained on twice.

    A crash in between leaves the run open, and closing it again deletes the same markers again.
    """
    table.delete_all((keys.model_pk(model), keys.PENDING + identifier) for identifier in ids)


def _times(arrival: Arrival) -> dict[str, Value]:
    times = {"event_from": arrival.event_from, "event_to": arrival.event_to}
    return {name: keys.stamp(at) for name, at in times.items() if at is not None}


def _time(item: Mapping[str, Any], name: str) -> datetime | None:
    return keys.unstamp(item[name]) if name in item else None
