"""How a column is read, and what Python answers to each text of one that DuckDB does not know how to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leeway.errors import Rejected
from steps import texts
from steps.engine import Database, literal

FEW = 16  # texts of a column


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How DuckDB reads one column: `value` is its SQL, `sure` whether that is what the rules say.

    Both may use `plain` and all three `cast`, each computed once, by the names `<name>_plain` and `<name>_cast`.
    `ask` is the rule of a column where Python is asked for each text; `texts` where its values are texts, `nullable`
    where a column that a whole file lacks is good. Once asked (`asked`), `join` is what `value` and `sure` need.
    """

    name: str
    cell: str
    cast: str = "NULL"
    plain: str = "NULL"
    value: str = ""
    sure: str = ""
    ask: Callable[[str], Any] | None = None
    texts: bool = False
    nullable: bool = False
    join: str = ""


def asked(database: Database, reading: Reading) -> Reading:
    """With the answers to its texts: of a few as they are, for a join copies every column of every row."""
    _ask(database, reading)
    name, cell = reading.name, reading.cell
    code, good, join = (
        f"{name}_asked.code",
        f"{name}_asked.good",
        f"LEFT JOIN {name}_asked ON {name}_asked.cell = {cell}",
    )
    few = database.rows(f"SELECT cell, code, good FROM {name}_asked ORDER BY cell LIMIT {FEW + 1}")
    # SQL ends at a NUL.
    if len(few) <= FEW and not any("\0" in text for text, *_ in few):
        code, good, join = *_answered(few, cell), ""
    absent = f" OR {cell} IS NULL" if reading.nullable else ""
    return replace(reading, value=code, sure=f"(coalesce({good}, false){absent})", join=join)


def _answered(few: Sequence[tuple[Any, ...]], cell: str) -> tuple[str, str]:
    """The code of a cell and whether it is good, by the few texts of its column."""
    codes = "".join(f" WHEN {literal(text)} THEN {code!r}" for text, code, _ in few if code is not None)
    goods = ", ".join(literal(text) for text, _, good in few if good)
    code = f"CASE {cell}{codes} END::FLOAT" if codes else "NULL::FLOAT"
    return code, f"list_contains([{goods}]::VARCHAR[], {cell})"


def _ask(database: Database, reading: Reading) -> None:
    """`<name>_asked`: code and goodness of each text of a column; a missing value has none, and is good."""
    name, kind = reading.name, "VARCHAR" if reading.texts else "DOUBLE"
    cells = database.stream(f"SELECT DISTINCT {reading.cell} FROM raw WHERE {reading.cell} IS NOT NULL")
    columns = [("cell", "VARCHAR"), ("value", kind), ("good", "BOOLEAN")]
    database.load(f"{name}_asked", columns, _answers(reading, cells))
    _code(database, reading)


def _code(database: Database, reading: Reading) -> None:
    """`<name>_texts` numbers the values of a column of texts; of others the value is its own code."""
    name = reading.name
    if not reading.texts:
        database.run(
            f"CREATE OR REPLACE TABLE {name}_asked AS SELECT cell, value::FLOAT AS code, good FROM {name}_asked"
        )
        return
    texts.number(database, name, f"SELECT DISTINCT value FROM {name}_asked WHERE value IS NOT NULL")
    database.run(
        f"CREATE OR REPLACE TABLE {name}_asked AS SELECT cell, code, good"
        f" FROM {name}_asked LEFT JOIN {name}_texts USING (value)"
    )


def _answers(reading: Reading, cells: Iterator[tuple[str]]) -> Iterator[Sequence[Any]]:
    assert reading.ask is not None
    for (cell,) in cells:
        yield (cell, *_answer(reading.ask, cell))


def _answer(rule: Callable[[str], Any], cell: str) -> tuple[Any, bool]:
    try:
        return rule(cell), True
    except Rejected:
        return None, False
