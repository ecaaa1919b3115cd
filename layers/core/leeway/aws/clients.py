"""Makes boto3 clients, all with the same patience."""

from __future__ import annotations

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


def client(service: str) -> Any:
    """A client by the environment's region, credentials and AWS_ENDPOINT_URL."""
    return boto3.client(service, config=PATIENCE)  # type: ignore[call-overload]
