"""When the embedded AWS of a test begins: how an hour is cut must not depend on when the test is run."""

from __future__ import annotations

from datetime import UTC, datetime

BEGINS = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
