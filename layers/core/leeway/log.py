"""The functions' logger: one JSON line a message, made on first use because it reads the environment."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """The logger of this process. Messages are constant strings with fields beside them; never a row of data."""
    return Logger(service="leeway")
