"""The same table as CSV and as Parquet gives the same training; a file that cannot be read is refused and named."""

from __future__ import annotations

import csv
import io
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leeway import parquet
from leeway.arrivals.plan import inspect
from leeway.spec import Column
from tests.cases import of_the_proof, of_the_stories
from tests.training import small
from tests.training.conftest import Make
from tests.training.image import Image
from tests.training.job import ARRIVED, Job, contents, read_csv

pytestmark = pytest.mark.training
COLUMNS = (
    Column(name="big", type="float", nullable=True),
    Column(name="born", type="date", nullable=True),
    Column(name="flag", type="bool", nullable=True),
    Column(name="kind", type="category", nullable=True),
    Column(name="n", type="int"),
    Column(name="seen", type="date", nullable=True),
    Column(name="x", type="float", nullable=True),
)
ROWS = """
    SELECT 'r' || i AS id, {at} AS at, (hash(i) % 3 = 0)::INTEGER AS y,
        CASE WHEN i % 7 > 0 THEN i * 1e15 + 0.1 END AS big, CASE WHEN i % 5 > 0 THEN DATE '1980-01-31' + i::INTEGER END
        AS born, CASE WHEN i % 9 > 0 THEN i % 2 = 0 END AS flag, CASE WHEN i % 11 > 0 THEN {kind} END AS kind,
        i::SMALLINT AS n, CASE WHEN i % 13 > 0 THEN TIMESTAMP '1999-12-31 23:59:59.5' + INTERVAL (i) HOUR END AS seen,
        CASE WHEN i % 4 > 0 THEN (i / 7)::FLOAT END AS x
    FROM range({rows}) t(i) ORDER BY i
"""
PLAIN = "TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE"
TIMES = {
    "without a zone": PLAIN,
    "with a zone": f"({PLAIN})::TIMESTAMPTZ",
    "in nanoseconds": f"({PLAIN})::TIMESTAMP_NS",
    "in milliseconds": f"({PLAIN})::TIMESTAMP_MS",
    "as a text": f"strftime({PLAIN}, '%Y-%m-%dT%H:%M:%SZ')",
}
SPEC = small.spec(columns=COLUMNS)
KIND = "['Köln', 'a, \"b\"', 'x'][1 + (i % 3)::INTEGER]"


def table(at: str = PLAIN, kind: str = KIND, rows: int = 300) -> str:
    return ROWS.format(at=at, kind=kind, rows=rows)


def written(image: Image, folder: Path, select: str, how: str = "FORMAT parquet") -> bytes:
    path = folder / "written"
    image.value("sql", statements=["SET TimeZone = 'Asia/Kolkata'", f"COPY ({select}) TO '{path}' ({how})"])
    return path.read_bytes()


def matrices(job: Job) -> dict[str, bytes]:
    """All outputs but the report and the holdout's texts."""
    return {name: body for name, body in contents(job.output).items() if not name.endswith(("prepare.json", ".csv"))}


@pytest.mark.parametrize("time", [next(iter(TIMES)), *of_the_stories(*list(TIMES)[1:])])
@pytest.mark.parametrize(
    "how",
    ["FORMAT parquet", "FORMAT parquet, CODEC zstd, ROW_GROUP_SIZE 2048", *of_the_proof("FORMAT parquet, CODEC gzip")],
)
def test_the_same_table_gives_the_same_matrices(make: Make, image: Image, tmp_path: Path, time: str, how: str) -> None:
    text = make({"a.csv": written(image, tmp_path, table(), "FORMAT csv")}, SPEC, name="text")
    kind = f"({KIND})::ENUM('Köln', 'a, \"b\"', 'x')" if "zstd" in how else KIND
    typed = make({"a.parquet": written(image, tmp_path, table(TIMES[time], kind), how)}, SPEC, name="typed")
    report = typed.prepare()
    assert (report["counts"], report["reason"]) == ((found := text.prepare())["counts"], found["reason"])
    assert report["counts"]["bad_rows"] == 0
    assert matrices(text) == matrices(typed)
    same = [
        [row | {"at": "", "born": ""} for row in read_csv(job.output / "holdout/holdout.csv")] for job in (text, typed)
    ]
    assert same[0] == same[1]


def test_arrival_reads_what_the_engine_writes(image: Image, tmp_path: Path) -> None:
    body = written(image, tmp_path, f"SELECT *, [1, 2] AS list, 1 AS more FROM ({table()})")
    verdict = inspect(body, size=len(body), model="small", spec=SPEC, now=ARRIVED, end=body)
    assert (verdict.accepted, verdict.rows, verdict.rows_exact) == (True, 300, False)
    assert verdict.reason.endswith("columns not declared and ignored: list, more")
    assert parquet.footer(body, len(body)).nested == {"list"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param("[n] AS n", "n hold lists or structures", id="list"),
        pytest.param("{'n': n} AS n", "n hold lists or structures", id="struct"),
        pytest.param("MAP {'n': n} AS n", "n hold lists or structures", id="map"),
        pytest.param("INTERVAL (n) DAY AS n", 'n is "', id="interval"),
        pytest.param("TIME '12:00:00' AS n", 'n is "12:00:00"; allowed: a whole number', id="time of day"),
        pytest.param("'\\xFF\\xAA'::BLOB AS n", "is not valid UTF8", id="bytes that are no text"),
        pytest.param("DATE '0004-01-01' AS \"at\"", 'at is "0004-01-01"; allowed: a time', id="before all times"),
        pytest.param("'infinity'::TIMESTAMP AS \"at\"", 'at is "infinity"; allowed: a time', id="no end of time"),
        pytest.param("'infinity'::TIMESTAMPTZ AS \"at\"", 'at is "infinity"', id="no end of time, with a zone"),
        pytest.param("y > 0 AS y", 'y is "true"; allowed: 0 or 1 (or set data.positive)', id="label is a boolean"),
        pytest.param("NULL AS id", "id is missing", id="no id"),
    ],
)
def test_what_is_no_value_by_the_rules_is_refused(
    make: Make, image: Image, tmp_path: Path, change: str, says: str
) -> None:
    bad = written(image, tmp_path, f"SELECT * REPLACE ({change}) FROM ({table(rows=100)})")
    good = written(image, tmp_path, table())
    report = make({"bad.parquet": bad, "good.parquet": good}, SPEC).prepare()
    assert says in report["files_refused"]["bad.parquet"]
    assert (report["ready"], report["counts"]["used"]) == (1, 300)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("n::DECIMAL(18, 2) AS n", id="decimal"),
        pytest.param("n::DOUBLE AS n", id="double"),
        pytest.param("n::HUGEINT AS n", id="huge"),
        pytest.param("n::VARCHAR AS n", id="text"),
        pytest.param("n::VARCHAR::BLOB AS n", id="bytes that are a text"),
        pytest.param("y::BOOLEAN::INTEGER::UTINYINT AS y", id="unsigned"),
        pytest.param("kind || chr(0) AS kind", id="NUL"),
    ],
)
def test_types_that_read_as_a_value_do(make: Make, image: Image, tmp_path: Path, change: str) -> None:
    body = written(image, tmp_path, f"SELECT * REPLACE ({change}) FROM ({table()})")
    job = make({"a.parquet": body}, SPEC)
    assert job.prepare()["counts"]["bad_rows"] == 0
    assert b"\0" not in (job.output / "train/encoders.json").read_bytes()


def test_a_bad_row_is_named_by_its_number(make: Make, image: Image, tmp_path: Path) -> None:
    select = f"SELECT * REPLACE (CASE WHEN n = 41 THEN 'many' ELSE n::VARCHAR END AS n) FROM ({table()})"
    job = make({"a.parquet": written(image, tmp_path, select)}, SPEC)
    assert job.prepare()["counts"]["bad_rows"] == 1
    (bad,) = read_csv(job.output / "prepare/bad_rows.csv")
    assert (bad["line"], bad["reason"]) == ("42", 'n is "many"; allowed: a whole number')


def test_names_that_differ_in_their_case_alone_are_two(make: Make, image: Image, tmp_path: Path) -> None:
    """DuckDB knows one of them by another name, and writes none such: its bytes are changed."""
    select = f"SELECT *, 'other' AS kinD2 FROM ({table()})"
    body = written(image, tmp_path, select).replace(b"kinD2", b"Kind ")
    job = make({"a.parquet": body}, SPEC)
    assert job.prepare()["ignored_columns"] == ["Kind"]


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "a byte in a page": lambda body, chance: flipped(body, 4, chance.randrange(4, len(body) // 2)),
    "a page of zeros": lambda body, _: body[:4] + bytes(2000) + body[2004:],
    "a byte of the footer": lambda body, chance: flipped(body, 0, chance.randrange(footer_at(body), len(body) - 8)),
    "the beginning of a page": lambda body, chance: flipped(body, 0, chance.randrange(4, 40)),
    "cut in the middle": lambda body, _: body[: len(body) // 2],
}


def flipped(body: bytes, least: int, place: int) -> bytes:
    place = max(least, place)
    return body[:place] + bytes([body[place] ^ (1 << place % 8)]) + body[place + 1 :]


def footer_at(body: bytes) -> int:
    return len(body) - 8 - int(struct.unpack("<I", body[-8:-4])[0])


@pytest.mark.parametrize("damage", [next(iter(DAMAGES)), *of_the_stories(*list(DAMAGES)[1:])])
def test_a_damaged_file_stops_nothing_else(make: Make, image: Image, tmp_path: Path, damage: str) -> None:
    body, good = written(image, tmp_path, table()), written(image, tmp_path, table(rows=200), "FORMAT csv")
    chance = random.Random(7)
    for number in range(12 if "byte" in damage or "beginning" in damage else 1):
        files = {"bad.parquet": DAMAGES[damage](body, chance), "good.csv": good}
        report = make(files, SPEC, name=f"job{number}").prepare()
        assert report["ready"] == 1
        refused: dict[str, Any] = report["files_refused"]
        assert set(refused) <= {"bad.parquet"}
        assert all(reason and "\n" not in reason and str(tmp_path) not in reason for reason in refused.values())
        if number == 0 and damage in {"a page of zeros", "cut in the middle"}:
            assert refused


def test_an_encrypted_file_is_refused(make: Make, image: Image, tmp_path: Path) -> None:
    key = "PRAGMA add_parquet_key('k', '0123456789112345')"
    path = tmp_path / "secret"
    how = "FORMAT parquet, ENCRYPTION_CONFIG {footer_key: 'k'}"
    image.value("sql", statements=["SET force_mbedtls_unsafe = 'true'", key, f"COPY ({table()}) TO '{path}' ({how})"])
    body = path.read_bytes()
    verdict = inspect(body, size=len(body), model="small", spec=SPEC, now=ARRIVED, end=body)
    assert "encrypted Parquet" in verdict.reason
    report = make({"bad.parquet": body, "good.csv": written(image, tmp_path, table(), "FORMAT csv")}, SPEC).prepare()
    assert "encrypted Parquet" in report["files_refused"]["bad.parquet"]


def test_csv_reads_what_the_engine_wrote(image: Image, tmp_path: Path) -> None:
    """So that the comparisons above compare something."""
    lines = list(csv.reader(io.StringIO(written(image, tmp_path, table(rows=3), "FORMAT csv").decode())))
    assert lines[2][:4] == ["r1", "2026-01-01 00:01:00", lines[2][2], "1000000000000000.1"]
