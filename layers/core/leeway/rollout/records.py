"""What the table keeps for the rollout: versions, what was asked for, what serves, and the slots' history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.table import Put, Table, Update, Value, Write
from leeway.rollout.decisions import Asked, Serving, Slot
from leeway.rollout.order import Seen
from leeway.rollout.target import SLOT


def packages(table: Table, model: str) -> list[Seen]:
    """All versions that were ever seen, in their order."""
    return [_seen(item) for item in table.query(keys.model_pk(model), keys.PACKAGE)]


def package(table: Table, model: str, version: int) -> Seen | None:
    """One version, None where it was never seen."""
    item = table.get(keys.model_pk(model), package_key(version))
    return _seen(item) if item else None


def package_key(version: int) -> str:
    """Sort key of a version."""
    return f"{keys.PACKAGE}{version:08d}"


def keep(model: str, before: Seen | None, after: Seen) -> Write:
    """The write that keeps what is known of a version, only where nobody else wrote since it was read."""
    values: dict[str, Value] = {**asdict(after), "revision": after.revision + 1}
    expect: dict[str, Value] = {"revision": before.revision if before else None}
    return Update(pk=keys.model_pk(model), sk=package_key(after.version), values=values, expect=expect)


def _seen(item: Mapping[str, Any]) -> Seen:
    return Seen(**{name: item[name] for name in Seen.__dataclass_fields__ if name in item})


def asked(item: Mapping[str, Any]) -> Asked | None:
    """What was asked for and has not been seen to come out."""
    found = item.get("asked")
    return Asked(**found) if found else None


def serving(item: Mapping[str, Any]) -> Serving | None:
    """What serves."""
    if not item.get("serving_package"):
        return None
    return Serving(version=item["serving_version"], package=item["serving_package"], config=item["serving_config"])


def slot_writes(model: str, endpoint: str, before: Serving | None, after: Serving, now: datetime) -> list[Write]:
    """The slot's history: the version before ends where the one after begins. Monitor and cohorts cut there."""
    pk, at = keys.model_pk(model), keys.stamp(now)
    writes: list[Write] = [
        Put(
            item={
                "pk": pk,
                "sk": slot_key(endpoint, after.config),
                "slot": SLOT,
                "package": after.package,
                "version": after.version,
                "from": at,
            }
        )
    ]
    if before is not None and before.config != after.config:
        writes.append(Update(pk=pk, sk=slot_key(endpoint, before.config), values={"to": at}))
    return writes


def slots(table: Table, model: str) -> list[Slot]:
    """Every version that served, the earliest first."""
    found = [_slot(item) for item in table.query(keys.model_pk(model), keys.SLOT)]
    return sorted(found, key=lambda slot: slot.begin)


def _slot(item: Mapping[str, Any]) -> Slot:
    _, endpoint, _, slot = item["sk"].split("#")
    return Slot(
        endpoint=endpoint,
        slot=slot,
        version=item["version"],
        package=item["package"],
        begin=keys.unstamp(item["from"]),
        end=keys.unstamp(item["to"]) if "to" in item else None,
    )


def slot_key(endpoint: str, config: str) -> str:
    """Sort key of a slot of one configuration."""
    return f"{keys.SLOT}{endpoint}#{config}#{SLOT}"
