"""Data that cannot be trained on are a reason in one sentence, and never a crash."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest

from tests.training import small
from tests.training.conftest import Make
from tests.training.job import contents, read_json

pytestmark = pytest.mark.training
REFUSED = "1 of 1 files are refused, and no row is left; rows.csv: "
HEADER = small.as_csv(small.records(1)).splitlines()[0] + b"\n"
OUTSIDE = (
    "12 rows, and min_rows is 13; 188 more lie outside the window of 0.5 days"
    " before the newest event time, 2026-01-09T07:00:00Z"
)
LONG_AGO = (
    f'{REFUSED}100 of 100 rows are bad, more than 1%; line 2: at is "0001-01-01T00:00:00"; '
    "allowed: a time such as 2024-01-31T12:00:00Z, or seconds since 1970"
)


def labelled(*labels: object, count: int = 200) -> list[small.Record]:
    """Each row's label in turn."""
    return [row | {"y": labels[n % len(labels)]} for n, row in enumerate(small.records(count))]


def with_bad(share: float) -> list[small.Record]:
    return [row | ({"x": "bad"} if row["n"] < 200 * share else {}) for row in small.records(200)]


def only_early(count: int) -> list[small.Record]:
    """Positives among the first rows alone."""
    return [row | {"y": int(row["n"] % 2 == 0 and row["n"] < count)} for row in small.records(200)]


ROWS: dict[str, tuple[list[small.Record], dict[str, Any], str]] = {
    "one class": (labelled(0), {}, "one class only: all 200 rows have y = 0"),
    "one class in words": (labelled("no"), {"positive": "yes"}, "one class only: all 200 rows have y = no"),
    "the positive word never comes": (
        labelled("no", "perhaps"),
        {"positive": "yes"},
        "one class only: none of the 200 rows has y = yes",
    ),
    "three labels": (
        labelled("no", "perhaps", "yes"),
        {"positive": "yes"},
        "y has 3 values (no, perhaps, yes); a binary model takes two",
    ),
    "one class in the holdout": (only_early(160), {}, "one class only in the holdout part: all 30 rows have y = 0"),
    "one class in the validation part": (
        only_early(130),
        {},
        "one class only in the validation part: all 30 rows have y = 0",
    ),
    "too few rows": (small.records(49), {}, "49 rows, and min_rows is 50"),
    "too few rows in the window": (
        small.records(200),
        {"window": timedelta(hours=12), "min_rows": 13},
        OUTSIDE,
    ),
    "too few and bad": (
        [row | ({"x": "bad"} if row["n"] == 7 else {}) for row in small.records(120)],
        {"min_rows": 120},
        "119 rows, and min_rows is 120; 1 rows are bad",
    ),
    "one moment": (
        [row | {"at": "2026-01-01"} for row in small.records(200)],
        {},
        "the train part is empty after a split by time; more rows or times are needed",
    ),
    "no labels": (
        labelled(""),
        {},
        f"{REFUSED}200 of 200 rows are bad, more than 1%; line 2: y is missing; it is the label",
    ),
    "every row bad": (
        with_bad(1),
        {},
        f'{REFUSED}200 of 200 rows are bad, more than 1%; line 2: x is "bad"; allowed: a number or nothing',
    ),
    "all times long ago": (
        [row | {"at": "0001-01-01T00:00:00"} for row in small.records(100)],
        {},
        LONG_AGO,
    ),
}
OF_CLASSES = [f"class {n:04d}" for n in range(1001)]
PROBLEMS: dict[str, tuple[str, list[small.Record], str]] = {
    "one class": ("multiclass", labelled("a"), "one class only: all 200 rows have y = a"),
    "one class in the holdout": (
        "multiclass",
        [row | {"y": "a" if row["n"] >= 170 else "abc"[row["n"] % 3]} for row in small.records(200)],
        "one class only in the holdout part: all 30 rows have y = a",
    ),
    "a class with one row": (
        "multiclass",
        [row | {"y": f"c{row['n']}" if row["n"] < 7 else "ab"[row["n"] % 2]} for row in small.records(200)],
        "classes with one row cannot be learnt and tried: y = c0, c1, c2, c3, c4 and 2 more",
    ),
    "a thousand and one classes": (
        "multiclass",
        labelled(*OF_CLASSES, count=2002),
        'y has 1,001 classes; a model takes 1,000 (if it is a quantity, set problem = "regression")',
    ),
    "no class": (
        "multiclass",
        labelled("a", ""),
        f"{REFUSED}100 of 200 rows are bad, more than 1%; line 3: y is missing; it is the label",
    ),
    "constant": ("regression", labelled("3", "3.0"), "constant target: all 200 rows have y = 3"),
    "constant in the train part": (
        "regression",
        [row | {"y": 3 if row["n"] < 140 else row["n"]} for row in small.records(200)],
        "constant target in the train part: all 140 rows have y = 3",
    ),
    "no number": (
        "regression",
        labelled("3", "inf"),
        f'{REFUSED}100 of 200 rows are bad, more than 1%; line 3: y is "inf"; allowed: a number',
    ),
    "too large": (
        "regression",
        labelled("1e39", "3"),
        f'{REFUSED}100 of 200 rows are bad, more than 1%; line 2: y is "1e39"; allowed: a number',
    ),
}
FILES: dict[str, tuple[dict[str, bytes], str]] = {
    "no file": ({}, "the manifest names no file"),
    "a header alone": (
        {"a.csv": HEADER},
        "1 of 1 files are refused, and no row is left; a.csv: has a header and no rows",
    ),
    "nothing at all": ({"a.csv": b""}, "1 of 1 files are refused, and no row is left; a.csv: is empty"),
    "no column of labels": (
        {"a.csv": small.as_csv(small.records(100), [name for name in small.records(1)[0] if name != "y"])},
        '1 of 1 files are refused, and no row is left; a.csv: the header lacks y; it is: "id,at,flag,kind,n,place,x"',
    ),
    "all refused": (
        {"a.csv": gzip.compress(b"1,2\n"), "b.csv": b"\xff\xfei\0d\0", "c.csv": b"1,2\n"},
        (
            "3 of 3 files are refused, and no row is left; a.csv: the header lacks id, at, y, flag, kind, n, place; "
            'it is: "1,2"'
        ),
    ),
}


def check(make: Make, files: Any, model: Any, says: str) -> None:
    job = make(files, model)
    report = job.prepare()
    assert report["reason"] == says
    assert report["ready"] == 0
    assert report == read_json(job.output / "prepare/prepare.json")
    assert sorted(contents(job.output)) == ["prepare/bad_rows.csv", "prepare/prepare.json"]


@pytest.mark.parametrize("case", ROWS)
def test_rows_are_no_data_to_train_on(make: Make, case: str) -> None:
    rows, data, says = ROWS[case]
    check(make, rows, small.spec(**data), says)


@pytest.mark.parametrize("case", PROBLEMS)
def test_labels_are_none_of_the_problem(make: Make, case: str) -> None:
    problem, rows, says = PROBLEMS[case]
    check(make, rows, small.spec(problem=problem), says)


@pytest.mark.parametrize("case", FILES)
def test_files_are_no_data_to_train_on(make: Make, case: str) -> None:
    files, says = FILES[case]
    check(make, files, small.spec(), says)


def test_one_per_cent_of_bad_rows_is_borne(make: Make) -> None:
    report = make(with_bad(0.01)).prepare()
    assert (report["ready"], report["counts"]["bad_rows"]) == (1, 2)


def test_a_file_that_is_not_there_is_no_reason_but_an_error(make: Make) -> None:
    """The job's inputs are broken, not the data: the run must not consume them."""
    job = make(small.records(100))
    (job.folder / "data/rows.csv").unlink()
    with pytest.raises(AssertionError, match=r"the manifest names rows\.csv, which is not among the job's inputs"):
        job.prepare()
