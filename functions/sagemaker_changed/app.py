"""Wakes the machine that is concerned when a pipeline execution or an endpoint of ours changed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.batch import Failures
from leeway.bootstrap import app
from leeway.watch.act import receive_batch


def handler(event: dict[str, Any], context: object) -> Failures:
    """Handle an SQS batch of EventBridge events."""
    return receive_batch(app(), event, datetime.now(UTC), uuid.uuid4().hex)
