"""Captured records as SQL, and which of them are plain: DuckDB reads their values, Python's rules those of all others.

Plain is a record of one row without quotes in CSV, or of one object in JSON, whose every cell is a plain number or
text, with an answer of one number. Expressions are ordered so that most records pass few and cheap ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from leeway import counting
from leeway.cells import FALSE, LARGEST, MISSING, TRUE
from leeway.counting import listed, literal
from leeway.drift.reference import Feature, Reference
from leeway.request import Takes
from leeway.spec import MULTICLASS, Column

NUMBERS, TEXTS = {"int", "float"}, {"category", "bool"}
_HALF = "STRUCT(observedContentType VARCHAR, data VARCHAR, encoding VARCHAR)"
_FIELDS = (
    f"{{captureData: 'STRUCT(endpointInput {_HALF}, endpointOutput {_HALF})',"
    " eventMetadata: 'STRUCT(inferenceTime VARCHAR)'}"
)
_ASKED, _ANSWERED, _TIME = "captureData.endpointInput", "captureData.endpointOutput", "eventMetadata.inferenceTime"
_KEPT = "asked, answered, hour, row, said, c, tail"
_NUMBER = r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?"
_LINE = "NOT contains(row, '\"') AND NOT contains(row, chr(13)) AND instr(row, chr(10)) IN (0, length(row))"
_SCORE = rf'^\s*\{{"predictions": ?\[\{{"score": ?({_NUMBER})\}}\]\}}\s*$'


def judged(
    files: Sequence[Path],
    takes: Takes,
    problem: str,
    reference: Reference,
    between: tuple[datetime, datetime] | None,
) -> str:
    """Each record with its hour, whether it is plain, and the value of each feature as `f0`, `f1` and so on.

    With `between`, records of other moments are left out; what has no time stays, for it is counted as of no use.
    """
    kinds = f"CASE asked.encoding WHEN 'CSV' THEN {_LINE} WHEN 'JSON' THEN {_one_object(takes)} ELSE false END"
    # Several classes answer with several numbers.
    one = "false" if problem == MULTICLASS else f"hour <> '' AND len(c) = {len(takes.columns)} AND {kinds}"
    return _with_values(_records(files, takes, between), _KEPT, one, takes, reference)


def usual(files: Sequence[Path], takes: Takes, reference: Reference, between: tuple[datetime, datetime]) -> str:
    """The same where hardly any record is something else than plain, in CSV, and of this span of one hour.

    It has no hour, and nothing of what is not plain.
    """
    first, end = between
    source = (
        f"SELECT *, {_tail('true')} AS tail FROM (SELECT {_ASKED}.encoding AS asking,"
        f" {_ANSWERED}.encoding AS answering, {_ASKED}.data AS row, {_ANSWERED}.data AS said,"
        f" string_split({_ASKED}.data, ',') AS c, {_TIME} AS moment"
        f" FROM {counting.records(files, _FIELDS)})"
    )
    one = (
        f"asking = 'CSV' AND answering = 'CSV' AND starts_with(moment, {literal(f'{first:%Y-%m-%dT%H:}')})"
        f" AND moment >= {literal(f'{first:%Y-%m-%dT%H:%M:%S}')} AND moment < {literal(f'{end:%Y-%m-%dT%H:%M:%S}')}"
        f" AND len(c) = {len(takes.columns)} AND {_LINE}"
    )
    return _with_values(source, "asking, answering, moment, row, said, c, tail", one, takes, reference)


def _with_values(source: str, kept: str, one: str, takes: Takes, reference: Reference) -> str:
    """Records with their values, plain where they are `one` row and every cell is."""
    cells = [*(f"c[{n}]" for n in range(1, len(takes.columns))), "tail"]
    parts = [
        _cell(cell, f"f{n}", column, feature)
        for n, (cell, column, feature) in enumerate(zip(cells, takes.columns, reference.features, strict=True))
    ]
    parts.append(_number("said", f"f{len(parts)}", Column(name="", type="float")))
    numbers = [*(cell for cell, column in zip(cells, takes.columns, strict=True) if column.type in NUMBERS), "said"]
    cast = "".join(
        f", try_cast({cell} AS DOUBLE) AS f{n}" for n, cell in enumerate([*cells, "said"]) if cell in numbers
    )
    values = "".join(f", {value} AS f{n}" for n, (value, _) in enumerate(parts))
    sure = " AND ".join(plain for _, plain in parts)
    return (
        f"SELECT *, coalesce({one} AND {_signs(numbers)} AND {sure}, false) AS plain FROM (SELECT {kept}{values}"
        f" FROM (SELECT {kept}{cast} FROM ({source})))"
    )


def _records(files: Sequence[Path], takes: Takes, between: tuple[datetime, datetime] | None) -> str:
    """Each record with its hour, the cells `c` of its request as far as they are plain, and the answer as `said`."""
    end, text = "chr(13) || chr(10)", f"{_ASKED}.data"
    # What most records are comes first in each CASE: where all are that, DuckDB copies nothing.
    row = (
        f"CASE WHEN {_ASKED}.encoding = 'CSV' AND NOT ends_with({text}, {end}) THEN {text}"
        f" WHEN {_ASKED}.encoding = 'CSV' THEN rtrim({text}, {end}) WHEN {_ASKED}.encoding = 'JSON' THEN"
        f" CASE WHEN starts_with({text}, '[{{') AND ends_with({text}, '}}]') THEN {text}[2:-2]"
        f" WHEN starts_with({text}, '{{') THEN {text} END END"
    )
    said = (
        f"CASE WHEN {_ANSWERED}.encoding = 'CSV' THEN {_ANSWERED}.data WHEN {_ANSWERED}.encoding = 'JSON'"
        f" THEN regexp_extract({_ANSWERED}.data, {literal(_SCORE)}, 1) END"
    )
    cells = (
        f"CASE WHEN asked.encoding = 'CSV' THEN string_split(row, ',')"
        f" WHEN asked.encoding = 'JSON' THEN {_members(takes)} END"
    )
    tail = _tail("asked.encoding = 'CSV'")
    return (
        f"SELECT *, {tail} AS tail FROM (SELECT *, {cells} AS c FROM"
        f" (SELECT {_ASKED} AS asked, {_ANSWERED} AS answered, {row} AS row, {said} AS said,"
        f" CASE WHEN {_TIME} LIKE '____-__-__T__:%' THEN substr({_TIME}, 1, 13) ELSE '' END AS hour"
        f" FROM {counting.records(files, _FIELDS)}{_within(between)}))"
    )


def _tail(is_line: str) -> str:
    """The last cell. The end of the line stays in it until here: to cut it off the whole row takes long."""
    return f"CASE WHEN {is_line} AND ends_with(c[-1], chr(10)) THEN left(c[-1], -1) ELSE c[-1] END"


def _within(between: tuple[datetime, datetime] | None) -> str:
    """What has no time stays, and what says one that is none: it is counted as of no use."""
    if between is None:
        return ""
    first, end = (literal(f"{at:%Y-%m-%dT%H:%M:%S}") for at in between)
    # A CASE, for both sides of an OR are computed of every row, and few rows are outside.
    is_none = f"try_cast(substr({_TIME}, 1, 19) AS TIMESTAMP) IS NULL"
    return f" WHERE coalesce(CASE WHEN {_TIME} >= {first} AND {_TIME} < {end} THEN true ELSE {is_none} END, true)"


def _members(takes: Takes) -> str:
    """The values of an object as texts, NULL where it has none; NULL of what is no object, or none in JSON."""
    if any(sign in name for name in takes.names for sign in '"\\'):
        return "NULL::VARCHAR[]"
    return f"TRY(json_extract_string(row, {_paths(takes.names)}))"


def _paths(names: Sequence[str]) -> str:
    return listed([f'$."{name}"' for name in names])


def _signs(numbers: Sequence[str]) -> str:
    """DuckDB reads 1_000 as a number; most rows have no such sign, or one that is written as another, at all."""
    signs = " AND ".join(f"NOT contains({cell}, '_')" for cell in numbers)
    texts = ("row", "_"), ("row", "\\"), ("said", "_")
    none = " AND ".join(f"NOT contains({text}, '{sign}')" for text, sign in texts)
    return f"CASE WHEN {none} THEN true ELSE {signs} END"


def _one_object(takes: Takes) -> str:
    """Its keys are known, each is there once (of several the last counts in Python), and texts are texts."""
    known = listed([*takes.names, *sorted(name for name in takes.beside if name)])
    once = f"len(json_keys(row)) = list_unique(json_keys(row)) AND list_has_all({known}, json_keys(row))"
    keys = f"CASE WHEN json_keys(row) = {listed(takes.names)} THEN true ELSE {once} END"
    texts = [column.name for column in takes.columns if column.type in TEXTS]
    if not texts:
        return keys
    types = f"list_has_all(['VARCHAR', 'NULL'], list_filter(json_type(row, {_paths(texts)}), one -> one IS NOT NULL))"
    return f"CASE WHEN c IS NULL THEN false ELSE {keys} AND {types} END"


def _cell(cell: str, name: str, column: Column, feature: Feature) -> tuple[str, str]:
    """The value of a cell, and whether that is sure; a number, or the place of a text, -1 where it is missing."""
    cell = cell if column.type in NUMBERS else f"coalesce({cell}, '')"
    missing = _missing(cell) if column.nullable else "false"
    if column.type == "date":
        return "NULL", "false"  # the grammar of times is Python's
    if column.type in NUMBERS:
        return _number(cell, name, column)
    if column.type == "bool":
        text = (
            f"CASE WHEN list_contains({listed(sorted(TRUE))}, lower({cell})) THEN 'true'"
            f" WHEN list_contains({listed(sorted(FALSE))}, lower({cell})) THEN 'false' END"
        )
        place = f"CASE WHEN {text} IS NULL THEN -1 ELSE coalesce(list_position({_texts(feature)}, {text}), 0) END"
        return place, f"({name} >= 0 OR {missing})"
    place = f"coalesce(list_position({_texts(feature)}, {cell}), CASE WHEN {_missing(cell)} THEN -1 ELSE 0 END)"
    known = f"list_contains({listed(column.values)}, {cell})" if column.values else f"{cell} = trim({cell})"
    return place, f"CASE WHEN {name} < 0 THEN {missing} WHEN {name} = 0 THEN {known} ELSE true END"


def _number(cell: str, name: str, column: Column) -> tuple[str, str]:
    """What is no number within the column's bounds is NULL: the moments of what is not plain must not overflow."""
    low = max(-LARGEST, -LARGEST if column.min is None else column.min)
    high = min(LARGEST, LARGEST if column.max is None else column.max)
    whole = f" AND {name} = floor({name})" if column.type == "int" else ""
    value = f"CASE WHEN {name} BETWEEN {low!r} AND {high!r}{whole} THEN {name} END"
    missing = f"CASE WHEN {name} IS NULL THEN {_missing(cell)} ELSE true END"
    return value, missing if column.nullable else f"{name} IS NOT NULL"


def _missing(cell: str) -> str:
    """NULL is what an object lacks."""
    return f"list_contains({listed(sorted(MISSING))}, lower(coalesce({cell}, '')))"


def _texts(feature: Feature) -> str:
    return listed(feature.texts)
