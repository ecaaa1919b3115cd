"""The gate's metric group by group: a model may be good on the whole and bad for some."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leeway.cells import MISSING, parse_cell
from leeway.errors import Rejected
from leeway.spec import Column, ModelSpec
from steps.holdout import Holdout
from steps.statistic import statistic

MOST = 1000  # groups of a column that are looked at, the largest ones
SHOWN = 100  # groups of a column that are written down, the worst ones
NAMED = 5  # groups that a sentence names


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows with one value in a column; `value` is None where they are too few, or the metric does not exist on them."""

    column: str
    name: str
    rows: int
    value: float | None = None

    def text(self) -> str:
        """The group in a sentence."""
        return f"{self.column} = {self.name}"


@dataclass(frozen=True, kw_only=True)
class Slices:
    """Groups by column, the worst first, and those that do not count."""

    groups: Sequence[Group] = ()
    ignored: Sequence[Group] = ()
    lacking: Sequence[str] = ()

    def ignored_text(self, least: int) -> str:
        """Which groups do not count; "" where all do."""
        if not self.ignored:
            return ""
        names = ", ".join(f"{group.text()} ({group.rows} rows)" for group in self.ignored[:NAMED])
        more = f" and {len(self.ignored) - NAMED} more" if len(self.ignored) > NAMED else ""
        return f"ignored slices (under {least} rows, or without the metric): {names}{more}"

    def to_json(self) -> list[dict[str, Any]]:
        """For gate.json."""
        found = [*self.groups[:SHOWN], *self.ignored[:SHOWN]]
        return [{"column": g.column, "group": g.name, "rows": g.rows, "value": g.value} for g in found]


def slices(spec: ModelSpec, rows: Holdout, scores: np.ndarray, *, higher_is_better: bool) -> Slices:
    """The metric of each group that is large enough."""
    lacking = [name for name in spec.gate.slices if name not in rows.columns]
    columns = {column.name: column for column in spec.data.columns}
    found = [
        group
        for name in spec.gate.slices
        if name not in lacking
        for group in _groups(spec, rows, scores, name, _names(rows, name, columns))
    ]
    sign = 1.0 if higher_is_better else -1.0
    good = sorted((g for g in found if g.value is not None), key=lambda g: (sign * (g.value or 0.0), g.column, g.name))
    ignored = [group for group in found if group.value is None]
    return Slices(groups=good, ignored=ignored, lacking=lacking)


def _names(rows: Holdout, name: str, columns: Mapping[str, Column]) -> list[str]:
    """The group of each row: a declared value in one spelling, what is missing as such."""
    known: dict[str, str] = {}
    return [known.setdefault(cell, _name(cell, columns.get(name))) for cell in rows.column(name)]


def _name(cell: str, column: Column | None) -> str:
    text = cell.strip()
    try:
        value = text if column is None else parse_cell(column, text)
    except Rejected:
        value = text
    if value is None or (column is None and text.lower() in MISSING):
        return "(missing)"
    if column is not None and column.type == "bool" and isinstance(value, float):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


def _groups(spec: ModelSpec, rows: Holdout, scores: np.ndarray, column: str, names: Sequence[str]) -> Iterator[Group]:
    counts = Counter(names)
    codes = {name: code for code, name in enumerate(sorted(counts))}
    places = np.array([codes[name] for name in names], dtype=np.int64)
    order = np.argsort(places, kind="stable")
    ends = np.cumsum(np.bincount(places))
    looked_at = {name for name, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]}
    for name, code in codes.items():
        picked = order[ends[code] - counts[name] : ends[code]]
        value = None
        if counts[name] >= spec.gate.slice_min_rows and name in looked_at:
            value = statistic(spec.gate.metric, rows.truth[picked], scores[picked])(rows.weights[picked])
        yield Group(
            column=column,
            name=name,
            rows=counts[name],
            value=None if value is None or math.isnan(value) else value,
        )
