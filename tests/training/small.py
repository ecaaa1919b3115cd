"""Small data made in a test: five features, two classes that can be told apart, an hour between rows."""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leeway.spec import Column, Data, Gate, Identity, ModelSpec, Training

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COLUMNS = (
    Column(name="flag", type="bool"),
    Column(name="kind", type="category", values=("a", "b", "c")),
    Column(name="n", type="int", min=0),
    Column(name="place", type="category"),
    Column(name="x", type="float", nullable=True),
)
Record = dict[str, Any]


def spec(*, split: str = "time", gate: Gate | None = None, problem: str = "binary", **data: Any) -> ModelSpec:
    settings = {"id": "id", "label": "y", "event_time": "at", "min_rows": 50, "columns": COLUMNS} | data
    return ModelSpec(
        model=Identity(name="small", problem=problem),
        data=Data(**settings),
        training=Training(split=split, hyperparameters={"num_round": 8, "max_depth": 3, "eta": 0.3}),
        gate=gate or Gate(metric={"multiclass": "accuracy", "regression": "rmse"}.get(problem, "auc")),
    )


def without(model: ModelSpec, *names: str) -> ModelSpec:
    """The specification with fewer columns."""
    kept = tuple(column for column in model.data.columns if column.name not in names)
    return replace(model, data=replace(model.data, columns=kept))


def records(count: int, seed: int = 1, start: datetime = START) -> list[Record]:
    """`n` counts the rows, so that a row is found again in a matrix; `x` and `kind` decide the class."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        x, kind = chance.gauss(0, 1), chance.choice("abc")
        likely = 1 / (1 + math.exp(-2 * x - (kind == "a") + (kind == "c")))
        found.append(
            {
                "id": f"r{number:05d}",
                "at": f"{start + number * HOUR:%Y-%m-%dT%H:%M:%SZ}",
                "flag": chance.choice(["yes", "no"]),
                "kind": kind,
                "n": number,
                "place": chance.choice(["here", "there", "Köln"]),
                "x": "" if chance.random() < 0.05 else f"{x:.4f}",
                "y": int(chance.random() < likely),
            }
        )
    return found


def classed(rows: Iterable[Record]) -> list[Record]:
    """The same rows with a class that `x` and `kind` decide: "low", "high" or "Köln, mid"."""
    return [row | {"y": _class(float(row["x"] or 0), row["kind"])} for row in rows]


def _class(x: float, kind: str) -> str:
    place = x + {"a": 0.5, "b": 0.0, "c": -0.5}[kind]
    return "low" if place < -0.5 else "high" if place > 0.5 else "Köln, mid"


def measured(rows: Iterable[Record]) -> list[Record]:
    """The same rows with a number that `x` and `kind` decide, of the size of prices."""
    return [row | {"y": f"{250 + 40 * float(row['x'] or 0) + 30 * (row['kind'] == 'a'):.2f}"} for row in rows]


def as_csv(rows: Sequence[Record], names: Iterable[str] | None = None, **how: Any) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(names or rows[0]), extrasaction="ignore", **{"lineterminator": "\n"} | how)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
