"""The models that were applied: where each one's checked specification lies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from leeway import keys
from leeway.aws.objects import Objects
from leeway.aws.table import Table
from leeway.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a job of the model runs: the image, and keys of the artifacts bucket."""

    image: str
    code: str
    wheels: str


@dataclass(frozen=True, kw_only=True)
class Model:
    """The pointer that `leeway apply` writes: which specification and which rendered definition are in force.

    An older `apply` named no `container`.
    """

    name: str
    spec_sha256: str
    spec_key: str
    definition_sha256: str
    applied_at: datetime
    paused: bool
    container: Container | None = None


def find(table: Table, name: str) -> Model | None:
    """The model's pointer, None where no such model was applied."""
    item = table.get(keys.model_pk(name), keys.SPEC)
    if item is None:
        return None
    return Model(
        name=name,
        spec_sha256=item["spec_sha256"],
        spec_key=item["spec_key"],
        definition_sha256=item["definition_sha256"],
        applied_at=keys.unstamp(item["applied_at"]),
        paused=item.get("paused", False),
        container=Container(**item["container"]) if "container" in item else None,
    )


def specification(objects: Objects, bucket: str, model: Model) -> ModelSpec:
    """The specification that a pointer points at; kept in memory, for it lies there by its hash and never changes."""
    return _read(objects, bucket, model.spec_key)


@lru_cache(maxsize=256)
def _read(objects: Objects, bucket: str, key: str) -> ModelSpec:
    return ModelSpec.from_json(json.loads(objects.get(bucket, key)))
