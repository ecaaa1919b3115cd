"""What a retraining plan is told of an arrival that waits; pure, so that plans may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Pending:
    """An accepted arrival that no Succeeded or Refused run has considered."""

    id: str
    accepted_at: datetime
    rows: int
    event_to: datetime | None = None
