"""The baseline: what the training part looked like, feature by feature. Monitoring compares with it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from leeway.spec import BINARY, REGRESSION, Column, ModelSpec
from serving.encoders import most_frequent
from steps.distribution import distribution
from steps.engine import Database

FORMAT = 2
BLOCK = 1_000_000  # rows


def baseline(database: Database, spec: ModelSpec) -> dict[str, Any]:
    """Counts and shapes of the training samples, as the model sees them (float32), a block in memory at a time."""
    data = spec.data
    rows = database.value("SELECT count(*) FROM samples WHERE part = 0")
    columns = {
        column.name: feature(database, f"v{n}", column, data.max_categories, rows)
        for n, column in enumerate(data.columns)
    }
    label = {"name": data.label, "count": rows} | _label(database, spec, rows)
    return {"format": FORMAT, "rows": rows, "label": label, "features": columns}


def _label(database: Database, spec: ModelSpec, rows: int) -> dict[str, Any]:
    """Of a binary label the rate of positives, of a number its shape, of classes their shares."""
    if spec.model.problem == BINARY:
        positive = database.value("SELECT count(*) FROM samples WHERE part = 0 AND label = 1")
        return {"positive": spec.data.positive, "rate": positive / rows}
    if spec.model.problem == REGRESSION:
        return distribution(partial(_blocks, database, "label"))
    return {"shares": _shares(database, "label", _texts(database, "label"))}


def feature(database: Database, name: str, column: Column, most: int, rows: int) -> dict[str, Any]:
    """One feature; `missing` is the number of rows without a value, and the rest is of those with one."""
    present = database.value(f"SELECT count({name}) FROM samples WHERE part = 0")
    found: dict[str, Any] = {"type": column.type, "count": present, "missing": rows - present}
    if column.type == "category":
        return found | _known(_shares(database, name, _texts(database, name)), None if column.values else most)
    if column.type == "bool":
        return found | _known(_shares(database, name, ["false", "true"]), None)
    return found | distribution(partial(_blocks, database, name))


def _blocks(database: Database, name: str) -> Iterator[np.ndarray]:
    """The values of a column in the train part."""
    total = database.value("SELECT count(*) FROM samples")
    for start in range(0, total, BLOCK):
        within = f"rowid >= {start} AND rowid < {start + BLOCK} AND part = 0 AND {name} IS NOT NULL"
        block = database.columns(f"SELECT {name} FROM samples WHERE {within}")[name]
        yield np.ma.getdata(block).astype(np.float32)


def _known(shares: dict[str, float], most: int | None) -> dict[str, Any]:
    """Shares of the values that the model knows; `distinct` counts all."""
    kept = most_frequent(shares, len(shares) if most is None else most)
    return {"distinct": len(shares), "shares": {text: shares[text] for text in kept}}


def _texts(database: Database, name: str) -> list[str]:
    return [text for (text,) in database.rows(f"SELECT value FROM {name}_texts ORDER BY code")]


def _shares(database: Database, name: str, texts: list[str]) -> dict[str, float]:
    counts = database.rows(
        f"SELECT {name}, count(*) FROM samples WHERE part = 0 AND {name} IS NOT NULL GROUP BY {name}"
    )
    total = sum(count for _, count in counts)
    return dict(sorted((texts[int(code)], count / total) for code, count in counts))
