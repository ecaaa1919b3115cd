"""How a model stands on its way: where a play stands as the one without a fault stood, it goes on as that one did.

That is so because functions keep nothing from one call to the next but caches of what never changes: all that decides
what they do is in the table, the registry, the endpoint and the alarms, and in what is on its way. Where nothing is on
its way, and all of the rest is alike, the end is alike too. Moments may differ by one tick, for that is as exact as any
look is: who is due a second too late for one comes with the next.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.watch.act import TICK
from localaws import LocalAWS
from tests.local.onboarding import table
from tests.local.trainings import GROUP, MODEL

NEAR = 61.0  # seconds
# Counters that fence writes, which are tried again; and hashes of moments, by which nobody is drawn where nobody asks.
FREE = {"version", "experiment"}
EPOCH = 1e9  # numbers from here on are moments, in seconds or in milliseconds
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")


def standing(aws: LocalAWS) -> dict[str, Any]:
    """All that decides what comes next, but what is on its way; as JSON has it."""
    sagemaker = aws.client("sagemaker")
    items = [*table(aws).query(keys.model_pk(MODEL), ""), table(aws).get(TICK, TICK) or {"sk": TICK}]
    found = {
        "now": aws.now().isoformat(),
        "agenda": sorted(aws.world.agenda.labels()),
        "items": [item for item in items if not item["sk"].startswith(keys.JOURNAL)],
        "registry": [
            [one["ModelPackageVersion"], one["ModelApprovalStatus"]]
            for one in sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        ],
        "endpoints": [_endpoint(sagemaker, one) for one in sagemaker.list_endpoints()["Endpoints"]],
        "alarms": [
            [one["AlarmName"], one["StateValue"]] for one in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ],
    }
    said: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return said


def alike(one: Any, other: Any) -> bool:
    """Whether two of them differ by moments at most."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one.keys() - FREE)
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (STAMP.sub("", one) == STAMP.sub("", other) and _near(*map(STAMP.findall, (one, other))))
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return len(one) == len(other) and all(map(alike, one, other))
    if not all(isinstance(number, int | float) and number > EPOCH for number in (one, other)):
        return bool(one == other)
    return bool(abs(one - other) <= NEAR * (1000 if one > 1000 * EPOCH else 1))


def _endpoint(sagemaker: Any, listed: Mapping[str, Any]) -> list[Any]:
    found = sagemaker.describe_endpoint(EndpointName=listed["EndpointName"])
    variants = found.get("ProductionVariants", [])
    shares = [[one["VariantName"], one.get("CurrentWeight"), one.get("CurrentInstanceCount")] for one in variants]
    return [found["EndpointName"], found["EndpointStatus"], found["EndpointConfigName"], shares]


def _near(some: list[str], others: list[str]) -> bool:
    pairs = zip(some, others, strict=True)
    return all(abs((_moment(one) - _moment(other)).total_seconds()) <= NEAR for one, other in pairs)


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=None)
