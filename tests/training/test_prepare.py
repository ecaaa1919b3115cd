"""Prepare: every row checked, the last of its kind kept, inside the window; the same bytes for the same manifest."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cases import of_the_stories
from tests.training import small
from tests.training.conftest import Make
from tests.training.job import ARRIVED, Job, column, contents, read_csv, read_json

pytestmark = pytest.mark.training


def test_every_row_is_checked_and_a_bad_one_is_named(make: Make) -> None:
    rows = small.records(300)
    rows[17]["x"], rows[250]["kind"] = "many", "z"
    job = make(rows)
    report = job.prepare()

    assert report["counts"] == {
        "files": 1, "files_refused": 0, "rows": 300, "bad_rows": 2, "duplicates": 0, "out_of_window": 0,
        "used": 298, "positive": sum(row["y"] for n, row in enumerate(rows) if n not in {17, 250}),
        "train": 208, "validation": 45, "holdout": 45,
    }  # fmt: skip
    assert (report["ready"], report["split"], report["files_refused"]) == (1, "time", {})
    assert report["event_from"] == "2026-01-01T00:00:00+00:00"
    assert read_csv(job.output / "prepare/bad_rows.csv") == [
        {"file": "rows.csv", "line": "19", "reason": 'x is "many"; allowed: a number or nothing'},
        {"file": "rows.csv", "line": "252", "reason": 'kind is "z"; allowed: one of a, b, c'},
    ]


def test_of_one_id_and_time_the_later_file_counts_and_in_a_file_the_later_line(make: Make) -> None:
    rows = small.records(200)
    first = [*rows[:150], rows[190] | {"x": "1"}, rows[190] | {"x": "2"}, rows[199] | {"x": "1"}]
    second = [*rows[150:199], rows[199] | {"x": "3"}]
    job = make({"z.csv": small.as_csv(first), "a.csv": small.as_csv(second)})
    report = job.prepare()

    assert report["counts"]["duplicates"] == 3
    assert report["counts"]["used"] == 200
    held = {row["id"]: row["x"] for row in read_csv(job.output / "holdout/holdout.csv")}
    assert held["r00190"] == rows[190]["x"]
    assert held["r00199"] == "3"


def test_without_a_time_a_row_is_its_id(make: Make) -> None:
    rows = small.records(300)
    model = small.spec(split="hash", event_time=None)
    job = make({"old.csv": small.as_csv([row | {"n": 9999} for row in rows]), "new.csv": small.as_csv(rows)}, model)
    assert job.prepare()["counts"]["duplicates"] == 300
    assert "9999" not in column(read_csv(job.output / "holdout/holdout.csv"), "n")


def test_one_id_at_two_times_is_two_rows(make: Make) -> None:
    rows = [row | {"id": "same"} for row in small.records(200)]
    counts = make(rows).prepare()["counts"]
    assert (counts["duplicates"], counts["used"]) == (0, 200)


def test_the_window_runs_back_from_the_newest_row(make: Make) -> None:
    """Ten days back from hour 299 begins after hour 59."""
    job = make(small.records(300), small.spec(window=timedelta(days=10)))
    report = job.prepare()
    assert (report["counts"]["out_of_window"], report["counts"]["used"]) == (60, 240)
    assert report["event_from"] == "2026-01-03T12:00:00+00:00"


def test_a_time_in_the_future_is_a_bad_row_and_moves_no_window(make: Make) -> None:
    """Arrival leaves such a row out by the same rule; what it does not see of a long file, Prepare does."""
    rows = small.records(300)
    rows[7]["at"] = f"{ARRIVED + timedelta(days=1, seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    job = make(rows, small.spec(window=timedelta(days=20)))
    report = job.prepare()
    assert (report["counts"]["bad_rows"], report["counts"]["used"]) == (1, 299)
    (bad,) = read_csv(job.output / "prepare/bad_rows.csv")
    assert bad["reason"] == "at is in the future: 2030-01-02T00:00:01+00:00"


def test_a_file_with_over_one_per_cent_of_bad_rows_is_refused_and_the_rest_is_used(make: Make) -> None:
    rows = small.records(400)
    one, two = [dict(row) for row in rows[:100]], [dict(row) for row in rows[100:200]]
    one[3]["n"] = two[3]["n"] = two[5]["n"] = -1
    files = {"one.csv": one, "two.csv": two, "good.csv": rows[200:]}
    job = make({name: small.as_csv(body) for name, body in files.items()})
    report = job.prepare()

    assert report["ready"] == 1
    assert report["files_refused"] == {
        "two.csv": '2 of 100 rows are bad, more than 1%; line 5: n is "-1"; allowed: a whole number from 0'
    }
    assert (report["counts"]["used"], report["counts"]["bad_rows"]) == (299, 3)
    assert len(read_csv(job.output / "prepare/bad_rows.csv")) == 3


def test_undeclared_columns_are_named_and_stay_in_the_holdout(make: Make) -> None:
    """A champion may know a column that the specification has dropped."""
    rows = [row | {"note": f"no {n}"} for n, row in enumerate(small.records(200))]
    halves = {"old.csv": small.as_csv(rows[:180]), "new.csv": small.as_csv(rows[180:], small.records(1)[0])}
    job = make(halves, small.without(small.spec(), "kind"))
    assert job.prepare()["ignored_columns"] == ["kind", "note"]
    held = read_csv(job.output / "holdout/holdout.csv")
    assert set(column(held, "kind")) == {"a", "b", "c"}
    assert column(held, "note") == [f"no {n}" if n < 180 else "" for n in range(170, 200)]


FORMS: dict[str, Callable[[list[small.Record]], bytes]] = {
    "byte order mark": lambda rows: b"\xef\xbb\xbf" + small.as_csv(rows),
    "semicolons": lambda rows: small.as_csv(rows, delimiter=";"),
    "line ends of Windows": lambda rows: small.as_csv(rows, lineterminator="\r\n"),
    "all quoted": lambda rows: small.as_csv(rows, quoting=1),
    "blanks around": lambda rows: small.as_csv([{name: f" {cell} " for name, cell in row.items()} for row in rows]),
    "blank lines": lambda rows: b"\n" + small.as_csv(rows).replace(b"\n", b"\n\n"),
    "columns in another order": lambda rows: small.as_csv(rows, reversed(rows[0])),
    "two files": small.as_csv,
    "gzipped": lambda rows: gzip.compress(small.as_csv(rows)),
    "gzipped in parts": lambda rows: b"".join(map(gzip.compress, small.as_csv(rows).splitlines(keepends=True))),
}


def outputs(job: Job) -> dict[str, bytes]:
    """All but the report, which counts files."""
    found = contents(job.output)
    del found["prepare/prepare.json"]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_changes_nothing(make: Make, form: str) -> None:
    rows = small.records(120)
    plain, other = make(rows, name="plain"), FORMS[form]
    files = {"rows.csv": other(rows)}
    if form == "two files":
        files = {"z.csv": other(rows[60:]), "a.csv": other(rows[:60])}
    formed = make(files, name="formed")
    assert plain.prepare()["reason"] == formed.prepare()["reason"]
    assert outputs(plain) == outputs(formed)


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (lambda body: body[:-9], "is a gzip file that is cut off"),
    "wrong checksum": (lambda body: body[:-8] + bytes(8), "is a damaged gzip file"),
    "damaged inside": (lambda body: body[:999] + bytes(99) + body[1098:], "is a damaged gzip file"),
    "a bomb behind a good beginning": (
        lambda body: body + gzip.compress(b"\n" * 2**24),
        "is a gzip file that becomes over 500 times as large; allowed: up to 500 times",
    ),
}


@pytest.mark.parametrize("damage", ["cut off", *of_the_stories(*[case for case in DAMAGED if case != "cut off"])])
def test_a_damaged_gzip_file_is_refused_and_the_rest_is_used(make: Make, damage: str) -> None:
    change, says = DAMAGED[damage]
    rows = small.records(400)
    packed = change(gzip.compress(small.as_csv(rows[:200])))
    report = make({"bad.csv.gz": packed, "good.csv": small.as_csv(rows[200:])}).prepare()
    assert report["files_refused"] == {"bad.csv.gz": says}
    assert (report["ready"], report["counts"]["used"]) == (1, 200)


def test_a_cell_with_line_breaks_in_it_reaches_the_evaluation(make: Make) -> None:
    """Python 3.10 does not quote a lone carriage return by itself, and cannot read it back."""
    breaks = ["old\rMac", "Windows\r\nline", "Unix\nline", 'a "quote", a comma']
    rows = [row | {"note": breaks[n % 4], "place": breaks[n % 3]} for n, row in enumerate(small.records(200))]
    job = make({"rows.csv": small.as_csv(rows, quoting=1)}).all()
    held = read_csv(job.output / "holdout/holdout.csv")
    assert column(held, "note") == [breaks[n % 4] for n in range(170, 200)]
    assert read_json(job.model / "encoders.json")["categories"]["place"] == sorted(breaks[:3])


def test_the_same_manifest_gives_the_same_bytes(make: Make, tmp_path: Path) -> None:
    rows = small.records(300)
    files = {f"{n}.csv": small.as_csv(rows[n * 100 : n * 100 + 150]) for n in range(3)}
    job = make(files)
    job.prepare()
    turned = job.again(tmp_path / "turned")
    shutil.rmtree(turned.folder / "data")
    for name, body in reversed(files.items()):  # written in another order, and deeper, as S3's prefix may have it
        place = turned.folder / "data" / "accepted" / name[0]
        place.mkdir(parents=True)
        (place / name).write_bytes(body)
    turned.prepare()
    assert contents(job.output) == contents(turned.output)


@pytest.mark.parametrize(
    ("name", "rows", "positive"),
    [
        pytest.param("bike", 17_379, 4_983, id="bike"),
        pytest.param("bank", 41_188, 4_640, id="bank", marks=pytest.mark.story),
        pytest.param("telco", 7_043, 1_869, id="telco"),
    ],
)
def test_real_data_twice_in_other_processes(
    real: Callable[[str], Job], tmp_path: Path, name: str, rows: int, positive: int
) -> None:
    """The second run is that of the job: the packed code, and another seed for Python's hashes."""
    job = real(name)
    report = read_json(job.output / "prepare/prepare.json")
    outside = 24 if name == "bike" else 0  # its first day lies 730 days before its last hour
    assert report["counts"] | {"rows": rows, "bad_rows": 0, "duplicates": 0} == report["counts"]
    assert (report["counts"]["used"], report["counts"]["out_of_window"]) == (rows - outside, outside)
    assert report["counts"]["positive"] == positive

    again = job.arguments(tmp_path / "again")
    words = [word for key, value in again.items() for word in (f"--{key}", value)]
    words += ["--wheels", job.image.wheels]
    done = job.image.run(["-I", job.image.pyz, "prepare", *words], tmp_path, PYTHONHASHSEED=7)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ready: 1; {report['reason']}\n"
    first = {path: body for path, body in contents(job.output).items() if not path.startswith("evaluate/")}
    assert contents(tmp_path / "again") == first


def test_blank_charges_of_telco_are_missing_and_not_bad(real: Callable[[str], Job]) -> None:
    baseline: dict[str, Any] = json.loads((real("telco").output / "baseline/baseline.json").read_bytes())
    charges = baseline["features"]["TotalCharges"]
    assert charges["missing"] > 0
    assert charges["count"] + charges["missing"] == baseline["rows"]
