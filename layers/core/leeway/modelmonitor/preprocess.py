"""What Model Monitor's analyzer runs on each captured record: its rows as flat records, by the names of the features.

The analyzer imports this file alone, in a Python of its own: so it is the standard library, and COLUMNS is written into
it when it is uploaded. Source: developer guide, `model-monitor-pre-and-post-processing`.
A request of Leeway's is CSV or JSON, of one row or of several; a date becomes days since 1970, as the model learns it.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
from typing import Any

COLUMNS: list[list[str]] = []  # [name, type] of each feature, in the model's order
MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "\\n"}
TRUE = {"true", "t", "yes", "y", "on", "1", "1.0"}
FALSE = {"false", "f", "no", "n", "off", "0", "0.0"}
NUMBERS = {"int": int, "float": float}


def preprocess_handler(inference_record: Any) -> Any:
    """One record a row; none of a request that the model does not take, which it has refused."""
    given = inference_record.endpoint_input
    body = base64.b64decode(given.data).decode() if given.encoding == "BASE64" else given.data
    is_json = given.encoding == "JSON" or "json" in (given.observedContentType or "").lower()
    found = [_record(cells) for cells in (_of_json(json.loads(body)) if is_json else _of_csv(body))]
    return found[0] if len(found) == 1 else found


def _of_csv(body: str) -> list[Any]:
    return [cells for cells in csv.reader(io.StringIO(body)) if len(cells) == len(COLUMNS)]


def _of_json(document: Any) -> list[Any]:
    names = [name for name, _ in COLUMNS]
    if isinstance(document, dict) and "instances" in document and "instances" not in names:
        document = document["instances"]
    rows = [document] if isinstance(document, dict) else document
    return [[row.get(name) for name in names] if isinstance(row, dict) else row for row in rows]


def _record(cells: Any) -> dict[str, Any]:
    return {name: _value(kind, cell) for (name, kind), cell in zip(COLUMNS, cells)}  # noqa: B905  the analyzer's Python may be older


def _value(kind: str, cell: Any) -> Any:
    text = ("true" if cell else "false") if isinstance(cell, bool) else "" if cell is None else str(cell).strip()
    if kind != "category" and text.lower() in MISSING:
        return None
    try:
        if kind in NUMBERS:
            number = float(text)
            return int(number) if kind == "int" and number == int(number) else number
        if kind == "date":
            return _days(text)
    except (ValueError, OverflowError):
        return text  # the analyzer says that its type is another
    if kind == "bool":
        return "true" if text.lower() in TRUE else "false" if text.lower() in FALSE else text
    return text or None


def _days(text: str) -> float:
    """Of a date, a date with a time of day, or seconds or milliseconds since 1970."""
    clock = "%Y-%m-%d %H:%M:%S%z" if text[11:] else "%Y-%m-%d%z"
    try:
        moment = dt.datetime.strptime(f"{text[:19]}+0000".replace("T", " "), clock)  # noqa: DTZ007  the clock has one
    except ValueError:
        seconds = float(text)
        return (seconds / 1000 if seconds >= 1e11 else seconds) / 86400
    return moment.timestamp() / 86400
