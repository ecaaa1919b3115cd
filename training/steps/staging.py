"""Files become one table of texts, `raw`: every row of every file, in the order of the manifest.

`raw` has `file` (its number in the manifest), `line` (where it is known) and one text column for each name in any
header, `c0` and so on in the order of the names; a column that a file lacks is NULL.
DuckDB reads what is plain CSV. What it might read otherwise than the rules of `leeway.rows` do (a NUL, a lone carriage
return, ragged rows, an open quote), Python's reader writes down anew first.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leeway import parquet
from leeway.errors import Rejected
from leeway.rows import Bad, Header, Table, Tally, needed
from leeway.spec import ModelSpec
from steps.engine import Database, literal
from steps.formats import GZIP, UNREADABLE, footer, is_parquet, opened, words

BLOCK = 1 << 20
REPORTED = 10_000  # bad rows that are kept with their reasons
BOM = b"\xef\xbb\xbf"
NOT_PLAIN = b"\0\x01"  # characters that no plain file holds
LONGEST = 8 << 20  # bytes of one line


@dataclass(kw_only=True)
class Staged:
    """One file: what its header says, what is wrong with its rows, or why it is refused as a whole.

    `faults` are by line: what is no row at all. `bad` are by their place in `raw`; of those beyond REPORTED, how many.
    Once the file is judged, `good` is the number of good rows, and `faults` are all that are listed of the bad ones.
    """

    number: int
    path: Path
    arrived: datetime
    header: Header | None = None
    refused: str = ""
    faults: list[Bad] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    unlisted: int = 0
    good: int = 0

    @property
    def tally(self) -> Tally:
        """What the file, once judged, came to."""
        bad = sum(one.lines for one in self.faults) + self.unlisted
        return Tally(good=self.good, bad=bad, first_bad=self.faults[:1])

    def note(self, place: int, reason: str) -> None:
        """A bad row."""
        if len(self.bad) < REPORTED:
            self.bad.append((place, reason))
        else:
            self.unlisted += 1


@dataclass(frozen=True, kw_only=True)
class Staging:
    """All files; `names` are the columns of `raw` in their order.

    `hold` answers SQL for all cells of the rows in the holdout, by `place`: where several instances have read, `raw`
    has no cells but those of the label.
    """

    files: Sequence[Staged]
    names: Sequence[str]
    hold: Callable[[Database], str] = lambda _: "(SELECT rowid AS place, * FROM raw)"

    def column(self, name: str) -> str:
        """The column of `raw` that holds a named column."""
        return f"c{self.names.index(name)}"


def stage(database: Database, files: Sequence[Staged], spec: ModelSpec) -> Staging:
    """Make `raw`; a file that cannot be read at all is refused, and stops nothing else."""
    for file in files:
        _read_header(file, spec)
    staging = empty(database, files, spec)
    for file in files:
        if file.header:
            _stage_file(database, staging, file, spec)
    return staging


def empty(database: Database, files: Sequence[Staged], spec: ModelSpec) -> Staging:
    """Make `raw` without a row, with the columns that the files' headers name."""
    found = (file.header.names for file in files if file.header)
    names = sorted({*needed(spec.data), *(name for names in found for name in names)})
    columns = "".join(f", c{n} VARCHAR" for n in range(len(names)))
    database.run(f"CREATE OR REPLACE TABLE raw (file INTEGER, line BIGINT{columns})")
    return Staging(files=files, names=names)


def _read_header(file: Staged, spec: ModelSpec) -> None:
    try:
        file.header = _header(file.path, spec)
    except (Rejected, *UNREADABLE) as error:
        file.refused = words(error)


def _header(path: Path, spec: ModelSpec) -> Header:
    if is_parquet(path):
        return parquet.header(footer(path), spec.data)
    with opened(path) as lines:
        return Table(lines, spec.data).header


def _stage_file(database: Database, staging: Staging, file: Staged, spec: ModelSpec) -> None:
    import duckdb

    try:
        if is_parquet(file.path):
            _insert(database, staging, file, _parquet(database, file))
        elif not _stage_plain(database, staging, file):
            _stage_by_python(database, staging, file, spec)
    except duckdb.Error as error:
        file.refused = f"cannot be read: {words(error)}".replace(str(file.path), file.path.name)
    except (Rejected, *UNREADABLE) as error:
        file.refused = words(error)


def _stage_plain(database: Database, staging: Staging, file: Staged) -> bool:
    """Whether the file was plain; a ragged row, an open quote or bytes that are no UTF-8 show only while it is read."""
    import duckdb

    if not _is_plain(file.path):
        return False
    try:
        _insert(database, staging, file, _csv(file.path, _header_names(file), _delimiter(file)))
    except duckdb.Error:
        return False
    return True


def _header_names(file: Staged) -> list[str]:
    assert file.header is not None
    return list(file.header.names)


def _delimiter(file: Staged) -> str:
    assert file.header is not None
    return file.header.delimiter


def _is_plain(path: Path) -> bool:
    """No byte that the two readers take differently, and a header in the first line."""
    with path.open("rb") as source:
        block = source.read(BLOCK)
        if block.startswith(GZIP) or not block.removeprefix(BOM).split(b"\n", 1)[0].strip(b" \t\r"):
            return False
        last = b""
        while block:
            if any(byte in block for byte in NOT_PLAIN) or not _ends_lines(last + block):
                return False
            last = b"\r" if block.endswith(b"\r") else b""
            block = source.read(BLOCK)
        return not last


def _ends_lines(block: bytes) -> bool:
    """Whether each carriage return is the beginning of a line end; one in the last place may be."""
    return b"\r" not in block or block.count(b"\r") == block.count(b"\r\n") + block.endswith(b"\r")


def _csv(path: Path, names: Sequence[str], delimiter: str) -> str:
    """A table function for a file whose first line is its header; its columns are `r0`, `r1` and so on."""
    return _read_csv(path, [f"r{n}" for n in range(len(names))], f"skip = 1, delim = {literal(delimiter)}")


def _written_csv(path: Path, names: Sequence[str]) -> str:
    """A table function for what Python has written: no header, `line` first, cells that may hold any line end."""
    return _read_csv(path, ["line", *(f"r{n}" for n in range(len(names)))], "delim = ',', new_line = '\\n'")


def _read_csv(path: Path, columns: Sequence[str], more: str) -> str:
    typed = ", ".join(f"{name}: 'VARCHAR'" for name in columns)
    # An empty cell is a text; NULL would be this one, which no plain file holds.
    null = literal(NOT_PLAIN[1:].decode())
    return (
        f"read_csv({literal(str(path))}, header = false, quote = '\"', escape = '\"', columns = {{{typed}}}, {more},"
        f" auto_detect = false, strict_mode = true, max_line_size = {LONGEST}, nullstr = {null})"
    )


def _parquet(database: Database, file: Staged) -> str:
    """Cells as texts; columns by their place, for two names may differ in their case alone."""
    names = [f"r{n}" for n in range(len(_header_names(file)))]
    path, options = literal(str(file.path)), "binary_as_string = true, hive_partitioning = false"
    source = f"(SELECT * FROM read_parquet({path}, {options})) AS source({', '.join(names)})"
    kinds = {name: kind for name, kind, *_ in database.rows(f"DESCRIBE SELECT * FROM {source}")}
    cells = (f"coalesce({_text(name, kinds[name])}, '') AS {name}" for name in names)
    return f"(SELECT {', '.join(cells)} FROM {source})"


def _text(name: str, kind: str) -> str:
    """A cell of Parquet as a CSV file has it: a moment in UTC, whatever the zone here, and no NUL."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CASE WHEN isfinite({name}) THEN make_timestamp(epoch_us({name}))::VARCHAR ELSE {name}::VARCHAR END"
    return f"replace({name}, chr(0), '\ufffd')" if kind == "VARCHAR" else f"{name}::VARCHAR"


def _insert(database: Database, staging: Staging, file: Staged, source: str) -> None:
    """One statement a file, so that a file that fails in the middle leaves nothing behind."""
    names = _header_names(file)
    columns = [staging.column(name) for name in dict.fromkeys(names)]
    cells = [f"r{names.index(name)}" for name in dict.fromkeys(names)]
    line = "line" if "{line:" in source else "NULL"
    database.run(
        f"INSERT INTO raw (file, line, {', '.join(columns)})"
        f" SELECT {file.number}, {line}, {', '.join(cells)} FROM {source}"
    )


def _stage_by_python(database: Database, staging: Staging, file: Staged, spec: ModelSpec) -> None:
    """Write the good rows down in the plainest form, each with its line, and keep what is no row."""
    plain = database.folder / "plain.csv"
    with opened(file.path) as lines, plain.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows(_rows(Table(lines, spec.data), file))
    _insert(database, staging, file, _written_csv(plain, _header_names(file)))
    plain.unlink()


def _rows(table: Table, file: Staged) -> Iterator[list[str]]:
    for line, lines, cells in table.raw():
        if reason := table.rules.fault(cells):
            file.faults.append(Bad(line=line, reason=reason, lines=lines))
        else:
            yield [str(line), *cells]
