"""What the endpoint answers is what Evaluate scored, and what nothing but XGBoost makes of the artefact: real data."""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.training.image import ROOT
from tests.training.job import Job, column, read_csv

pytestmark = pytest.mark.training
PLAIN = ROOT / "tests/local/plain_xgboost.py"
BOOLS = {"Yes": "1", "No": "0", "1": "1", "0": "0"}


def features(job: Job) -> list[str]:
    return sorted(column.name for column in job.spec.data.columns)


def as_csv(job: Job, rows: Iterable[dict[str, str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([row[name] for name in features(job)] for row in rows)
    return out.getvalue().encode()


def as_json(job: Job, rows: Iterable[dict[str, str]]) -> bytes:
    """Numbers as numbers, what is blank as null, all else as text."""
    types = {column.name: column.type for column in job.spec.data.columns}

    def value(name: str, cell: str) -> float | int | str | None:
        if not cell.strip():
            return None
        return {"int": int, "float": float}.get(types[name], str)(cell)

    return json.dumps([{name: value(name, row[name]) for name in types} for row in rows]).encode()


def for_plain_xgboost(job: Job, rows: Iterable[dict[str, str]]) -> bytes:
    """Numbers, with truth as 1, and categories as they are."""
    types = {column.name: column.type for column in job.spec.data.columns}

    def cell(name: str, text: str) -> str:
        return BOOLS[text] if types[name] == "bool" else text.strip() or "nan"

    return as_csv(job, ({name: cell(name, row[name]) for name in types} for row in rows))


def float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


@pytest.mark.parametrize("name", ["bike", "bank", "telco"])
def test_every_row_of_the_holdout_is_served_as_it_was_scored(
    real: Callable[[str], Job], tmp_path: Path, name: str
) -> None:
    job = real(name)
    rows = read_csv(job.output / "holdout/holdout.csv")
    scored = read_csv(job.output / "evaluate/scores.csv")
    assert column(scored, "id") == column(rows, job.spec.data.id)

    body = as_csv(job, rows)
    some = body.splitlines(keepends=True)[:25]
    whole, *single = job.image.serve(job.model, *((part, "text/csv", "text/csv") for part in (body, *some)))
    assert whole.status == 200
    assert whole.body.split() == column(scored, "score")
    assert [answer.body.strip() for answer in single] == column(scored, "score")[:25]

    numbers = tmp_path / "numbers.csv"
    numbers.write_bytes(for_plain_xgboost(job, rows))
    plain = job.image.run([PLAIN, job.archive, numbers], tmp_path)
    assert plain.returncode == 0, plain.stderr
    assert json.loads(plain.stdout) == [float32(float(score)) for score in column(scored, "score")]
    assert len(set(column(scored, "score"))) > 100


@pytest.mark.parametrize("name", ["bike", "telco"])
def test_every_row_there_is_has_one_score_as_csv_and_as_json(real: Callable[[str], Job], name: str) -> None:
    job = real(name)
    rows = [row for file in sorted((job.folder / "data").iterdir()) for row in read_csv(file)]
    by_csv, by_json, mixed = job.image.serve(
        job.model,
        (as_csv(job, rows), "text/csv", "text/csv"),
        (as_json(job, rows), "application/json", "text/csv"),
        (as_csv(job, rows[:50]), "text/csv", "application/json"),
    )
    assert (by_csv.status, by_json.status, mixed.status) == (200, 200, 200)
    assert by_csv.body == by_json.body
    assert len(by_csv.body.split()) == len(rows)
    assert [row["score"] for row in json.loads(mixed.body)["predictions"]] == [*map(float, by_csv.body.split()[:50])]
