"""The journal: every decision with its actor and its reason, kept in the table and sent out as an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.bus import Bus
from leeway.aws.table import Put
from leeway.errors import LeewayError
from leeway.log import logger

Detail = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One decision or fact: who (`actor`), what (PascalCase, past tense), why (one sentence), when."""

    model: str
    at: datetime
    actor: str
    what: str
    why: str
    detail: Detail = field(default_factory=dict)

    @property
    def sort_key(self) -> str:
        """Orders by time; two entries of one microsecond differ by what they say."""
        return f"{keys.JOURNAL}{keys.stamp(self.at)}#{keys.digest(self.actor, self.what, self.why)[:8]}"

    def write(self) -> Put:
        """The write that keeps it, alone or in the transaction of the decision itself."""
        return Put(
            item={
                "pk": keys.model_pk(self.model),
                "sk": self.sort_key,
                "at": keys.stamp(self.at),
                "actor": self.actor,
                "what": self.what,
                "why": self.why,
                "detail": dict(self.detail),
            }
        )

    def event(self) -> tuple[datetime, str, dict[str, Any]]:
        """The same as an event for Leeway's bus: (time, detail-type, detail)."""
        detail = {"model": self.model, "actor": self.actor, "why": self.why, "detail": dict(self.detail)}
        return self.at, self.what, detail

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Entry:
        """The entry of a table item."""
        return cls(
            model=keys.model_of(item["pk"]),
            at=keys.unstamp(item["at"]),
            actor=item["actor"],
            what=item["what"],
            why=item["why"],
            detail=item.get("detail", {}),
        )


def publish(bus: Bus, entries: Sequence[Entry]) -> None:
    """Send entries as events after they are kept. Best effort: the journal is the record, the event is the news."""
    try:
        bus.put([entry.event() for entry in entries])
    except LeewayError as error:
        logger().warning("events not sent", reason=str(error), count=len(entries))
