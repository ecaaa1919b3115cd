"""ARNs, random ids, and pages of lists."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localaws.sagemaker.refusals import invalid

LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True, kw_only=True)
class Names:
    """Makes ARNs of one account and region, and ids from a seeded source."""

    account: str
    region: str
    random: random.Random = field(default_factory=lambda: random.Random(20261124))

    def arn(self, kind: str, name: str) -> str:
        """An ARN of SageMaker."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name}"

    def fresh(self, length: int) -> str:
        """A random id of small letters and digits."""
        return "".join(self.random.choices(LETTERS, k=length))


def moment(value: Any) -> datetime:
    """A time of a request, which is epoch seconds on the wire."""
    return value if isinstance(value, datetime) else datetime.fromtimestamp(float(value), UTC)


def page(
    found: Sequence[Any], request: dict[str, Any], shown: Callable[[Any], dict[str, Any]], name: str
) -> dict[str, Any]:
    """One page of an ordered list; the token is the place where the next begins."""
    try:
        start = int(request.get("NextToken", 0))
    except ValueError as error:
        raise invalid("Invalid pagination token.") from error
    end = start + int(request.get("MaxResults", 100))
    answer: dict[str, Any] = {name: [shown(one) for one in found[start:end]]}
    return answer | ({"NextToken": str(end)} if end < len(found) else {})


def ordered(found: Sequence[Any], request: dict[str, Any], default: str = "Descending") -> list[Any]:
    """By creation, as SortOrder says; equal times keep their order of creation."""
    chosen = sorted(found, key=lambda one: one.created)
    return chosen if request.get("SortOrder", default) == "Ascending" else chosen[::-1]


def created_within(found: Sequence[Any], request: dict[str, Any]) -> list[Any]:
    """Those that CreatedAfter/CreationTimeAfter and …Before leave."""
    after = request.get("CreatedAfter", request.get("CreationTimeAfter"))
    before = request.get("CreatedBefore", request.get("CreationTimeBefore"))
    kept = [one for one in found if after is None or one.created >= moment(after)]
    return [one for one in kept if before is None or one.created <= moment(before)]


def epoch_ms(at: datetime) -> int:
    """A time as SageMaker's events of jobs, packages and endpoints have it."""
    return int(at.timestamp() * 1000)
