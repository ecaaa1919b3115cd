"""Learns what became of a version in the registry, keeps when it was approved, and wakes the rollout."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.batch import Failures
from leeway.bootstrap import app
from leeway.rollout.approvals import receive_batch


def handler(event: dict[str, Any], context: object) -> Failures:
    """Handle an SQS batch of EventBridge events."""
    return receive_batch(app(), event, datetime.now(UTC), uuid.uuid4().hex)
