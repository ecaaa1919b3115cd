"""Capture files become windows: one pass of DuckDB over what is plain, Python's rules for the rest.

Plain is a record of one row of CSV without quotes whose every cell is a plain number or text; a test holds that both
ways count it alike. Memory does not grow with the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.cells import FALSE, LARGEST, MISSING, TRUE
from leeway.counting import listed, literal
from leeway.drift.captured import Half, rows
from leeway.drift.detector import Counts
from leeway.drift.moments import Moments
from leeway.drift.reference import Feature, Reference
from leeway.drift.windows import Window, of_rows
from leeway.errors import Rejected
from leeway.request import Takes
from leeway.spec import MULTICLASS, Column

LONGEST = 16 << 20  # bytes of a record: a request and its answer, of 6 MB each
HOUR = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]")
NO_RECORD, NO_TIME = "no record of a capture", "no inference time"
_HALF = "STRUCT(observedContentType VARCHAR, data VARCHAR, encoding VARCHAR)"
_FIELDS = (
    f"{{captureData: 'STRUCT(endpointInput {_HALF}, endpointOutput {_HALF})',"
    " eventMetadata: 'STRUCT(inferenceTime VARCHAR)'}"
)


def windows(
    connection: Any,
    files: Sequence[Path],
    takes: Takes,
    problem: str,
    reference: Reference,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> dict[str, Window]:
    """The window of each hour (as 2026-03-02T03) that the files hold records of; '' is the hour of what has none.

    With `between`, records of other moments than from the first to before the second are left out.
    """
    if not files:
        return {}
    connection.execute(f"CREATE OR REPLACE TEMP VIEW records AS {_records(files, between)}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW judged AS {_judged(takes, problem, reference)}")
    counted = connection.execute(_counted(reference)).fetchall()
    found: dict[str, Window] = {}
    for hour, plain, records, *values in counted:
        if plain:
            _add(found, hour, _plain_window(reference, records, values))
    if not all(plain for _, plain, *_ in counted):
        for hour, window in _odd_windows(connection, takes, problem, reference):
            _add(found, hour, window)
    return found


def _add(found: dict[str, Window], hour: str, window: Window) -> None:
    """To its hour; what has none is of no use."""
    if not HOUR.fullmatch(hour):
        window = Window(records=window.records, unused=window.unused or {NO_TIME: window.records})
        hour = ""
    found[hour] = found[hour].merge(window) if hour in found else window


def _records(files: Sequence[Path], between: tuple[datetime, datetime] | None) -> str:
    listed = ", ".join(literal(str(path)) for path in files)
    source = (
        f"read_ndjson([{listed}], columns = {_FIELDS}, ignore_errors = true, maximum_object_size = {LONGEST},"
        " compression = 'auto_detect')"
    )
    asked, answered = "captureData.endpointInput", "captureData.endpointOutput"
    return (
        f"SELECT *, string_split(row, ',') AS c FROM (SELECT {asked} AS asked, {answered} AS answered,"
        f" {_line(asked)} AS row, {_line(answered)} AS said,"
        " CASE WHEN eventMetadata.inferenceTime LIKE '____-__-__T__:%'"
        f" THEN substr(eventMetadata.inferenceTime, 1, 13) ELSE '' END AS hour FROM {source}{_within(between)})"
    )


def _within(between: tuple[datetime, datetime] | None) -> str:
    """What has no time stays: it is counted as of no use."""
    if between is None:
        return ""
    first, end = (literal(f"{at:%Y-%m-%dT%H:%M:%S}") for at in between)
    time = "eventMetadata.inferenceTime"
    return f" WHERE coalesce(substr({time}, 1, 19) >= {first} AND substr({time}, 1, 19) < {end}, true)"


def _line(half: str) -> str:
    """Without the end of its line, where it has one."""
    return f"CASE WHEN ends_with({half}.data, chr(10)) THEN rtrim({half}.data, chr(13) || chr(10)) ELSE {half}.data END"


def _judged(takes: Takes, problem: str, reference: Reference) -> str:
    """Each record with its hour, whether it is plain, and the value of each feature as `f0`, `f1` and so on."""
    pairs = enumerate(zip(takes.columns, reference.features, strict=True))
    parts = [_cell(f"c[{n + 1}]", f"f{n}", column, feature) for n, (column, feature) in pairs]
    parts.append(_number("said", f"f{len(parts)}", Column(name="", type="float")))
    values = "".join(f", {value} AS f{n}" for n, (value, _) in enumerate(parts))
    # Several classes answer with several numbers.
    sure = "false" if problem == MULTICLASS else " AND ".join(plain for _, plain in parts)
    return f"SELECT *, coalesce({_one_row(takes)} AND {sure}, false) AS plain FROM (SELECT *{values} FROM records)"


def _one_row(takes: Takes) -> str:
    return (
        f"hour <> '' AND asked.encoding = 'CSV' AND answered.encoding = 'CSV' AND len(c) = {len(takes.columns)}"
        " AND NOT contains(row, '\"') AND NOT contains(row, chr(10)) AND NOT contains(row, chr(13))"
    )


def _cell(cell: str, name: str, column: Column, feature: Feature) -> tuple[str, str]:
    """The value of a cell, and whether that is sure; a number, or the place of a text, -1 where it is missing."""
    missing = _missing(cell) if column.nullable else "false"
    if column.type == "date":
        return "NULL", "false"  # the grammar of times is Python's
    if column.type in {"int", "float"}:
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
    return place, f"CASE WHEN {name} < 0 THEN {missing} ELSE {name} > 0 OR {known} END"


def _number(cell: str, name: str, column: Column) -> tuple[str, str]:
    low = max(-LARGEST, -LARGEST if column.min is None else column.min)
    high = min(LARGEST, LARGEST if column.max is None else column.max)
    whole = f" AND {name} = floor({name})" if column.type == "int" else ""
    missing = _missing(cell) if column.nullable else "false"
    number = (
        f"CASE WHEN {cell} >= '-.' AND {cell} < ':' AND NOT contains({cell}, '_') THEN try_cast({cell} AS DOUBLE) END"
    )
    return number, f"CASE WHEN {name} BETWEEN {low!r} AND {high!r}{whole} THEN true ELSE {missing} END"


def _missing(cell: str) -> str:
    return f"list_contains({listed(sorted(MISSING))}, lower({cell}))"


def _counted(reference: Reference) -> str:
    aggregates = ""
    for n, feature in enumerate(reference.all):
        if feature.numeric:
            edges = ", ".join(repr(edge) for edge in feature.edges)
            aggregates += f", histogram(f{n}::FLOAT, [{edges}]::FLOAT[]), count(*) - count(f{n})"
            aggregates += f", [count(f{n}), avg(f{n}), var_pop(f{n}) * count(f{n}), min(f{n}), max(f{n})]"
        else:
            aggregates += f", histogram(f{n}), 0, NULL"
    return f"SELECT hour, plain, count(*){aggregates} FROM judged GROUP BY hour, plain"


def _plain_window(reference: Reference, records: int, values: Sequence[Any]) -> Window:
    found = list(zip(reference.all, values[::3], values[1::3], values[2::3], strict=True))
    counts = {
        feature.name: Counts(rows=records, events=_events(feature, bins or {}, missing))
        for feature, bins, missing, _ in found
    }
    moments = {feature.name: Moments.from_json(told) for feature, _, _, told in found if told and told[0]}
    return Window(records=records, rows=records, counts=counts, moments=moments)


def _events(feature: Feature, found: Mapping[float, int], missing: int) -> tuple[int, ...]:
    """The counts of events of a histogram: of bins by their upper edge, or of texts by their place."""
    if not feature.numeric:
        known = [found.get(place, 0) for place in range(1, len(feature.texts) + 1)]
        return (*known, found.get(0, 0), found.get(-1, 0))
    sums, total = [], 0
    for edge, count in sorted(found.items()):
        total += count
        if edge != float("inf"):
            sums.append(total)
    return (*sums, missing) if sums else (*[0] * len(feature.edges), missing)


def _odd_windows(connection: Any, takes: Takes, problem: str, reference: Reference) -> Iterator[tuple[str, Window]]:
    cursor = connection.execute("SELECT hour, asked, answered FROM judged WHERE NOT plain")
    while found := cursor.fetchmany(1000):
        for hour, asked, answered in found:
            yield hour, _odd_window(hour, _half(asked), _half(answered), takes, problem, reference)


def _odd_window(
    hour: str, asked: Half | None, answered: Half | None, takes: Takes, problem: str, reference: Reference
) -> Window:
    if asked is None and answered is None:
        return Window(records=1, unused={NO_RECORD: 1})
    if not HOUR.fullmatch(hour):
        return Window(records=1, unused={NO_TIME: 1})
    try:
        return of_rows(reference, rows(takes, problem, asked, answered))
    except Rejected as error:
        return Window(records=1, unused={str(error): 1})


def _half(found: Mapping[str, str | None] | None) -> Half | None:
    if found is None or found["data"] is None:
        return None
    return Half(data=found["data"], encoding=found["encoding"] or "", content_type=found["observedContentType"] or "")


def _texts(feature: Feature) -> str:
    return listed(feature.texts)
