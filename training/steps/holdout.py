"""The rows that no training saw, as they came: read again for each model, a block at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from leeway.cells import Value, parse_cell, parse_label, parse_weight
from leeway.errors import Rejected
from leeway.spec import Column, ModelSpec
from serving.encoders import Encoders
from serving.scorer import Scorer

BLOCK = 20_000  # rows


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """The table that Prepare wrote, with all columns that came: a champion may know some that the spec does not.

    `truth` holds the labels as the challenger learns them, and `classes` what its codes stand for.
    """

    path: Path
    columns: list[str]
    truth: np.ndarray
    weights: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """Rows."""
        return len(self.truth)

    def rows(self) -> Iterator[list[str]]:
        """Cells by `columns`."""
        with self.path.open(encoding="utf-8", newline="") as lines:
            reader = csv.reader(lines)
            next(reader)
            yield from reader

    def column(self, name: str) -> Iterator[str]:
        """The cells of one column."""
        place = self.columns.index(name)
        return (row[place] for row in self.rows())


@dataclass(frozen=True, kw_only=True)
class Scores:
    """A model's scores of the holdout; `unreadable` rows have cells that this model does not take, read as missing."""

    values: np.ndarray
    unreadable: int


def read(path: Path, spec: ModelSpec, encoders: Encoders) -> Holdout:
    """The holdout of a challenger with these encoders."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        columns = next(reader)
        place = columns.index(spec.data.label)
        truth = encoders.target(parse_label(spec.data, row[place], spec.model.problem) for row in reader)
    found = Holdout(path=path, columns=columns, truth=truth, weights=np.ones(len(truth)), classes=encoders.classes)
    return replace(found, weights=_weights(found, spec.data.weight)) if spec.data.weight else found


def _weights(holdout: Holdout, name: str) -> np.ndarray:
    return np.array([parse_weight(name, cell) for cell in holdout.column(name)])


def score(scorer: Scorer, holdout: Holdout) -> Scores:
    """Every row through the model's own encoders; a column of probabilities stands where the holdout has its class."""
    encoders = scorer.encoders
    places = [holdout.columns.index(name) for name in encoders.names]
    blocks, unreadable, rows = [], 0, holdout.rows()
    while block := list(islice(rows, BLOCK)):
        read_block = [
            [_lenient(column, row[place]) for column, place in zip(encoders.columns, places, strict=True)]
            for row in block
        ]
        unreadable += sum(any(not good for good, _ in cells) for cells in read_block)
        blocks.append(scorer.score([[value for _, value in cells] for cells in read_block]))
    values = np.concatenate(blocks) if blocks else scorer.score([])
    return Scores(values=_aligned(values, encoders.classes, holdout.classes), unreadable=unreadable)


def _lenient(column: Column, text: str) -> tuple[bool, Value]:
    """A cell that the champion's spec did not allow is missing to it: it must be scored on the same rows."""
    try:
        return True, parse_cell(column, text)
    except Rejected:
        return False, None


def _aligned(values: np.ndarray, own: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    """Probabilities by the wanted classes, then those of other classes; 0 for one that it never learnt."""
    if own == wanted:
        return values
    order = [*wanted, *(name for name in own if name not in wanted)]
    found = np.zeros((len(values), len(order)), dtype=np.float32)
    found[:, [order.index(name) for name in own]] = values
    return found
