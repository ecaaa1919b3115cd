"""The event of a model package: a hint, in several casings and with times of several kinds (reference 1.3, 1.5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from leeway.errors import Rejected
from leeway.rollout.order import Hint

DETAIL_TYPE = "SageMaker Model Package State Change"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VERSIONED = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]+:(\d+):model-package/([A-Za-z0-9-]+)/\d+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PackageChanged:
    """The package that an event names, and what it says of it."""

    group: str
    arn: str
    hint: Hint


def parse(event: Any, *, account: str) -> PackageChanged:
    """The package of an event; raises Rejected for anything else."""
    detail = event.get("detail") if isinstance(event, Mapping) else None
    if not isinstance(detail, Mapping) or event.get("source") != "aws.sagemaker":
        raise Rejected("not an event of SageMaker")
    if event.get("detail-type") != DETAIL_TYPE or event.get("account") != account:
        raise Rejected("not an event of a model package of this account")
    group, arn = detail.get("ModelPackageGroupName"), detail.get("ModelPackageArn")
    named = VERSIONED.fullmatch(arn) if isinstance(arn, str) else None
    if not isinstance(group, str) or named is None or named[1] != account or named[2].lower() != group.lower():
        raise Rejected("an event without a versioned model package of its group in this account")
    fields = detail.get("UpdatedModelPackageFields")
    told = tuple(str(name) for name in fields) if isinstance(fields, list) else None
    at = detail.get("LastModifiedTime") or detail.get("CreationTime") or event.get("time")
    return PackageChanged(
        group=group,
        arn=named[0],
        hint=Hint(status=str(detail.get("ModelApprovalStatus") or ""), modified=epoch_ms(at), fields=told),
    )


def epoch_ms(value: Any) -> int:
    """Epoch milliseconds of a time as events have it: a number, a number as text, or ISO 8601."""
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Rejected("an event without a time") from error
    return milliseconds(at if at.tzinfo else at.replace(tzinfo=UTC))


def milliseconds(at: datetime) -> int:
    """Epoch milliseconds of a time, cut off as an event's are, and without a float's error."""
    return (at - EPOCH) // timedelta(milliseconds=1)
