"""Makes boto3 clients, all with the same patience."""

from __future__ import annotations

import math
from typing import Any

import boto3
from botocore.config import Config

PATIENCE = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=10,
    # Path style: a bucket's own host name does not exist where AWS_ENDPOINT_URL points at a laptop.
    s3={"addressing_style": "auto"},
)
SHORTEST, STEP = 0.05, 1.1  # seconds of the least patience, and by what the next one is longer


def client(service: str, attempts: int = 3) -> Any:
    """A client by the environment's region, credentials and AWS_ENDPOINT_URL; one that tries each call so often."""
    return _client(service, attempts)


def within(seconds: float) -> float:
    """A patience that is not longer, and shorter by no more than a tenth; 0.0 for less than SHORTEST."""
    if seconds < SHORTEST:
        return 0.0
    return float(SHORTEST * STEP ** math.floor(math.log(seconds / SHORTEST, STEP)))


def hasty(service: str, seconds: float, attempts: int = 1) -> Any:
    """A client for somebody who waits: no answer within so many seconds is none.

    botocore knows time-outs of clients and not of calls, so there is one client for each patience of `within`.
    """
    return _client(service, attempts, connect_timeout=min(seconds, 1), read_timeout=seconds)


def _client(service: str, attempts: int, **timeouts: Any) -> Any:
    patience = Config(retries={"mode": "standard", "total_max_attempts": attempts}, **timeouts)
    return boto3.client(service, config=PATIENCE.merge(patience))  # type: ignore[call-overload]
