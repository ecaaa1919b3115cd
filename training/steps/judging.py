"""Cells become values: `judged` has a row for each good row of `raw`, read by the rules of `leeway.rows`.

The rules are written once, in Python. DuckDB reads by itself what is plain (a number such as -12.5, a time such as
2025-01-31T12:00:00Z, an id of ASCII); a test holds that it reads no text otherwise than Python does. Python is asked of
each text of categories, booleans and classes. A row with any other cell is judged by Python as a whole.

`judged` has `place` (the rowid in `raw`), `file`, `id`, `moment` (UTC), `label`, `weight` and the features in their
order as `v0`, `v1` and so on, all of them numbers: a category and a class is its place among the sorted texts of the
table `<name>_texts` (code, value).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from leeway.cells import LARGEST, MISSING, parse_cell, parse_label
from leeway.rows import AHEAD, Row, Rules
from leeway.spec import MULTICLASS, REGRESSION, Column, ModelSpec
from steps.asking import Reading, asked
from steps.engine import Database, literal
from steps.staging import Staging

PLAIN_TIME = (
    r"(19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z?)?"
)


def judge(database: Database, staging: Staging, spec: ModelSpec) -> None:
    """Make `judged` of `raw`; what is bad is added to the files' faults."""
    read = [asked(database, reading) if reading.ask else reading for reading in readings(staging, spec)]
    latest = [(file.number, _naive(file.arrived + AHEAD).isoformat(" ")) for file in staging.files]
    database.load("files", [("file", "INTEGER"), ("latest", "TIMESTAMP")], latest)
    casts = "".join(f", {reading.cast} AS {reading.name}_cast" for reading in read if not reading.ask)
    plains = "".join(f", {reading.plain} AS {reading.name}_plain" for reading in read if not reading.ask)
    values = "".join(f", {reading.value} AS {reading.name}" for reading in read)
    sure = " AND ".join([reading.sure for reading in read] + ["coalesce(moment <= latest, true)"])
    joins = " ".join(reading.join for reading in read)
    database.run(
        f"CREATE OR REPLACE TABLE judged AS SELECT place, cells.file{values}, coalesce({sure}, false) AS sure"
        f" FROM (SELECT *{plains} FROM (SELECT rowid AS place, *{casts} FROM raw)) cells {joins}"
        " JOIN files ON files.file = cells.file"
    )
    _judge_by_python(database, staging, spec, read)


def readings(staging: Staging, spec: ModelSpec) -> list[Reading]:
    """Of the keys, then of the features as v0, v1 and so on."""
    data = spec.data
    found = [
        _id(staging.column(data.id)),
        _moment(staging, data.event_time),
        _label(staging.column(data.label), spec),
        _weight(staging, data.weight),
    ]
    return found + [feature(f"v{n}", staging.column(column.name), column) for n, column in enumerate(data.columns)]


def feature(name: str, cell: str, column: Column) -> Reading:
    """A feature's reading."""
    if column.type not in {"int", "float"}:
        rule = lambda text: parse_cell(column, text)  # noqa: E731  as a field's value it has no other name
        return Reading(name=name, cell=cell, ask=rule, texts=column.type == "category", nullable=column.nullable)
    plain = f"{name}_plain"
    # NULL is a column that the whole file lacks. Of a CASE, and not of an OR, DuckDB computes no more than it has to.
    sure = f"CASE WHEN {plain} THEN true ELSE {_missing(cell)} OR {cell} IS NULL END"
    return _number(
        name,
        cell,
        column,
        value=f"CASE WHEN {plain} THEN {name}_cast END::FLOAT",
        sure=sure if column.nullable else plain,
    )


def _number(name: str, cell: str, column: Column, *, value: str = "", sure: str = "") -> Reading:
    """Plain is what begins with a digit, or a minus before one, and has no underscore; DuckDB takes -+5 and 1_000."""
    low = max(-LARGEST, -LARGEST if column.min is None else column.min)
    high = min(LARGEST, LARGEST if column.max is None else column.max)
    cast = f"{name}_cast"
    whole = f" AND {cast} = floor({cast})" if column.type == "int" else ""
    # Of what can be cast, all of '-+', '-,' and '--' sort before '-.', and digits between that and ':'.
    begins = f"{cell} BETWEEN '-.' AND ':' AND NOT contains({cell}, '_')"
    return Reading(
        name=name,
        cell=cell,
        cast=f"try_cast({cell} AS DOUBLE)",
        plain=f"{cast} BETWEEN {low!r}::DOUBLE AND {high!r}::DOUBLE{whole} AND {begins}",
        value=value or cast,
        sure=sure or f"{name}_plain",
    )


def _id(cell: str) -> Reading:
    longest = max(map(len, MISSING))
    named = f"CASE WHEN strlen({cell}) > {longest} THEN true ELSE NOT {_missing(cell)} END"
    sure = f"regexp_full_match({cell}, '[!-~]+') AND {named}"
    return Reading(name="id", cell=cell, value=cell, sure=sure)


def _moment(staging: Staging, name: str | None) -> Reading:
    """The event time; where there is none, a moment that is missing and good."""
    if name is None:
        return Reading(name="moment", cell="file", value="NULL::TIMESTAMP", sure="true")
    cell = staging.column(name)
    sure = f"moment_cast IS NOT NULL AND regexp_full_match({cell}, {literal(PLAIN_TIME)})"
    return Reading(name="moment", cell=cell, cast=f"try_cast({cell} AS TIMESTAMP)", value="moment_cast", sure=sure)


def _label(cell: str, spec: ModelSpec) -> Reading:
    data, problem = spec.data, spec.model.problem
    if problem == REGRESSION:
        return _number("label", cell, Column(name=data.label, type="float"))
    rule = lambda text: parse_label(data, text, problem)  # noqa: E731  as a field's value it has no other name
    return Reading(name="label", cell=cell, ask=rule, texts=problem == MULTICLASS)


def _weight(staging: Staging, name: str | None) -> Reading:
    if name is None:
        return Reading(name="weight", cell="file", value="1.0::DOUBLE", sure="true")
    return _number("weight", staging.column(name), Column(name=name, type="float", min=0.0))


def _missing(cell: str) -> str:
    """Not by IN, of which DuckDB makes a join that looks at every row, whatever CASE stands around it."""
    return f"list_contains([{', '.join(literal(word) for word in sorted(MISSING))}], lower({cell}))"


def _judge_by_python(database: Database, staging: Staging, spec: ModelSpec, read: Sequence[Reading]) -> None:
    """Rows with a cell that is not plain: good ones take their place in `judged`, bad ones become faults."""
    if not database.value("SELECT count(*) FROM judged WHERE NOT sure"):
        return
    rules = {
        file.number: Rules(file.header, spec.data, file.arrived, spec.model.problem)
        for file in staging.files
        if file.header
    }
    cells = "".join(f", c{n}" for n in range(len(staging.names)))
    unsure = database.stream(
        f"SELECT raw.rowid, raw.file, raw.line{cells} FROM raw"
        " WHERE raw.rowid IN (SELECT place FROM judged WHERE NOT sure) ORDER BY raw.rowid"
    )
    columns = [("place", "BIGINT"), ("file", "INTEGER"), *((r.name, _kind(r)) for r in read)]
    database.load("odd", columns, _odd(staging, rules, unsure))
    codes = "".join(f", {f'{r.name}_texts.code' if r.texts else f'odd.{r.name}'} AS {r.name}" for r in read)
    joins = " ".join(f"LEFT JOIN {r.name}_texts ON {r.name}_texts.value = odd.{r.name}" for r in read if r.texts)
    database.run("DELETE FROM judged WHERE NOT sure")
    database.run(f"INSERT INTO judged SELECT place, file{codes}, true FROM odd {joins}")


def _kind(reading: Reading) -> str:
    if reading.texts or reading.name == "id":
        return "VARCHAR"
    return "TIMESTAMP" if reading.name == "moment" else "DOUBLE"


def _odd(staging: Staging, rules: dict[int, Rules], rows: Iterator[tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    """The good ones among rows as they came; the bad ones are noted at their files, so many with their reasons."""
    files = {file.number: file for file in staging.files}
    for place, number, line, *cells in rows:
        if not any(cell and cell.strip() for cell in cells):
            continue  # a row with nothing in it is none
        named = dict(zip(staging.names, cells))  # noqa: B905  of one length, by SQL; Python 3.10 takes it as keyword
        found = rules[number].judge(line or 0, 1, [named[name] or "" for name in rules[number].header.names])
        if isinstance(found, Row):
            yield place, number, found.id, _time(found.at), found.label, found.weight, *found.values
        else:
            files[number].note(place, found.reason)


def _time(at: datetime | None) -> str | None:
    return None if at is None else _naive(at).isoformat(" ")


def _naive(moment: datetime) -> datetime:
    """UTC without saying so, as DuckDB's TIMESTAMP is."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
