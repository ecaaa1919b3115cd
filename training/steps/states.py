"""What was read, as files: instances write them, each for its share of a manifest, and Prepare merges them.

For the file with number 7 in the manifest, `7.json` says what it came to. `7.cells.parquet` has its rows: the cells of
its columns by name as `c0` and so on, and the line (of classes alone, where a row may be reported later).
`7.values.parquet` has its good rows as `judged` has them, but places counted in the file, and texts for codes, since
the codes of two instances differ. Of the cells, the merge wants few: it takes them where they lie.
`read.json` says what was read by which rules; all instances write the same, also one that no file came to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leeway.rows import Bad, Header
from leeway.spec import MULTICLASS, ModelSpec
from steps import texts
from steps.asking import Reading
from steps.engine import Database, literal
from steps.files import read_json, write_json
from steps.judging import judge, readings
from steps.lines import line_of
from steps.staging import Staged, Staging, empty

FORMAT = 1
READ = "read.json"


def save(database: Database, staging: Staging, spec: ModelSpec, manifest: Mapping[str, Any], folder: Path) -> None:
    """Write the state of each file that was read; `raw` and `judged` are of these files."""
    write_json(folder / READ, _of(manifest, spec))
    read = readings(staging, spec)
    for file in staging.files:
        write_json(folder / f"{file.number}.json", _facts(file))
        if _has_rows(file):
            _save_rows(database, staging, file, spec, read, folder)


def load(
    database: Database, files: Sequence[Staged], spec: ModelSpec, manifest: Mapping[str, Any], folder: Path
) -> Staging:
    """Make `raw` and `judged` of the states of all files, as `reading.read` makes them of the files themselves.

    `raw` lacks the rows of refused files, of which nobody asks once they are refused, and all cells but the label's.
    """
    if read_json(folder / READ) != _of(manifest, spec):
        raise ValueError(f"{folder} holds what was read for another manifest or specification")
    for file in files:
        _recall(file, folder)
    staging = empty(database, files, spec)
    judge(database, staging, spec)  # of no row, which makes tables of the right types
    kept = [file for file in files if _has_rows(file)]
    ends = [_load_label(database, staging, file, spec, folder) for file in kept]
    firsts = [0, *ends[:-1]]
    if kept:
        numbers = ((file.number, first) for file, first in zip(kept, firsts))  # noqa: B905  of one length
        database.load("firsts", [("file", "INTEGER"), ("first", "BIGINT")], numbers)
        _load_values(database, kept, readings(staging, spec), folder)
    places = list(zip(kept, firsts, ends))  # noqa: B905  of one length
    return replace(staging, hold=lambda base: _hold(base, staging, places, folder))


def _of(manifest: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    body = json.dumps(manifest, sort_keys=True).encode()
    return {"format": FORMAT, "manifest": hashlib.sha256(body).hexdigest(), "spec": spec.sha256}


def _facts(file: Staged) -> dict[str, Any]:
    return {
        "name": file.path.name,
        "header": None if file.header is None else vars(file.header),
        "refused": file.refused,
        "good": file.good,
        "faults": [[bad.line, bad.reason, bad.lines] for bad in file.faults],
        "unlisted": file.unlisted,
    }


def _recall(file: Staged, folder: Path) -> None:
    path = folder / f"{file.number}.json"
    if not path.is_file():
        raise FileNotFoundError(f"the manifest names {file.path.name}, which no instance has read")
    facts = read_json(path)
    if header := facts["header"]:
        lists = {name: tuple(header[name]) for name in ("names", "ignored", "absent")}
        file.header = Header(**lists, delimiter=header["delimiter"])
    file.refused, file.good, file.unlisted = facts["refused"], facts["good"], facts["unlisted"]
    file.faults = [Bad(line=line, reason=reason, lines=lines) for line, reason, lines in facts["faults"]]


def _has_rows(file: Staged) -> bool:
    return bool(file.good) and not file.refused


def _columns(staging: Staging, file: Staged) -> list[str]:
    """The columns of `raw` that a file fills, by their names."""
    assert file.header is not None
    return [staging.column(name) for name in sorted(set(file.header.names))]


def _save_rows(
    database: Database, staging: Staging, file: Staged, spec: ModelSpec, read: Sequence[Reading], folder: Path
) -> None:
    cells = "".join(f", {column} AS c{n}" for n, column in enumerate(_columns(staging, file)))
    line, joined = line_of(database, file, spec.data) if spec.model.problem == MULTICLASS else ("NULL::BIGINT", "")
    order = "ORDER BY raw.rowid" if joined else ""  # of one table rows come in their order
    _copy(
        database,
        f"SELECT {line} AS line{cells} FROM raw {joined} WHERE file = {file.number} {order}",
        _cells(folder, file),
    )
    first = database.value("SELECT min(rowid) FROM raw WHERE file = ?", file.number)
    values = "".join(f", {f'{r.name}_texts.value' if r.texts else f'judged.{r.name}'} AS {r.name}" for r in read)
    joins = " ".join(f"LEFT JOIN {r.name}_texts ON {r.name}_texts.code = judged.{r.name}" for r in read if r.texts)
    _copy(
        database,
        f"SELECT file, place - {first} AS place{values} FROM judged {joins} WHERE file = {file.number}",
        _values(folder, file),
    )


def _load_label(database: Database, staging: Staging, file: Staged, spec: ModelSpec, folder: Path) -> int:
    """Bring a file's rows into `raw`; the place after its last row there."""
    label = staging.column(spec.data.label)
    database.run(
        f"INSERT INTO raw (file, line, {label}) SELECT {file.number}, line, c{_columns(staging, file).index(label)}"
        f" FROM read_parquet({literal(str(_cells(folder, file)))})"
    )
    return int(database.value("SELECT count(*) FROM raw"))


def _load_values(database: Database, files: Sequence[Staged], read: Sequence[Reading], folder: Path) -> None:
    """`judged` of all files; texts get their codes, now that all of them are known."""
    source = f"read_parquet([{', '.join(literal(str(_values(folder, file))) for file in files)}])"
    for name in (reading.name for reading in read if reading.texts):
        texts.number(database, name, f"SELECT DISTINCT {name} AS value FROM {source} WHERE {name} IS NOT NULL")
    values = "".join(f", {f'{r.name}_texts.code' if r.texts else f'found.{r.name}'} AS {r.name}" for r in read)
    joins = " ".join(f"LEFT JOIN {r.name}_texts ON {r.name}_texts.value = found.{r.name}" for r in read if r.texts)
    database.run(
        f"CREATE OR REPLACE TABLE judged AS SELECT first + place AS place, file{values}"
        f" FROM {source} found JOIN firsts USING (file) {joins}"
    )


def _hold(database: Database, staging: Staging, places: Sequence[tuple[Staged, int, int]], folder: Path) -> str:
    """`held`: all cells of the rows in the holdout; of each file the first place, and the one after its last."""
    cells = "".join(f", c{n} VARCHAR" for n in range(len(staging.names)))
    database.run(f"CREATE OR REPLACE TABLE held (place BIGINT{cells})")
    database.run("CREATE OR REPLACE TABLE wanted AS SELECT place FROM samples WHERE part = 2 ORDER BY place")
    for file, first, end in places:
        columns = _columns(staging, file)
        given = "".join(f", c{n}" for n in range(len(columns)))
        database.run(
            f"INSERT INTO held (place, {', '.join(columns)}) SELECT {first} + file_row_number{given}"
            f" FROM read_parquet({literal(str(_cells(folder, file)))}, file_row_number = true)"
            f" WHERE {first} + file_row_number IN (SELECT place FROM wanted WHERE place >= {first} AND place < {end})"
        )
    return "held"


def _copy(database: Database, rows: str, path: Path) -> None:
    database.run(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet)")


def _cells(folder: Path, file: Staged) -> Path:
    return folder / f"{file.number}.cells.parquet"


def _values(folder: Path, file: Staged) -> Path:
    return folder / f"{file.number}.values.parquet"
