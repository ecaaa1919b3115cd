"""The rows that count: good ones, of files that are not refused, once each, inside the window, parted and in order.

`samples` has the columns of `judged` that are needed, ordered by time and id whatever the order of the files, and
`part`: 0 train, 1 validation, 2 holdout; NULL for a class that the train part lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leeway.spec import BINARY, MULTICLASS, REGRESSION, Data, ModelSpec
from steps.engine import Database, literal
from steps.staging import Staging

PARTS = ("train", "validation", "holdout")
SHARES = (0.70, 0.85)


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
    usable = f"file NOT IN ({', '.join(map(str, refused)) or '-1'})"
    duplicates = _once(database, usable)
    out_of_window = _inside(database, spec.data)
    _order(database, spec)
    strangers = _leave_strangers(database, spec)
    cell = staging.column(spec.data.label)
    labels = {name: _labels(database, f"part = {n}", cell, spec) for n, name in enumerate(PARTS)}
    first, last = database.rows("SELECT min(moment), max(moment) FROM samples")[0]
    return Samples(
        all=_labels(database, "true", cell, spec),
        parts=labels,
        duplicates=duplicates,
        out_of_window=out_of_window,
        strangers=strangers,
        positive=database.value("SELECT count(*) FROM samples WHERE label = 1") if spec.model.problem == BINARY else 0,
        first=first,
        last=last,
    )


def _once(database: Database, usable: str) -> int:
    """`kept`: of rows with one id and time the last one, of the file later in the manifest and the later line.

    Hashes of 64 bits find the few that may be double; only those are compared.
    """
    database.run(
        "CREATE OR REPLACE TABLE twice AS SELECT hash(id, moment) AS mark"
        f" FROM judged WHERE {usable} GROUP BY mark HAVING count(*) > 1"
    )
    database.run(
        "CREATE OR REPLACE TABLE older AS SELECT place FROM ("
        f" SELECT place, row_number() OVER (PARTITION BY id, moment ORDER BY place DESC) AS age FROM judged"
        f" WHERE {usable} AND hash(id, moment) IN (SELECT mark FROM twice)) WHERE age > 1"
    )
    database.run(
        f"CREATE OR REPLACE VIEW kept AS SELECT * FROM judged WHERE {usable} AND place NOT IN (SELECT place FROM older)"
    )
    return int(database.value("SELECT count(*) FROM older"))


def _inside(database: Database, data: Data) -> int:
    """`inside`: the window runs back from the newest event time in the data; no clock, so one manifest, one answer."""
    newest = database.value("SELECT max(moment) FROM kept")
    start = "NULL" if newest is None else f"TIMESTAMP {literal((newest - data.window).isoformat(' '))}"
    database.run(f"CREATE OR REPLACE VIEW inside AS SELECT * FROM kept WHERE coalesce(moment > {start}, true)")
    return int(database.value(f"SELECT count(*) FROM kept WHERE moment <= {start}"))


def _order(database: Database, spec: ModelSpec) -> None:
    """In the order of time and id, each with its part; rows of one moment (or, by hash, of one id) stay together."""
    by_time = spec.training.split == "time"
    features = "".join(f", v{n}" for n in range(len(spec.data.columns)))
    weight = ", weight" if spec.data.weight else ""
    part = "NULL::INTEGER" if by_time else _part_by_hash(spec.training.seed)
    database.run(
        f"CREATE OR REPLACE TABLE samples AS SELECT place, id, moment, label{weight}{features}, {part} AS part"
        " FROM inside ORDER BY moment, id"
    )
    if by_time:
        database.run(f"UPDATE samples SET part = {_part_by_time(database)}")


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


def _labels(database: Database, where: str, cell: str, spec: ModelSpec) -> Labels:
    weight = "sum(weight)" if spec.data.weight else "count(*)"
    rows, values, total, first = database.rows(
        f"SELECT count(*), count(DISTINCT label), coalesce({weight}, 0), min(place) FROM samples WHERE {where}"
    )[0]
    one = "" if first is None else database.value(f"SELECT {cell} FROM raw WHERE rowid = ?", first)
    return Labels(
        rows=rows, values=values, one=one.strip(), weight=float(total), answers=_answers(database, where, cell, spec)
    )


def _answers(database: Database, where: str, cell: str, spec: ModelSpec) -> dict[str, int]:
    problem = spec.model.problem
    if problem == REGRESSION:
        return {}
    if problem == MULTICLASS:
        source, answer = "samples JOIN label_texts ON label = code", "value"
    elif spec.data.positive is None:
        source, answer = "samples", "label::INTEGER::VARCHAR"
    else:
        source, answer = "samples JOIN raw ON raw.rowid = place", f"trim({cell})"
    return dict(database.rows(f"SELECT {answer}, count(*) FROM {source} WHERE {where} GROUP BY 1 ORDER BY 1"))
