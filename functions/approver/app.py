"""Approves the version that a training registered, where the specification says auto; one flight a model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leeway.approval.act import approve
from leeway.bootstrap import app
from leeway.wake import woken


def handler(event: dict[str, Any], context: object) -> None:
    """Handle the wake of one model; raises only where the table cannot be written, or for a bug."""
    for model in woken(event):
        approve(app(), model, datetime.now(UTC))
