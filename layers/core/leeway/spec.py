"""The checked specification of a model, as it lies in `specs/<model>/<sha256>.json`.

The command line turns a model.toml into this JSON; functions and training steps only read it. So it is pure standard
library and runs on Python 3.10, the Python of the training image.
The nesting is that of model.toml. Durations are whole seconds in the JSON, and timedeltas here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import timedelta
from typing import Any, TypeVar

from leeway.challenge import Rollout
from leeway.training import BINARY, BUILTIN, MULTICLASS, REGRESSION, Hyperparameters, Training
from leeway.tuning import Tuning
from leeway.upkeep import LEEWAY, MODEL_MONITOR, Monitoring, Retraining

Part = TypeVar("Part")
__all__ = [
    "BINARY", "BUILTIN", "LEEWAY", "MODEL_MONITOR", "MULTICLASS", "REGRESSION", "Approval", "Column", "Data", "Gate",
    "Hyperparameters", "Identity", "ModelSpec", "Monitoring", "Retraining", "Rollout", "Serving", "Training",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Identity:
    """[model]: `name` is part of every name in AWS; `problem` is binary, multiclass or regression."""

    name: str
    problem: str = BINARY


@dataclass(frozen=True, kw_only=True)
class Column:
    """One feature; `type` is int, float, bool, category or date (to the model, days since 1970 in UTC, as a number).

    `min` and `max` are inclusive and only for int and float. `values` are the categories in the order given; empty
    means that the training part of the data says which there are. A `nullable` column may be missing from a row, or
    from a whole file.
    """

    name: str
    type: str
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    nullable: bool = False


@dataclass(frozen=True, kw_only=True)
class Data:
    """[data]: what a row is, and when enough of them have come for a training.

    `positive` is the text of a binary label's positive class; None: the label is 0 or 1. `classes` are those of a
    multiclass label; empty: any text but the spellings of a missing value is a class. `weight` is the column that says
    how much a row counts, in training and in all metrics. Of categories that no one declared, a column keeps the
    `max_categories` most frequent ones; the others are missing to the model.
    `columns` are the features, ordered by name.
    """

    id: str
    label: str
    event_time: str | None = None
    positive: str | None = None
    classes: tuple[str, ...] = ()
    weight: str | None = None
    max_categories: int = 1000
    quiet_period: timedelta = timedelta(minutes=5)
    max_wait: timedelta = timedelta(hours=1)
    window: timedelta = timedelta(days=180)
    min_rows: int = 500
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """[gate]: `metric` on the holdout must reach `min` (None: no bar) and beat the champion's by `margin`.

    `slices` are columns; of each group in them with at least `slice_min_rows` rows the metric must reach `slice_min`.
    `max_calibration_error` bounds the expected calibration error. Under `min_holdout` rows nothing passes; 500 rows of
    data leave 75.
    """

    metric: str = "auc"
    min: float | None = None
    margin: float = 0.0
    max_calibration_error: float | None = None
    slices: tuple[str, ...] = ()
    slice_min: float | None = None
    slice_min_rows: int = 30
    min_holdout: int = 50


@dataclass(frozen=True, kw_only=True)
class Approval:
    """[approval]: who approves a version; with `four_eyes` it is another person than who made it."""

    mode: str = "manual"
    four_eyes: bool = False


@dataclass(frozen=True, kw_only=True)
class Serving:
    """[serving]: what the endpoint runs on.

    Serverless has `memory` (MB) and `max_concurrency`, realtime has instances: `instances` of them, or, where
    `max_instances` is not 0, between `min_instances` and that, so that each has `target_invocations` a minute.
    """

    mode: str = "realtime"
    instance: str = "ml.m5.large"
    instances: int = 1
    min_instances: int = 1
    max_instances: int = 0
    target_invocations: int = 0
    memory: int = 2048
    max_concurrency: int = 5


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """Everything that model.toml says, checked, with all defaults filled in."""

    model: Identity
    data: Data
    training: Training
    gate: Gate = Gate()
    approval: Approval = Approval()
    serving: Serving = Serving()
    rollout: Rollout = field(default_factory=Rollout)
    retraining: Retraining = field(default_factory=Retraining)
    monitoring: Monitoring = field(default_factory=Monitoring)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ModelSpec:
        """The spec of a checked document; raises ValueError for one that another version of Leeway wrote."""
        parts: dict[str, Any] = {name: _mapping(name, part) for name, part in document.items()}
        data = _mapping("data", parts.get("data"))
        columns = _mapping("data.columns", data.get("columns"))
        parts["data"] = data | {"columns": tuple(_column(name, columns[name]) for name in sorted(columns))}
        if tuning := _mapping("training", parts.get("training")).get("tuning"):
            parts["training"]["tuning"] = Tuning.from_json(_mapping("training.tuning", tuning))
        sections = {name: kind for name, kind in _SECTIONS.items() if name in parts}
        return _build(cls, "", parts | {name: _build(kind, name, parts[name]) for name, kind in sections.items()})

    def to_json(self) -> dict[str, Any]:
        """The checked document."""
        document: dict[str, Any] = _plain(asdict(self))
        document["data"]["columns"] = {column.pop("name"): column for column in document["data"]["columns"]}
        if tuning := document["training"]["tuning"]:
            tuning["ranges"] = {one.pop("name"): one for one in tuning["ranges"]}
        return document

    def canonical(self) -> bytes:
        """The one way to write it: equal specs give equal bytes, whatever the order in model.toml."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()

    @property
    def sha256(self) -> str:
        """Hex digest of the canonical bytes, by which the spec is stored."""
        return hashlib.sha256(self.canonical()).hexdigest()


_SECTIONS: dict[str, type[Any]] = {
    "model": Identity,
    "data": Data,
    "training": Training,
    "gate": Gate,
    "approval": Approval,
    "serving": Serving,
    "rollout": Rollout,
    "retraining": Retraining,
    "monitoring": Monitoring,
}


def _mapping(name: str, part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        raise ValueError(f"spec: {name} is not an object")
    return dict(part)


def _column(name: str, document: Any) -> Column:
    body = _mapping(f"data.columns.{name}", document)
    return _build(Column, f"data.columns.{name}", body | {"name": name, "values": tuple(body.get("values") or ())})


def _build(kind: type[Part], where: str, document: Mapping[str, Any]) -> Part:
    """A dataclass of a JSON object: seconds become timedeltas, a key left out gets its default."""
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    if unknown := sorted(set(document) - set(known)):
        raise ValueError(f"spec: this version of Leeway does not know {prefix}{unknown[0]}")
    needed = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(needed - set(document)):
        raise ValueError(f"spec: {prefix}{missing[0]} is missing")
    return kind(**{name: _typed(str(known[name].type), value) for name, value in document.items()})


def _typed(name: str, value: Any) -> Any:
    """A value of JSON, which knows neither durations nor tuples."""
    if name == "timedelta":
        return timedelta(seconds=value)
    return tuple(value) if name.startswith("tuple") else value


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
