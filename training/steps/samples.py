"""The rows that count: good ones, of files that are not refused, once each, inside the window, parted and in order.

`samples` takes the place of `judged`, ordered by time and id whatever the order of the files, and has
`part`: 0 train, 1 validation, 2 holdout; NULL for a class that the train part lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from leeway.spec import BINARY, MULTICLASS, REGRESSION, Data, ModelSpec
from steps.engine import Database, literal
from steps.staging import Staging

PARTS = ("train", "validation", "holdout")
SHARES = (0.70, 0.85)
BLOCK = 1_000_000  # rows whose hashes are compared at a time


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of some samples: how many, how many different ones, one as it was written, the weight of all rows.

    `answers` counts the rows of each label as it was written; of a regression it is empty.
    """

    rows: int
    values: int
    one: str
    weight: float
    answers: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What is known of `samples` as a whole; `parts` are the labels of each part, by its name."""

    all: Labels
    parts: dict[str, Labels]
    duplicates: int
    out_of_window: int
    strangers: int
    positive: int
    first: datetime | None
    last: datetime | None


def take(database: Database, staging: Staging, spec: ModelSpec, refused: list[int]) -> Samples:
    """Make `samples` of `judged`."""
    _order(database, spec, refused)
    duplicates, out_of_window = _older(database), _before_window(database, spec.data)
    _keep(database, duplicates or out_of_window)
    if spec.training.split == "time":
        database.run(f"UPDATE samples SET part = {_part_by_time(database)}")
    strangers = _leave_strangers(database, spec)
    cell = staging.column(spec.data.label)
    labels = _labels(database, cell, spec)
    first, last = database.rows("SELECT min(moment), max(moment) FROM samples")[0]
    return Samples(
        all=labels[None],
        parts={name: labels[n] for n, name in enumerate(PARTS)},
        duplicates=duplicates,
        out_of_window=out_of_window,
        strangers=strangers,
        positive=database.value("SELECT count(*) FROM samples WHERE label = 1") if spec.model.problem == BINARY else 0,
        first=first,
        last=last,
    )


def _order(database: Database, spec: ModelSpec, refused: list[int]) -> None:
    """`ordered`: by time and id; of rows that have both alike, by their place."""
    features = "".join(f", v{n}" for n in range(len(spec.data.columns)))
    weight = ", weight" if spec.data.weight else ""
    part = "NULL::INTEGER" if spec.training.split == "time" else _part_by_hash(spec.training.seed)
    database.run(
        f"CREATE OR REPLACE TABLE ordered AS SELECT place, id, moment, label{weight}{features}, {part} AS part"
        f" FROM judged WHERE file NOT IN ({', '.join(map(str, refused)) or '-1'}) ORDER BY moment, id, place"
    )
    database.run("DROP TABLE judged")


def _older(database: Database) -> int:
    """`older`: of rows with one id and time all but the last one, of the file later in the manifest and the later line.

    In `ordered` they are neighbours. Hashes of 64 bits find the few that may be alike; only those are compared.
    """
    database.run("CREATE OR REPLACE TABLE older (rank BIGINT)")
    if not database.load("alike", [("rank", "BIGINT")], ([rank] for rank in _alike(database))):
        return 0
    database.run(
        "INSERT INTO older SELECT one.rowid FROM alike JOIN ordered one ON one.rowid = alike.rank"
        " JOIN ordered next ON next.rowid = alike.rank + 1"
        " WHERE one.id = next.id AND one.moment IS NOT DISTINCT FROM next.moment"
    )
    return int(database.value("SELECT count(*) FROM older"))


def _alike(database: Database) -> Iterator[int]:
    """Places in `ordered` of rows whose hash is that of the next row."""
    total = database.value("SELECT count(*) FROM ordered")
    for start in range(0, total, BLOCK):
        within = f"rowid >= {start} AND rowid <= {start + BLOCK}"
        marks = database.columns(f"SELECT hash(id, moment) AS mark FROM ordered WHERE {within}")["mark"]
        yield from (start + np.flatnonzero(marks[1:] == marks[:-1])).tolist()


def _before_window(database: Database, data: Data) -> int:
    """The window runs back from the newest event time in the data; no clock, so one manifest, one answer."""
    newest = database.value("SELECT max(moment) FROM ordered")
    start = "NULL" if newest is None else f"TIMESTAMP {literal((newest - data.window).isoformat(' '))}"
    database.run(f"CREATE OR REPLACE TABLE early AS SELECT rowid AS rank FROM ordered WHERE moment <= {start}")
    return int(database.value("SELECT count(*) FROM early WHERE rank NOT IN (SELECT rank FROM older)"))


def _keep(database: Database, some_go: int) -> None:
    """`samples`: what is left of `ordered`, in its order."""
    database.run("DROP TABLE IF EXISTS samples")
    if not some_go:
        database.run("ALTER TABLE ordered RENAME TO samples")
        return
    gone = "SELECT rank FROM older UNION ALL SELECT rank FROM early"
    database.run(f"CREATE TABLE samples AS SELECT * FROM ordered WHERE rowid NOT IN ({gone}) ORDER BY rowid")
    database.run("DROP TABLE ordered")


def _part_by_hash(seed: int) -> str:
    """The same for an id in every training: what was held out once is never trained on."""
    place = f"substr(sha256({literal(str(seed))} || chr(0) || id), 1, 16)"
    marks = [f"{round(share * 2**64):016x}" for share in SHARES]
    return f"CASE WHEN {place} < {literal(marks[0])} THEN 0 WHEN {place} < {literal(marks[1])} THEN 1 ELSE 2 END"


def _part_by_time(database: Database) -> str:
    count = database.value("SELECT count(*) FROM samples")
    cuts = [
        database.value("SELECT moment FROM samples WHERE rowid = ?", int(count * share)) if count else None
        for share in SHARES
    ]
    marks = ["NULL" if cut is None else f"TIMESTAMP {literal(cut.isoformat(' '))}" for cut in cuts]
    return f"CASE WHEN moment < {marks[0]} THEN 0 WHEN moment < {marks[1]} THEN 1 ELSE 2 END"


def _leave_strangers(database: Database, spec: ModelSpec) -> int:
    """No model can have learnt a class that the train part lacks."""
    if spec.model.problem != MULTICLASS:
        return 0
    database.run(
        "UPDATE samples SET part = NULL WHERE label NOT IN (SELECT DISTINCT label FROM samples WHERE part = 0)"
    )
    return int(database.value("SELECT count(*) FROM samples WHERE part IS NULL"))


def _labels(database: Database, cell: str, spec: ModelSpec) -> dict[int | None, Labels]:
    """Of each part by its number, and of all by None."""
    weight = "sum(weight)" if spec.data.weight else "count(*)"
    found = {(whole, part): values for whole, part, *values in database.rows(
        f"SELECT grouping(part), part, count(*), count(DISTINCT label), {weight}, min(place)"
        " FROM samples GROUP BY GROUPING SETS ((part), ())"
    )}  # fmt: skip
    answers = _answers(database, cell, spec)
    labels: dict[int | None, Labels] = {}
    for part in (None, *range(len(PARTS))):
        rows, values, total, first = found.get((int(part is None), part), (0, 0, 0, None))
        one = "" if first is None else database.value(f"SELECT {cell} FROM raw WHERE rowid = ?", first)
        said = [(answer, count) for number, answer, count in answers if part is None or number == part]
        labels[part] = Labels(
            rows=rows, values=values, one=one.strip(), weight=float(total or 0), answers=_summed(said)
        )
    return labels


def _answers(database: Database, cell: str, spec: ModelSpec) -> list[tuple[int | None, str, int]]:
    """Part, label as it was written, and how many rows have it."""
    problem = spec.model.problem
    if problem == REGRESSION:
        return []
    if spec.data.positive is not None and problem == BINARY:
        return database.rows(
            f"SELECT part, trim({cell}), count(*) FROM samples JOIN raw ON raw.rowid = place GROUP BY 1, 2"
        )
    # A text for each label, and not for each row.
    counted = "(SELECT part, label, count(*) AS rows FROM samples GROUP BY 1, 2)"
    if problem == MULTICLASS:
        return database.rows(f"SELECT part, value, rows FROM {counted} JOIN label_texts ON label = code")
    return database.rows(f"SELECT part, label::INTEGER::VARCHAR, rows FROM {counted}")


def _summed(said: list[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for answer, count in sorted(said):
        found[answer] = found.get(answer, 0) + count
    return found
