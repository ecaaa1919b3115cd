"""The way to AWS: region, credentials, whether anything answers, who we are there, and the two clocks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from leeway.aws.clients import PATIENCE
from leeway.errors import Unavailable
from leeway_cli import server, typed
from leeway_cli.doctor.check import Check, ok, problem
from leeway_cli.target import HERE

QUICK = PATIENCE.merge(Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 1}))
SKEW = 60  # seconds; AWS refuses what is signed five minutes off


@dataclass(frozen=True, kw_only=True)
class Way:
    """How far we came; `make` gives clients, and is None where AWS cannot be reached."""

    checks: list[Check]
    make: Callable[[str], Any] | None = None


def quick(service: str) -> Any:
    """A client that gives up after seconds, and at the first failure."""
    return boto3.client(service, config=QUICK)  # type: ignore[call-overload]


def is_local(endpoint: str) -> bool:
    """Whether an address is on this machine."""
    return (urlsplit(endpoint).hostname or "") in HERE


def find() -> Way:
    """Ask AWS who we are."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    try:
        quick("cloudformation")  # raises without a region; STS alone would do without one
        answer = quick("sts").get_caller_identity()
    except (BotoCoreError, ClientError, ResponseParserError, ValueError) as error:
        return Way(checks=[refused(error, endpoint), *_clock_of(error, endpoint)])
    who = f"{answer['Arn']}, account {answer['Account']}"
    place = f"the embedded AWS at {endpoint}" if is_local(endpoint) else endpoint or "AWS"
    dated = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    checks = [ok("aws", f"{place} answers"), ok("identity", who), *clock(dated, endpoint, datetime.now(UTC))]
    return Way(checks=checks, make=quick)


def refused(error: Exception, endpoint: str) -> Check:
    """Why AWS cannot be asked, and what to do."""
    if isinstance(error, NoRegionError):
        return problem("aws", "no region is set", _set_up(endpoint))
    if isinstance(error, NoCredentialsError):
        return problem("aws", "no credentials are set", _set_up(endpoint))
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        if is_local(endpoint):
            return problem("aws", f"nothing answers at {endpoint}", f"{typed.up()}, then {typed.point()}")
        return problem("aws", f"{endpoint or 'AWS'} does not answer: {error}", "look at the network and the region")
    if isinstance(error, ClientError):
        says = f"AWS refuses the credentials: {error.response['Error'].get('Code', '')}"
        return problem("aws", says, "aws sso login, or set AWS_PROFILE to one that is valid")
    if isinstance(error, ResponseParserError):
        return problem("aws", f"what answers at {endpoint or 'AWS'} is not AWS", "look at AWS_ENDPOINT_URL and proxies")
    return problem("aws", str(error), typed.how())


def clock(dated: str, endpoint: str, now: datetime) -> list[Check]:
    """This machine's clock against the date of an answer; the embedded AWS's time is virtual and may be any."""
    if not dated:
        return []
    ahead = (now - parsedate_to_datetime(dated)).total_seconds()
    if is_local(endpoint):
        return [ok("clock", f"the embedded AWS is at {dated}; its time is virtual")]
    says = f"this machine is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} AWS"
    if abs(ahead) <= SKEW:
        return [ok("clock", says)]
    return [problem("clock", f"{says}, which refuses requests from 300 s on", "sudo timedatectl set-ntp true")]


def _clock_of(error: Exception, endpoint: str) -> list[Check]:
    """A refusal has a date too, and a wrong clock is one of its causes."""
    if not isinstance(error, ClientError):
        return []
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return clock(headers.get("date", ""), endpoint, datetime.now(UTC))


def _set_up(endpoint: str) -> str:
    if endpoint:
        return typed.point() if is_local(endpoint) else typed.how()
    try:
        server.found(server.folder(None))
    except Unavailable:
        return typed.how()
    return f"{typed.point()} (the embedded AWS is up, and this shell does not point at it)"
