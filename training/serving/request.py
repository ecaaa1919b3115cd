"""Rows of a request: CSV without a header, or JSON in its usual forms. A wrong one is Rejected, by row and column."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any

from leeway.cells import Value, features, shown
from leeway.errors import Rejected
from leeway.rows import lines_of
from serving.encoders import Encoders

MANY = 100_000  # rows in one request; SageMaker's six megabytes come first


def csv_rows(encoders: Encoders, body: bytes) -> list[tuple[Value, ...]]:
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
    if rows and [cell.strip() for cell in rows[0]] == encoders.names:
        raise Rejected("row 1 is a header; send rows alone")
    return _checked(encoders, rows)


def json_rows(encoders: Encoders, body: bytes) -> list[tuple[Value, ...]]:
    """Values of each row of `{…}`, `[{…}]`, `[[…]]` or `{"instances": …}`."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Rejected(f"the body is not JSON: {error}") from error
    if isinstance(document, Mapping) and "instances" in document and "instances" not in encoders.names:
        document = document["instances"]
    if isinstance(document, Mapping):
        document = [document]
    if not isinstance(document, list):
        raise Rejected('the body is no row; allowed: {…}, [{…}], [[…]] or {"instances": […]}')
    return _checked(encoders, [_cells(encoders, number, row) for number, row in enumerate(document, 1)])


def _checked(encoders: Encoders, rows: Sequence[Sequence[str]]) -> list[tuple[Value, ...]]:
    if not rows:
        raise Rejected("the body holds no row")
    if len(rows) > MANY:
        raise Rejected(f"the body holds {len(rows)} rows; allowed: {MANY}")
    return [_values(encoders, number, cells) for number, cells in enumerate(rows, 1)]


def _values(encoders: Encoders, number: int, cells: Sequence[str]) -> tuple[Value, ...]:
    if len(cells) != len(encoders.columns):
        takes = f"{len(encoders.columns)}: {', '.join(encoders.names)}"
        raise Rejected(f"row {number} has {len(cells)} values; the model takes {takes}")
    try:
        return features(encoders.columns, cells)
    except Rejected as error:
        raise Rejected(f"row {number}: {error}") from error


def _cells(encoders: Encoders, number: int, row: Any) -> list[str]:
    """Texts of a JSON row: they are judged as those of a file."""
    if isinstance(row, Mapping):
        beside = {encoders.id, encoders.label, encoders.event_time, encoders.weight}
        if unknown := [name for name in row if name not in encoders.names and name not in beside]:
            takes = ", ".join(encoders.names)
            raise Rejected(f"row {number} has {shown(unknown[0])}, which the model does not know; it takes {takes}")
        row = [row.get(name) for name in encoders.names]
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
