"""Starts and follows the trainings of one model; woken through a FIFO queue, one flight a model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.retraining.act import retrain
from leeway.wake import woken


def handler(event: dict[str, Any], context: object) -> None:
    """Handle the wake of one model; raises only where the table cannot be written, or for a bug."""
    for model in woken(event):
        retrain(app(), model, datetime.now(UTC))
