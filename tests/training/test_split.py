"""The split: 70, 15 and 15 of a hundred, no moment and no id on two sides, and a baseline that saw one side alone."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from tests.training import small
from tests.training.conftest import Make
from tests.training.job import Job, column, read_csv, read_json
from tests.training.small import Record

pytestmark = pytest.mark.training
N = [column.name for column in small.COLUMNS].index("n")


def parts(job: Job, rows: list[Record]) -> tuple[list[Record], list[Record], list[Record]]:
    """The rows of each part, found again by their number."""
    matrices = [
        job.image.value("array", path=str(job.output / part / "features.npy")) for part in ("train", "validation")
    ]
    held = [int(n) for n in column(read_csv(job.output / "holdout/holdout.csv"), "n")]
    train, validation = ([rows[int(row[N])] for row in matrix] for matrix in matrices)
    return train, validation, [rows[n] for n in held]


@pytest.mark.parametrize("seed", range(4))
def test_by_time_no_moment_is_in_two_parts_and_none_looks_back(make: Make, seed: int) -> None:
    """Rows come in any order, and many at one moment."""
    rows, chance = small.records(900, seed), random.Random(seed)
    for row in rows:
        row["at"] = f"2026-03-{chance.randint(1, 28):02d}T{chance.randint(0, 2):02d}:00:00Z"
    job = make(random.Random(seed).sample(rows, len(rows)))
    assert job.prepare()["ready"] == 1
    train, validation, holdout = parts(job, rows)

    assert len(train) + len(validation) + len(holdout) == 900
    assert max(row["at"] for row in train) < min(row["at"] for row in validation)
    assert max(row["at"] for row in validation) < min(row["at"] for row in holdout)
    assert [len(part) / 900 for part in (train, validation, holdout)] == pytest.approx([0.7, 0.15, 0.15], abs=0.03)
    assert train == sorted(train, key=lambda row: (row["at"], row["id"]))


def test_moments_are_compared_as_moments(make: Make) -> None:
    """The same time in two notations."""
    rows = small.records(100)
    for row in rows[60:85]:
        row["at"] = ["2026-01-03T12:00:00Z", "2026-01-03 14:00+02:00"][row["n"] % 2]
    job = make(rows)
    job.prepare()
    assert [len(part) for part in parts(job, rows)] == [60, 25, 15]


@pytest.mark.parametrize("event_time", ["at", None])
def test_by_hash_no_id_is_in_two_parts(make: Make, event_time: str | None) -> None:
    rows = small.records(3000)
    people = 3000 if event_time is None else 1000
    for row in rows:
        row["id"] = f"p{row['n'] % people}"
    job = make(rows, small.spec(split="hash", event_time=event_time))
    job.prepare()
    found = parts(job, rows)

    assert sum(len(part) for part in found) == 3000
    ids = [{row["id"] for row in part} for part in found]
    assert ids[0] | ids[1] | ids[2] == {f"p{n}" for n in range(people)}
    assert sum(len(part) for part in ids) == people
    assert [len(part) / people for part in ids] == pytest.approx([0.7, 0.15, 0.15], abs=0.03)


def test_by_hash_what_was_held_out_once_is_never_trained_on(make: Make) -> None:
    rows, model = small.records(600), small.spec(split="hash")
    before, after = make(rows[:400], model, "before"), make(rows, model, "after")
    before.prepare()
    after.prepare()
    for then, now in zip(parts(before, rows), parts(after, rows), strict=True):
        assert [row["n"] for row in then] == [row["n"] for row in now if row["n"] < 400]


def test_baseline_and_encoders_see_the_training_part_alone(make: Make) -> None:
    """Whatever the other parts hold, both stay the same to the byte."""
    rows = small.records(400)
    changed = rows[:280] + [row | {"x": "1000", "place": "elsewhere", "flag": "yes"} for row in rows[280:]]
    jobs = make(rows, name="plain"), make(changed, name="changed")
    for job in jobs:
        job.prepare()
    plain, other = (job.output for job in jobs)
    for path in ("baseline/baseline.json", "train/encoders.json", "train/features.npy"):
        assert (plain / path).read_bytes() == (other / path).read_bytes()

    place = [column.name for column in small.COLUMNS].index("place")
    validation = jobs[1].image.value("array", path=str(other / "validation/features.npy"))
    assert all(math.isnan(row[place]) for row in validation), "a category that training did not see is missing"


def test_the_baseline_is_what_the_standard_library_makes_of_it(make: Make) -> None:
    rows = small.records(400)
    job = make(rows)
    job.prepare()
    baseline = read_json(job.output / "baseline/baseline.json")
    train, features = rows[:280], baseline["features"]

    assert baseline["rows"] == 280
    assert baseline["label"] == {
        "name": "y", "positive": None, "count": 280, "rate": pytest.approx(statistics.mean(row["y"] for row in train)),
    }  # fmt: skip
    x = [float(row["x"]) for row in train if row["x"]]
    edges = [min(x), *statistics.quantiles(x, n=30, method="inclusive"), max(x)]
    assert features["x"] == {
        "type": "float",
        "count": len(x),
        "missing": 280 - len(x),
        "mean": pytest.approx(statistics.mean(x)),
        "std": pytest.approx(statistics.pstdev(x)),
        "min": min(x),
        "max": max(x),
        "quantiles": pytest.approx(edges),
        "cumulative": pytest.approx([sum(value <= edge + 1e-6 for value in x) / len(x) for edge in edges]),
    }
    for name, spelling in (("kind", str), ("place", str), ("flag", {"yes": "true", "no": "false"}.get)):
        texts = [spelling(row[name]) for row in train]
        assert features[name]["shares"] == {text: pytest.approx(texts.count(text) / 280) for text in sorted(set(texts))}
    assert (features["kind"]["count"], features["kind"]["missing"]) == (280, 0)
