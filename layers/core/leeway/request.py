"""Rows of a request: CSV without a header, or JSON in its usual forms. A wrong one is Rejected, by row and column.

The endpoint reads its requests by it, and the monitor what was captured of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from leeway.cells import Value, features, shown
from leeway.errors import Rejected
from leeway.rows import lines_of
from leeway.spec import Column

MANY = 100_000  # rows in one request; SageMaker's six megabytes come first


@dataclass(frozen=True, kw_only=True)
class Takes:
    """What a model takes: its features in order; what a JSON row may have `beside` them."""

    columns: tuple[Column, ...]
    beside: frozenset[str | None] = frozenset()

    @cached_property
    def names(self) -> list[str]:
        """The features, in order."""
        return [column.name for column in self.columns]


def csv_rows(takes: Takes, body: bytes) -> list[tuple[Value, ...]]:
    """Values of each line; the columns are the model's features in their order."""
    try:
        lines = lines_of(body)
    except Rejected as error:
        raise Rejected(f"the body {error}") from error
    reader = csv.reader((line.replace("\0", "\ufffd") for line in lines), strict=True)
    try:
        rows = [cells for cells in reader if cells]
    except csv.Error as error:
        raise Rejected(f"line {reader.line_num} is not CSV: {error}") from error
    if rows and [cell.strip() for cell in rows[0]] == takes.names:
        raise Rejected("row 1 is a header; send rows alone")
    return _checked(takes, rows)


def json_rows(takes: Takes, body: bytes) -> list[tuple[Value, ...]]:
    """Values of each row of `{…}`, `[{…}]`, `[[…]]` or `{"instances": …}`."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Rejected(f"the body is not JSON: {error}") from error
    return rows_in(takes, document)


def rows_in(takes: Takes, document: Any) -> list[tuple[Value, ...]]:
    """As `json_rows`, of what the body's JSON says."""
    if isinstance(document, Mapping) and "instances" in document and "instances" not in takes.names:
        document = document["instances"]
    if isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        raise Rejected('the body is no row; allowed: {…}, [{…}], [[…]] or {"instances": […]}')
    return _checked(takes, [_cells(takes, number, row) for number, row in enumerate(document, 1)])


def _checked(takes: Takes, rows: Sequence[Sequence[str]]) -> list[tuple[Value, ...]]:
    if not rows:
        raise Rejected("the body holds no row")
    if len(rows) > MANY:
        raise Rejected(f"the body holds {len(rows)} rows; allowed: {MANY}")
    return [_values(takes, number, cells) for number, cells in enumerate(rows, 1)]


def _values(takes: Takes, number: int, cells: Sequence[str]) -> tuple[Value, ...]:
    if len(cells) != len(takes.columns):
        wanted = f"{len(takes.columns)}: {', '.join(takes.names)}"
        raise Rejected(f"row {number} has {len(cells)} values; the model takes {wanted}")
    try:
        return features(takes.columns, cells)
    except Rejected as error:
        raise Rejected(f"row {number}: {error}") from error


def _cells(takes: Takes, number: int, row: Any) -> list[str]:
    """Texts of a JSON row: they are judged as those of a file."""
    if isinstance(row, Mapping):
        if unknown := [name for name in row if name not in takes.names and name not in takes.beside]:
            wanted = ", ".join(takes.names)
            raise Rejected(f"row {number} has {shown(unknown[0])}, which the model does not know; it takes {wanted}")
        row = [row.get(name) for name in takes.names]
    if not isinstance(row, list):
        raise Rejected(f"row {number} is {shown(json.dumps(row))}; allowed: an object or a list")
    return [_text(number, value) for value in row]


def _text(number: int, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise Rejected(f"row {number} has the value {shown(json.dumps(value))}; allowed: a number, a text, true or false")
