"""What the table keeps for the rollout: versions, what was asked for, what serves, and the slots' history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.aws.table import Item, Put, Table, Update, Value, Write
from leeway.experiment.assignment import Assignment
from leeway.rollout.challenge.experiment import Experiment, Wish
from leeway.rollout.decisions import Settle
from leeway.rollout.leftovers import Made
from leeway.rollout.observed import Asked, Grown, Raised, Serving, Slot
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


def raised(item: Mapping[str, Any]) -> Raised | None:
    """What was asked for of a challenger's own endpoint."""
    found = item.get("beside")
    return Raised(**found) if found else None


def grown(item: Mapping[str, Any]) -> Grown | None:
    """Instances that were asked for together with weights."""
    found = item.get("grown")
    return Grown(**found) if found else None


def serving(item: Mapping[str, Any]) -> Serving | None:
    """What serves."""
    if not item.get("serving_package"):
        return None
    return Serving(
        version=item["serving_version"],
        package=item["serving_package"],
        config=item["serving_config"],
        slot=item.get("serving_slot", SLOT),
    )


def serving_values(now: Serving) -> dict[str, Value]:
    """As the machine's item keeps it."""
    return {f"serving_{name}": value for name, value in asdict(now).items()}


def experiment(item: Mapping[str, Any]) -> Experiment | None:
    """The experiment that is under way."""
    found = item.get("experiment")
    return Experiment.from_item(found) if found else None


def assignment(item: Mapping[str, Any]) -> Assignment | None:
    """What was assigned last; the machine's item has a copy, so that a look reads it with everything else."""
    found = item.get("assignment")
    return Assignment.from_item(found) if found else None


def assignment_writes(model: str, assigned: Assignment) -> list[Write]:
    """As the one that is in force, and as one of all."""
    item = {"pk": keys.model_pk(model), **assigned.to_item()}
    names = (keys.ASSIGNMENT, f"{keys.EPOCH}{assigned.epoch:08d}")
    return [Put(item={**item, "sk": name}) for name in names]


def assignments(table: Table, model: str) -> list[Assignment]:
    """All of them, the first one first."""
    return [Assignment.from_item(item) for item in table.query(keys.model_pk(model), keys.EPOCH)]


def made(item: Mapping[str, Any]) -> tuple[Made, ...]:
    """The configurations that were asked for and not deleted, the oldest first."""
    return tuple(Made(config=one["config"], models=tuple(one["models"])) for one in item.get("made", ()))


def made_values(made: Sequence[Made]) -> dict[str, Value]:
    """As the machine's item keeps them."""
    return {"made": [{"config": one.config, "models": list(one.models)} for one in made]}


def wish(item: Mapping[str, Any]) -> Wish | None:
    """What a person asked for, and was not done yet."""
    found = item.get("wish")
    return Wish(**found) if found else None


def slot_writes(table: Table, model: str, endpoint: str, settled: Settle, now: datetime) -> list[Write]:
    """The slots' history, a row for each time that a version is in one: what is there no more ends now.

    Monitor and cohorts cut there.
    """
    pk, at, there = keys.model_pk(model), keys.stamp(now), settled.serving.contender
    left = keys.stamp(settled.left) if settled.left else at
    wanted = {(endpoint, there.slot, there.version): (there, False)}
    if settled.beside is not None:
        place = settled.beside_at or endpoint
        wanted[place, settled.beside.slot, settled.beside.version] = (settled.beside, True)
    writes: list[Write] = []
    for item in table.query(pk, keys.SLOT):
        if "to" in item:
            continue
        found = wanted.pop((item["endpoint"], item["slot"], item["version"]), None)
        if found is None:
            writes.append(Update(pk=pk, sk=item["sk"], values={"to": max(left, item["from"])}))
        elif item["trial"] != found[1]:
            writes.append(Update(pk=pk, sk=item["sk"], values={"trial": found[1]}))
    for (where, _, _), (one, trial) in wanted.items():
        values: Item = {"slot": one.slot, "package": one.package, "version": one.version, "trial": trial, "from": at}
        placed: Item = {"endpoint": where, "configuration": settled.serving.config}
        writes.append(Put(item={"pk": pk, "sk": slot_key(where, one.slot, now), **placed, **values}))
    return writes


def slots(table: Table, model: str) -> list[Slot]:
    """Every version that served, the earliest first."""
    found = [_slot(item) for item in table.query(keys.model_pk(model), keys.SLOT)]
    return sorted(found, key=lambda slot: slot.begin)


def _slot(item: Mapping[str, Any]) -> Slot:
    return Slot(
        endpoint=item["endpoint"],
        slot=item["slot"],
        version=item["version"],
        package=item["package"],
        begin=keys.unstamp(item["from"]),
        end=keys.unstamp(item["to"]) if "to" in item else None,
        trial=item["trial"],
    )


def slot_key(endpoint: str, slot: str, begin: datetime) -> str:
    """Sort key of a version's time in a slot."""
    return f"{keys.SLOT}{endpoint}#{slot}#{keys.stamp(begin)}"
