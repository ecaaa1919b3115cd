"""Records that an alarm of a model was raised, and wakes its retrainer."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.alarms.act import receive_batch
from leeway.batch import Failures
from leeway.bootstrap import app


def handler(event: dict[str, Any], context: object) -> Failures:
    """Handle an SQS batch of EventBridge events."""
    return receive_batch(app(), event, datetime.now(UTC), uuid.uuid4().hex)
