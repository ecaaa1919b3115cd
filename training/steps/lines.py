"""Where a row stood: the lines of places in `raw`, by reading a file once more; only bad rows are worth that."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from leeway.rows import Table
from leeway.spec import Data
from steps.engine import Database
from steps.formats import is_parquet, opened
from steps.staging import BLOCK, Staged

BLANK = r"[\s\p{Z}\x{1c}-\x{1f}\x{85}]*"  # what Python strips
Lines = dict[int, tuple[int, int]]  # place → first line, number of lines


def lines(database: Database, file: Staged, places: Sequence[int], data: Data) -> Lines:
    """First line and number of lines of some rows of one file; of Parquet, a row's number stands for its line."""
    if not places:
        return {}
    first, known = database.rows("SELECT min(rowid), count(line) FROM raw WHERE file = ?", file.number)[0]
    if known:
        wanted = ", ".join(map(str, places))
        found = database.rows(f"SELECT rowid, line FROM raw WHERE rowid IN ({wanted}) ORDER BY rowid")
        return {place: (line, 1) for place, line in found}
    if is_parquet(file.path):
        return {place: (place - first + 1, 1) for place in places}
    return _read_again(file, _numbers(database, file, places, first), data)


def _numbers(database: Database, file: Staged, places: Sequence[int], first: int) -> dict[int, int]:
    """Number of a row, as Python's reader counts them (without those that hold nothing) → place."""
    blank = f"SELECT rowid FROM raw WHERE file = ? AND {_holds_nothing(database)} ORDER BY rowid"
    blanks = [place for (place,) in database.rows(blank, file.number)]
    return {place - first - bisect_left(blanks, place): place for place in places}


def _holds_nothing(database: Database) -> str:
    cells = ", ".join(
        f"coalesce({name}, '')"
        for (name,) in database.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = 'raw' AND column_name LIKE 'c%'"
        )
    )
    return f"regexp_full_match(concat({cells}), '{BLANK}')"


def line_of(database: Database, file: Staged, data: Data) -> tuple[str, str]:
    """SQL for the line of any row of one file in `raw`, and what it joins: for the time when the file is gone."""
    first, rows, known = database.rows("SELECT min(rowid), count(*), count(line) FROM raw WHERE file = ?", file.number)[
        0
    ]
    if known:
        return "raw.line", ""
    if is_parquet(file.path):
        return f"raw.rowid - {first} + 1", ""
    if _ends(file.path) == rows + 1:  # no blank line, and no cell that holds a line end
        return f"raw.rowid - {first} + 2", ""
    with opened(file.path) as text:
        read = ((number, line) for number, (line, _, _) in enumerate(Table(text, data).raw()))
        database.load("read_again", [("number", "BIGINT"), ("line", "BIGINT")], read)
    database.run(
        "CREATE OR REPLACE TABLE stood AS SELECT place, line FROM read_again JOIN ("
        "SELECT rowid AS place, row_number() OVER (ORDER BY rowid) - 1 AS number"
        f" FROM raw WHERE file = {file.number} AND NOT {_holds_nothing(database)}) USING (number)"
    )
    return "stood.line", "LEFT JOIN stood ON stood.place = raw.rowid"


def _ends(path: Path) -> int:
    """Lines of a plain file; the last one may lack its end."""
    count, last = 0, b"\n"
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last != b"\n")


def _read_again(file: Staged, wanted: dict[int, int], data: Data) -> Lines:
    found: Lines = {}
    with opened(file.path) as text:
        for number, (line, count, _) in enumerate(Table(text, data).raw()):
            if number in wanted:
                found[wanted[number]] = (line, count)
                if len(found) == len(wanted):
                    break
    return found
