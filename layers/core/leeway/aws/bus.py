"""Leeway's own event bus: every decision goes out as an event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Unavailable

BATCH = 10  # most entries that PutEvents takes


class Bus:
    """Puts events of source `leeway` on the bus."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, events: Sequence[tuple[datetime, str, dict[str, Any]]]) -> None:
        """Put events (time, detail-type, detail), ten a call; raises Unavailable where one was not taken."""
        for start in range(0, len(events), BATCH):
            entries = [
                {
                    "Time": at,
                    "Source": "leeway",
                    "DetailType": what,
                    "Detail": json.dumps(detail),
                    "EventBusName": self._name,
                }
                for at, what, detail in events[start : start + BATCH]
            ]
            with translated("EventBridge PutEvents"):
                answer = self._client.put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                raise Unavailable(f"EventBridge PutEvents: {answer['FailedEntryCount']} not taken")
