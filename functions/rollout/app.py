"""Brings the desired version of one model to serve; woken through a FIFO queue, one flight a model."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.rollout.act import roll_out
from leeway.wake import woken


def handler(event: dict[str, Any], context: object) -> None:
    """Handle the wake of one model; raises only where the table cannot be written, or for a bug."""
    for model in woken(event):
        roll_out(app(), model, datetime.now(UTC), uuid.uuid4().hex)
