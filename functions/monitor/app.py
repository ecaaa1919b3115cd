"""Compares what a model's endpoint has seen with the baseline of the version that served; one look a model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.drift.act import monitor
from leeway.wake import woken


def handler(event: dict[str, Any], context: object) -> None:
    """Handle the wake of one model; raises only where the table cannot be written, or for a bug."""
    for model in woken(event):
        monitor(app(), model, datetime.now(UTC))
