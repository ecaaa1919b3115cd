"""Columns that grow, vary, stay the same or say nothing; dates and weights: all the way to the served score."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from leeway.spec import Column, ModelSpec, Training
from tests.training import small
from tests.training.conftest import Make
from tests.training.image import Image
from tests.training.job import Job, read_csv, read_json

pytestmark = pytest.mark.training
ROWS = small.records(600)


def also(*columns: Column, **data: Any) -> ModelSpec:
    """The small specification with more columns."""
    return small.spec(columns=tuple(sorted((*small.COLUMNS, *columns), key=lambda column: column.name)), **data)


def values(job: Job, name: str, part: str = "train") -> list[float]:
    """A feature's values as the model learns them."""
    place = [column.name for column in job.spec.data.columns].index(name)
    matrix: list[list[float]] = job.image.value("array", path=str(job.output / part / "features.npy"))
    return [row[place] for row in matrix]


def test_a_column_that_older_files_lack_is_missing_there(make: Make) -> None:
    rows = [row | {"new": row["n"] / 2} for row in ROWS]
    files = {"old.csv": small.as_csv(ROWS[:200]), "new.csv": small.as_csv(rows[200:], reversed(rows[0]))}
    job = make(files, also(Column(name="new", type="float", nullable=True))).all()
    report = read_json(job.output / "prepare/prepare.json")
    assert report["absent_columns"] == {"new": ["old.csv"]}
    assert report["reason"].endswith("; columns that files lack, read as missing: new (1 of 2 files)")
    found = values(job, "new")
    assert all(math.isnan(value) for value in found[:200])
    assert found[200:] == [row["n"] / 2 for row in rows[200:420]]


def test_a_column_that_every_file_lacks_is_allowed_too(make: Make) -> None:
    job = make(ROWS, also(Column(name="new", type="category", nullable=True))).all()
    report = read_json(job.output / "prepare/prepare.json")
    assert report["empty_columns"] == ["new"]
    assert "without any value in the train part: new" in report["reason"]
    assert read_json(job.output / "evaluate/gate.json")["passed"] == 1


def test_a_file_that_lacks_a_column_that_may_not_be_missing_is_refused(make: Make) -> None:
    files = {"old.csv": small.as_csv(ROWS[:100]), "new.csv": small.as_csv([row | {"new": 1} for row in ROWS])}
    report = make(files, also(Column(name="new", type="int"))).prepare()
    assert report["ready"] == 1
    assert report["files_refused"]["old.csv"].startswith("the header lacks new; it is: ")


def test_files_may_have_their_columns_in_any_order(make: Make) -> None:
    names = list(ROWS[0])
    files = {
        "a.csv": small.as_csv(ROWS[:200]),
        "b.csv": small.as_csv(ROWS[200:400], reversed(names)),
        "c.csv": small.as_csv(ROWS[400:], sorted(names), delimiter=";"),
    }
    mixed, plain = make(files, name="mixed"), make(ROWS, name="plain")
    mixed.prepare()
    plain.prepare()
    for path in ("train/features.npy", "train/labels.npy", "holdout/holdout.csv", "baseline/baseline.json"):
        assert (mixed.output / path).read_bytes() == (plain.output / path).read_bytes()


def test_columns_with_one_value_or_none_are_named_and_do_no_harm(make: Make) -> None:
    columns = [
        Column(name="same", type="float"), Column(name="only", type="category"),
        Column(name="gaps", type="int", nullable=True), Column(name="never", type="float", nullable=True),
    ]  # fmt: skip
    rows = [row | {"same": 2.5, "only": "x", "gaps": 1 if row["n"] % 2 else "", "never": ""} for row in ROWS]
    job = make(rows, also(*columns)).all()
    report = read_json(job.output / "prepare/prepare.json")
    assert (report["constant_columns"], report["empty_columns"]) == (["only", "same"], ["never"])
    assert "; constant in the train part: only, same; without any value in the train part: never" in report["reason"]
    assert read_json(job.output / "evaluate/gate.json")["passed"] == 1


def test_of_many_categories_the_most_frequent_are_kept(make: Make) -> None:
    """`a` comes 60 times, `b` to `k` once each and then no more; in the holdout there are new ones."""
    rows = [row | {"place": "a" if n % 7 == 0 else f"p{n // 7:03d}"} for n, row in enumerate(ROWS)]
    job = make(rows, small.spec(max_categories=10)).all()
    report = read_json(job.output / "prepare/prepare.json")
    kept = read_json(job.model / "encoders.json")["categories"]["place"]
    assert kept == ["a", *[f"p{n:03d}" for n in range(9)]], "of equally frequent ones the first by name"
    assert report["capped_categories"] == {"place": {"categories": 61, "kept": 10}}
    assert "; place has 61 categories, and the 10 most frequent are kept; " in report["reason"]
    unknown = sum(row["place"] not in kept for row in rows[420:])
    assert report["unseen_categories"] == {"place": unknown}
    assert f"read as missing: place ({unknown} rows)" in report["reason"]
    shares = read_json(job.output / "baseline/baseline.json")["features"]["place"]
    assert (shares["distinct"], list(shares["shares"])) == (61, kept)


def test_a_date_is_a_number_of_days_when_learnt_and_when_served(make: Make) -> None:
    spec = also(Column(name="since", type="date"))
    rows = [row | {"since": f"2026-01-{1 + row['n'] % 28:02d}"} for row in ROWS]
    job = make(rows, spec).all()
    assert values(job, "since") == [20454.0 + row["n"] % 28 for row in rows[:420]]
    row = {name: rows[7][name] for name in ("flag", "kind", "n", "place", "x", "since")}
    bodies = [row, row | {"since": "2026-01-08T00:00:00Z"}, row | {"since": "8 January"}]
    one, same, wrong = job.image.serve(
        job.model, *((json.dumps(body).encode(), "application/json", "text/csv") for body in bodies)
    )
    assert one.status == same.status == 200
    assert one.body == same.body
    assert (wrong.status, "allowed: a date such as 2024-01-31" in wrong.body) == (400, True)
    baseline = read_json(job.output / "baseline/baseline.json")["features"]["since"]
    assert (baseline["type"], baseline["min"], baseline["max"]) == ("date", 20454.0, 20481.0)


WEIGHTED = small.spec(weight="w")


def test_a_row_of_weight_two_is_two_rows(make: Make) -> None:
    """In training and in all metrics; the split, by the hash of an id, keeps what belongs together."""
    heavy = [row | {"w": 2 if row["n"] % 3 == 0 else 1} for row in ROWS]
    double = [row for row in ROWS for _ in range(2 if row["n"] % 3 == 0 else 1)]
    twice = [row | {"at": f"{n}", "w": 1} for n, row in enumerate(double, 1_700_000_000)]
    weighed = make(heavy, small.spec(weight="w", split="hash"), name="weighed").all()
    plain = make(twice, small.spec(weight="w", split="hash"), name="plain").all()
    ours, theirs = (read_json(job.output / "evaluate/lineage.json")["metrics"] for job in (weighed, plain))
    assert ours == pytest.approx(theirs, rel=0.02)
    assert ours["base_rate"] == pytest.approx(theirs["base_rate"], abs=1e-9)
    assert weighed.image.value("array", path=str(weighed.output / "train/weights.npy"))[:2] in ([1, 1], [1, 2], [2, 1])


def test_rows_of_weight_nothing_teach_nothing(make: Make) -> None:
    """Those whose answer is turned round do not count, so the others' metrics are as good as without them."""
    rows = [row | {"w": row["n"] % 2, "y": row["y"] if row["n"] % 2 else 1 - row["y"]} for row in ROWS]
    honest = make(rows, WEIGHTED, name="honest").all()
    gate = read_json(honest.output / "evaluate/gate.json")
    misled = make([row | {"w": 1} for row in rows], WEIGHTED, name="misled").all()
    assert gate["value"] > 0.75
    assert read_json(misled.output / "evaluate/gate.json")["value"] < 0.65


def test_metrics_are_weighed(image: Image) -> None:
    labels, scores, weights = [0, 1, 1, 0], [0.2, 0.9, 0.3, 0.6], [1.0, 2.0, 3.0, 4.0]
    repeated = [n for n, weight in enumerate(weights) for _ in range(int(weight))]
    ours = image.value("metrics", labels=labels, scores=scores, weights=weights)
    theirs = image.value("metrics", labels=[labels[n] for n in repeated], scores=[scores[n] for n in repeated])
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
def test_metrics_of_other_problems_are_weighed(image: Image, problem: str) -> None:
    labels: list[float] = [0, 1, 2, 1]
    shares = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.1, 0.1, 0.8], [0.2, 0.7, 0.1]]
    scores: list[Any] = shares if problem == "multiclass" else [0.5, 2.0, 1.5, 1.0]
    weights = [1.0, 2.0, 3.0, 4.0]
    repeated = [n for n, weight in enumerate(weights) for _ in range(int(weight))]
    ours = image.value("metrics", problem=problem, labels=labels, scores=scores, weights=weights)
    more = {"labels": [labels[n] for n in repeated], "scores": [scores[n] for n in repeated]}
    assert ours == pytest.approx(image.value("metrics", problem=problem, **more))


def test_a_part_without_weight_is_a_reason(make: Make) -> None:
    report = make([row | {"w": int(row["n"] < 500)} for row in ROWS], WEIGHTED).prepare()
    assert (report["ready"], report["reason"]) == (0, "w is 0 in all 90 rows of the holdout part")


def test_a_weight_that_is_none_is_a_bad_row(make: Make) -> None:
    rows = [row | {"w": -1 if row["n"] == 5 else 1} for row in ROWS]
    job = make(rows, WEIGHTED)
    assert job.prepare()["counts"]["bad_rows"] == 1
    (bad,) = read_csv(job.output / "prepare/bad_rows.csv")
    assert bad["reason"] == 'w is "-1"; it is the weight of a row; allowed: a number, 0 or more'


def test_a_weight_may_stand_in_a_request_and_does_nothing(make: Make) -> None:
    job = make([row | {"w": 1} for row in ROWS], WEIGHTED).all()
    row = {name: ROWS[7][name] for name in ("flag", "kind", "n", "place", "x")}
    bodies = [json.dumps(body).encode() for body in (row, row | {"w": 9})]
    one, two = job.image.serve(job.model, *((body, "application/json", "text/csv") for body in bodies))
    assert (one.status, one.body) == (200, two.body)


def balanced(model: ModelSpec, *, balance: bool = True) -> ModelSpec:
    training: Training = replace(model.training, balance=balance)
    return replace(model, training=training)


def test_balanced_classes_weigh_the_same_in_training_alone(make: Make) -> None:
    rows = [row | {"y": int(row["y"] and row["n"] % 4 == 0)} for row in ROWS]
    job = make(rows, balanced(small.spec())).all()
    labels, weights = (
        job.image.value("array", path=str(job.output / f"train/{name}.npy")) for name in ("labels", "weights")
    )
    each = [sum(w for w, label in zip(weights, labels, strict=True) if label == code) for code in (0, 1)]
    assert each[0] == pytest.approx(each[1], rel=1e-5)
    assert sum(each) == pytest.approx(420, rel=1e-5)
    assert not (job.output / "validation/weights.npy").exists()
    plain = make(rows, name="plain").all()
    scores = [read_csv(done.output / "evaluate/scores.csv") for done in (job, plain)]
    means = [sum(float(row["score"]) for row in found) / len(found) for found in scores]
    assert means[0] > means[1] + 0.1, "what is rare is foretold more often"


def test_balance_and_weights_together(make: Make) -> None:
    rows = [row | {"w": 1 + row["n"] % 3, "y": "low" if row["n"] % 10 else "high"} for row in ROWS]
    job = make(rows, balanced(small.spec(problem="multiclass", weight="w"))).all()
    labels, weights = (
        job.image.value("array", path=str(job.output / f"train/{name}.npy")) for name in ("labels", "weights")
    )
    each = [sum(w for w, label in zip(weights, labels, strict=True) if label == code) for code in (0, 1)]
    assert each[0] == pytest.approx(each[1], rel=1e-5)
    assert sum(each) == pytest.approx(sum(1 + n % 3 for n in range(420)), rel=1e-5)
    validation = job.image.value("array", path=str(job.output / "validation/weights.npy"))
    assert validation == [1 + n % 3 for n in range(420, 510)]
