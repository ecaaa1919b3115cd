"""Captures and labels of an hour become metrics and counts of events, by DuckDB; by Python what is not plain.

Each row of a request counts. What has no label yet is not counted, and what cannot be judged is counted by its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from pathlib import Path
from typing import Any

from leeway.counting import asked, literal
from leeway.drift.captured import CSV, Half
from leeway.errors import Rejected
from leeway.outcomes import captures, labels
from leeway.outcomes.quality import CONSTANT, Counted, Event
from leeway.outcomes.truth import THRESHOLD, UNSURE, Pair, correct, judged
from leeway.spec import BINARY, MULTICLASS, Data

Metrics = dict[str, Any]  # numbers by name, and confusion_matrix: counts by label, then by what was predicted
BETAS = (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of an hour: counts for the alarm, metrics by Model Monitor's names, records without use by reason."""

    counted: Counted
    metrics: Metrics
    unused: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a version predicts, in which order its classes stand, and what it is held to."""

    data: Data
    problem: str
    classes: tuple[str, ...] = ()
    held_to: tuple[Event, ...] = ()


def measure(
    connection: Any,
    captured: Sequence[Path],
    label_files: Sequence[Path],
    span: tuple[datetime, datetime],
    version: Version,
    folder: Path,
) -> Measured:
    """Measure what was predicted within a span of time; `label_files` are in the order in which they count.

    `folder` is room for what has to be written in between.
    """
    data, problem = version.data, version.problem
    asked(captured, lambda: _units(connection, captured, span, problem), bool)
    unused = Counter(labels.resolve(connection, label_files, data, problem))
    pairs = _judged(connection, version, unused)
    if problem == MULTICLASS:
        counted, metrics = _of_classes(pairs, version.held_to)
    else:
        _keep(connection, data, problem, pairs, folder / "judged.tsv")
        counted = _events(connection, problem, version.held_to)
        metrics = (_binary if problem == BINARY else _regression)(connection)
    return Measured(counted=counted, metrics=metrics, unused={reason: n for reason, n in sorted(unused.items()) if n})


def _units(connection: Any, captured: Sequence[Path], span: tuple[datetime, datetime], problem: str) -> int:
    """Make `units` (id, score, odd), an answer that is no plain number as `odd`; how many are no record."""
    score = captures.number(captures.line("answered")) if problem != MULTICLASS else "NULL::DOUBLE"
    # What is no record has no id, so no label finds it.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE units AS SELECT {labels.hashed('id')} AS id, {score} AS score,"
        f" CASE WHEN {score} IS NULL THEN coalesce(to_json(answered)::VARCHAR, '') END AS odd"
        f" FROM ({captures.records(captured, *span)}) WHERE CASE WHEN id IS NULL THEN time IS NULL"
        " ELSE try_cast(substr(time, 1, 19) AS TIMESTAMP) IS NOT NULL END"
    )
    found: int = connection.execute("SELECT count(*) FROM units WHERE id IS NULL").fetchone()[0]
    return found


def _plain_truth(data: Data, problem: str) -> str:
    """The label as a number, NULL where Python has to judge it."""
    if problem == BINARY:
        return f"nullif({labels.sure(data, problem)}, {UNSURE})::DOUBLE"
    return f"CASE WHEN encoding = 'CSV' THEN {captures.number('label')} END"


def _judged(connection: Any, version: Version, unused: Counter[str]) -> Iterator[Pair]:
    """Rows of records that are not plain."""
    data, problem = version.data, version.problem
    plain = "false" if problem == MULTICLASS else f"score IS NOT NULL AND {_plain_truth(data, problem)} IS NOT NULL"
    cursor = connection.execute(
        f"SELECT score, odd, label, encoding FROM units JOIN resolved ON units.rowid = resolved.u WHERE NOT ({plain})"
    )
    while found := cursor.fetchmany(1000):
        for score, odd, label, encoding in found:
            try:
                yield from judged(data, problem, _half(score, odd), version.classes, (label, encoding))
            except Rejected as error:
                unused[str(error)] += 1


def _half(score: float | None, odd: str | None) -> Half | None:
    if score is not None:
        return Half(data=repr(score), encoding=CSV)
    found = json.loads(odd) if odd else None
    if not found or found["data"] is None:
        return None
    return Half(data=found["data"], encoding=found["encoding"] or "", content_type=found["observedContentType"] or "")


def _keep(connection: Any, data: Data, problem: str, pairs: Iterator[Pair], path: Path) -> None:
    """The table `pairs` (score, truth) of all rows."""
    with path.open("w", encoding="ascii") as target:
        target.writelines(f"{float(score)!r}\t{float(label)!r}\n" for score, label in pairs)
    true = _plain_truth(data, problem)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT score, {true} AS truth FROM units JOIN resolved"
        f" ON units.rowid = resolved.u WHERE score IS NOT NULL AND {true} IS NOT NULL UNION ALL"
        f" SELECT * FROM read_csv({literal(str(path))}, columns = {{'score': 'DOUBLE', 'truth': 'DOUBLE'}},"
        " header = false, auto_detect = false, delim = '\t')"
    )


def _events(connection: Any, problem: str, held_to: Sequence[Event]) -> Counted:
    binary = {"is right": f"(score >= {THRESHOLD}) = (truth = 1)", "is positive": "truth = 1"}
    tests = [binary[one.name] if problem == BINARY else f"abs(score - truth) <= {one.most!r}" for one in held_to]
    columns = "".join(f", count(*) FILTER ({test})" for test in tests)
    rows, *hits = connection.execute(f"SELECT count(*){columns} FROM pairs").fetchone()
    return Counted(rows=rows, hits=tuple(hits))


def _binary(connection: Any) -> Metrics:
    guess, true = f"score >= {THRESHOLD}", "truth = 1"
    counts = connection.execute(
        f"SELECT count(*) FILTER ({guess} AND {true}), count(*) FILTER ({guess} AND NOT {true}),"
        f" count(*) FILTER (NOT {guess} AND {true}), count(*) FILTER (NOT {guess} AND NOT {true}) FROM pairs"
    ).fetchone()
    right, alarm, missed, rejected = counts
    positives, negatives, rows = right + missed, alarm + rejected, sum(counts)
    # Model Monitor's constant says positive, as its own sample has it (reference 3.6): right of all positives alone.
    constant = _rates(right=positives, missed=0, alarm=negatives, rejected=0) if positives else {}
    found = {
        **_rates(right=right, missed=missed, alarm=alarm, rejected=rejected),
        "true_positive_rate": _share(right, positives),
        "true_negative_rate": _share(rejected, negatives),
        "false_positive_rate": _share(alarm, negatives),
        "false_negative_rate": _share(missed, positives),
        "auc": _auc(connection, positives * negatives),
        **{f"{name}{CONSTANT}": value for name, value in constant.items()},
    }
    matrix = {"0": {"0": rejected, "1": alarm}, "1": {"0": missed, "1": right}}
    known = {name: value for name, value in found.items() if value is not None}
    return known | ({"confusion_matrix": matrix} if rows else {})


def _rates(*, right: int, missed: int, alarm: int, rejected: int) -> dict[str, float | None]:
    """Accuracy, recall, precision and F of four counts."""
    return {
        "accuracy": _share(right + rejected, right + missed + alarm + rejected),
        "recall": _share(right, right + missed),
        "precision": _share(right, right + alarm),
        **{
            name: _share((1 + beta**2) * right, (1 + beta**2) * right + beta**2 * missed + alarm)
            for name, beta in BETAS
        },
    }


def _auc(connection: Any, pairs: int) -> float | None:
    """Mann and Whitney's; ties count half."""
    won = connection.execute(
        "SELECT sum(positive * (below + negative / 2.0)) FROM (SELECT positive, negative,"
        " sum(negative) OVER (ORDER BY score) - negative AS below FROM (SELECT score,"
        " count(*) FILTER (truth = 1) AS positive, count(*) FILTER (truth <> 1) AS negative FROM pairs GROUP BY score))"
    ).fetchone()[0]
    return float(won) / pairs if pairs else None


def _regression(connection: Any) -> Metrics:
    mae, mse, around = connection.execute(
        "SELECT avg(abs(score - truth)), avg((score - truth) ** 2), var_pop(truth) FROM pairs"
    ).fetchone()
    if mae is None:
        return {}
    return {"mae": mae, "mse": mse, "rmse": sqrt(mse), **({"r2": 1 - mse / around} if around else {})}


def _of_classes(pairs: Iterator[Pair], held_to: Sequence[Event]) -> tuple[Counted, Metrics]:
    table = Counter((str(label), str(guess)) for guess, label in pairs)
    rows = sum(table.values())
    right = sum(n for (label, guess), n in table.items() if correct(MULTICLASS, guess, label))
    counted = Counted(rows=rows, hits=tuple(right for _ in held_to))
    if not rows:
        return counted, {}
    true, taken = Counter[str](), Counter[str]()
    for (label, guess), n in table.items():
        true[label] += n
        taken[guess] += n
    classes = sorted({*true, *taken})
    metrics = {"accuracy": right / rows, "weighted_recall": right / rows}
    for name, beta in (("weighted_precision", 0.0), *((f"weighted_{name}", beta) for name, beta in BETAS)):
        metrics[name] = sum(n / rows * _f(beta, table[one, one], n, taken[one]) for one, n in true.items())
    matrix = {label: {guess: table[label, guess] for guess in classes} for label in classes}
    return counted, metrics | {"confusion_matrix": matrix}


def _f(beta: float, hits: int, true: int, taken: int) -> float:
    """F of one class; precision where beta is 0, and nothing where the class was neither seen nor predicted."""
    return _share((1 + beta**2) * hits, beta**2 * true + taken) or 0.0


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
