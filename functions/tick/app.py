"""Wakes what is due, and looks every five minutes for what SageMaker did without telling."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from leeway.bootstrap import app
from leeway.watch.act import Tick


def handler(event: dict[str, Any], context: object) -> dict[str, int | str]:
    """Handle the schedule's firing; raises where the table cannot be read for another reason than throttling."""
    return Tick(app=app(), now=datetime.now(UTC), token=uuid.uuid4().hex).run()
