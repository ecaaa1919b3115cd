"""Answers a request to the function's URL by the version that its unit has."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.predict.act import Response, predict


def handler(event: dict[str, Any], context: object) -> Response:
    """Handle one request in payload format 2.0."""
    return predict(app(), event, datetime.now(UTC), str(uuid.uuid4()), time.monotonic)
