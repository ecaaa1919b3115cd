"""ARNs, random ids, and pages of lists."""

from __future__ import annotations

import operator
import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localaws.sagemaker.refusals import invalid

SORTED_BY = {"Name": "name", "ScheduledTime": "scheduled", "Status": "status", "PipelineExecutionArn": "arn"}
BOUNDS = {
    "CreatedAfter": ("created", operator.ge),
    "CreatedBefore": ("created", operator.le),
    "CreationTimeAfter": ("created", operator.ge),
    "CreationTimeBefore": ("created", operator.le),
    "LastModifiedTimeAfter": ("modified", operator.ge),
    "LastModifiedTimeBefore": ("modified", operator.le),
    "ScheduledTimeAfter": ("scheduled", operator.ge),
    "ScheduledTimeBefore": ("scheduled", operator.le),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
    """By SortBy, or else by creation, as SortOrder says; equals keep their order of creation."""
    chosen = sorted(found, key=operator.attrgetter(SORTED_BY.get(request.get("SortBy", ""), "created")))
    return chosen if request.get("SortOrder", default) == "Ascending" else chosen[::-1]


def within(found: Sequence[Any], request: dict[str, Any]) -> list[Any]:
    """Those that the times, the part of a name and the status of a request leave."""
    kept = list(found)
    if "NameContains" in request:
        kept = [one for one in kept if request["NameContains"] in one.name]
    if "StatusEquals" in request:
        kept = [one for one in kept if one.status == request["StatusEquals"]]
    for member in BOUNDS.keys() & request.keys():
        attribute, fits = BOUNDS[member]
        kept = [one for one in kept if fits(getattr(one, attribute), moment(request[member]))]
    return kept


def epoch_ms(at: datetime) -> int:
    """A time as SageMaker's events of jobs, packages and endpoints have it."""
    return (at - EPOCH) // timedelta(milliseconds=1)
