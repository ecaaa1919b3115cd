"""Samples become numbers: a part at a time, a block at a time, straight into files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from leeway.spec import ModelSpec
from serving.encoders import MISSING, Encoders
from steps import weights
from steps.engine import Database

FEATURES, LABELS = "features.npy", "labels.npy"
BLOCK = 250_000  # rows


def write(database: Database, encoders: Encoders, part: int, spec: ModelSpec, folder: Path) -> None:
    """`features.npy`, rows by features, and `labels.npy` of one part, both float32; weights where rows have some."""
    count = database.value("SELECT count(*) FROM samples WHERE part = ?", part)
    codes = codes_of(database, encoders)
    with (folder / FEATURES).open("wb") as features, (folder / LABELS).open("wb") as labels:
        _header(features, (count, len(encoders.columns)))
        _header(labels, (count,))
        for block in _blocks(database, part, [f"v{n}" for n in range(len(encoders.columns))]):
            labels.write(coded(block.pop("label"), codes.get("label")).tobytes())
            features.write(np.stack([coded(block[name], codes.get(name)) for name in block], axis=1).tobytes())
    if weights.counts(spec):
        weights.write(folder, spec, np.load(folder / LABELS), _weights(database, part, spec))


def _weights(database: Database, part: int, spec: ModelSpec) -> np.ndarray:
    if spec.data.weight is None:
        return np.ones(database.value("SELECT count(*) FROM samples WHERE part = ?", part))
    found: np.ndarray = database.columns(f"SELECT weight FROM samples WHERE part = {part}")["weight"]
    return found


def _header(target: IO[bytes], shape: tuple[int, ...]) -> None:
    layout = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(target, layout)


def _blocks(database: Database, part: int, features: list[str]) -> Iterator[dict[str, np.ndarray]]:
    """Label and features of the samples of a part, in their order; NaN for what is missing."""
    total = database.value("SELECT count(*) FROM samples")
    for start in range(0, total, BLOCK):
        within = f"rowid >= {start} AND rowid < {start + BLOCK} AND part = {part}"
        found = database.columns(f"SELECT label, {', '.join(features)} FROM samples WHERE {within}")
        yield {name: np.ma.filled(column, MISSING) for name, column in found.items()}


def codes_of(database: Database, encoders: Encoders) -> dict[str, np.ndarray]:
    """For each column of texts: by the code of a text in the database, its code in the model; NaN where it has none."""
    columns = {f"v{n}": column.name for n, column in enumerate(encoders.columns) if column.type == "category"}
    known = {place: encoders.categories.get(name, ()) for place, name in columns.items()}
    if encoders.classes:
        known["label"] = encoders.classes
    return {place: _lookup(database, place, texts) for place, texts in known.items()}


def _lookup(database: Database, place: str, texts: tuple[str, ...]) -> np.ndarray:
    codes = {text: float(code) for code, text in enumerate(texts)}
    rows = database.rows(f"SELECT value FROM {place}_texts ORDER BY code")
    return np.array([codes.get(text, MISSING) for (text,) in rows] or [MISSING], dtype=np.float32)


def coded(column: np.ndarray, lookup: np.ndarray | None) -> np.ndarray:
    """Float32; of texts, the model's codes."""
    if lookup is None:
        return column.astype(np.float32)
    there = ~np.isnan(column)
    found = np.full(len(column), MISSING, dtype=np.float32)
    found[there] = lookup[column[there].astype(np.int64)]
    return found
