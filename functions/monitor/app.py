"""Compares what a model's endpoint has seen with the baseline of the version that served; one look a model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.drift.act import monitor
from leeway.drift.hours import count
from leeway.errors import Rejected
from leeway.wake import woken


def handler(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    """Handle the wake of one model; raises only where the table cannot be written, or for a bug.

    `{"count": {"model", "version", "hours"}}` of `leeway monitor` counts those hours and answers their windows; what
    cannot be reached raises, so that it is asked again.
    """
    asked = event.get("count")
    if asked is None:
        for model in woken(event):
            monitor(app(), model, datetime.now(UTC))
        return None
    try:
        hours = [datetime.fromisoformat(hour) for hour in asked["hours"]]
        windows = count(app(), asked["model"], asked["version"], hours)
    except (Rejected, ValueError, KeyError) as error:
        return {"refused": str(error)}
    return {"windows": [window.to_json() for window in windows]}
