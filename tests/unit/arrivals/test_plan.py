"""How an object of the inbox is judged: each refusal with its reason, and what is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leeway.arrivals.plan import Verdict, inspect, model_of, shown_key
from leeway.spec import Column, Data, Identity, ModelSpec, Training

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SPEC = ModelSpec(
    model=Identity(name="churn"),
    data=Data(
        id="id",
        label="churned",
        event_time="at",
        columns=(
            Column(name="plan", type="category", values=("month", "year")),
            Column(name="tenure", type="int", min=0),
        ),
    ),
    training=Training(split="time"),
)
HEADER = b"id,at,tenure,plan,churned\n"


def rows(count: int, at: str = "2026-02-01T00:00:00Z") -> bytes:
    return b"".join(b"c%d,%s,%d,month,%d\n" % (n, at.encode(), n % 50, n % 2) for n in range(count))


def judge(body: bytes, *, size: int | None = None) -> Verdict:
    return inspect(body, size=len(body) if size is None else size, model="churn", spec=SPEC, now=NOW)


def test_a_good_file_is_kept_with_its_rows_and_times() -> None:
    verdict = judge(HEADER + rows(10))

    assert (verdict.accepted, verdict.rows, verdict.rows_exact) == (True, 10, True)
    assert verdict.event_from == verdict.event_to == datetime(2026, 2, 1, tzinfo=UTC)


def test_reordered_and_undeclared_columns_are_no_mistake_and_are_named() -> None:
    verdict = judge(b"churned,note,plan,tenure,at,id\n0,hello,year,3,2026-02-01,c1\n")

    assert verdict.accepted
    assert "note" in verdict.reason


def test_a_column_that_may_be_missing_may_be_missing_from_a_file_and_is_named() -> None:
    columns = (*SPEC.data.columns, Column(name="usage", type="float", nullable=True))
    spec = replace(SPEC, data=replace(SPEC.data, columns=columns))
    verdict = inspect(HEADER + rows(10), size=999, model="churn", spec=spec, now=NOW)
    assert verdict.accepted
    assert verdict.reason.endswith("columns that it lacks, read as missing: usage")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "empty", id="empty file"),
        pytest.param(HEADER, "no rows", id="header alone"),
        pytest.param(b"id,at,tenure,churned\n" + b"c,2026-02-01,1,0\n", "lacks plan", id="missing column"),
        pytest.param(b"id,id,at,tenure,plan,churned\n", "id twice", id="a column twice"),
        pytest.param(HEADER + rows(5) + b"c9,2026-02-01,1,month\n", "4 cells", id="ragged row"),
        pytest.param(HEADER + b"c1,2026-02-01,many,month,0\n", "tenure", id="wrong type"),
        pytest.param(HEADER + b"c1,0001-01-01,1,month,0\n", "0001-01-01", id="no time at all"),
        pytest.param(HEADER + b"c1,2026-02-01,-1,month,0\n", "tenure", id="out of range"),
        pytest.param(HEADER + b"c1,2026-02-01,1,weekly,0\n", "plan", id="unknown category"),
        pytest.param(HEADER + b"c1,2026-02-01,1,month,NaN\n", "churned", id="NaN label"),
        pytest.param(HEADER + b",2026-02-01,1,month,0\n", "id", id="no id"),
        pytest.param(HEADER + rows(3, at="2026-03-02T00:00:01Z"), "future", id="event time in the future"),
        pytest.param(HEADER.decode().encode("utf-16"), "UTF-16", id="UTF-16"),
        pytest.param(b"PAR1....", "Parquet", id="Parquet"),
        pytest.param(b"PK\x03\x04....", "allowed: CSV, gzipped CSV or Parquet", id="zip"),
        pytest.param(HEADER + b"c\xff1,2026-02-01,1,month,0\n", "UTF-8", id="not UTF-8"),
    ],
)
def test_a_bad_file_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    verdict = judge(body)

    assert not verdict.accepted
    assert says in verdict.reason


def test_one_bad_row_in_a_hundred_is_left_out_and_two_are_too_many() -> None:
    one = judge(HEADER + rows(99) + b"c,2026-02-01,x,month,0\n")
    two = judge(HEADER + rows(98) + b"c,2026-02-01,x,month,0\n" * 2)

    assert (one.accepted, two.accepted) == (True, False)
    assert "line 101: tenure" in one.reason


def test_of_a_large_file_the_beginning_is_judged_and_the_rows_estimated() -> None:
    body = HEADER + rows(20_000)

    verdict = judge(body[:500_000], size=len(body))

    assert (verdict.accepted, verdict.rows_exact) == (True, False)
    assert abs(verdict.rows - 20_000) < 1_000


def test_one_endless_line_is_refused() -> None:
    assert "no end of line" in judge(b"x" * 1_000, size=2**31).reason


def test_a_tomorrow_within_a_day_is_a_clock_and_no_mistake() -> None:
    assert judge(HEADER + rows(3, at=(NOW + timedelta(hours=23)).isoformat())).accepted


def test_no_model_and_no_folder_are_said() -> None:
    unknown = inspect(b"x", size=1, model="other", spec=None, now=NOW)
    nowhere = inspect(b"x", size=1, model=None, spec=None, now=NOW)

    assert 'no model "other"' in unknown.reason
    assert "inbox/<model>/" in nowhere.reason


@pytest.mark.parametrize(
    ("key", "model"),
    [
        pytest.param("inbox/churn/2026/a.csv", "churn", id="nested"),
        pytest.param("inbox/churn/a b+c=d%.csv", "churn", id="odd letters in the file's name"),
        pytest.param("inbox/churn", None, id="no file"),
        pytest.param("inbox/churn/", None, id="folder"),
        pytest.param("inbox/../../etc/passwd", None, id="traversal"),
        pytest.param("inbox/Churn/a.csv", None, id="capital"),
        pytest.param("inbox/-churn/a.csv", None, id="an option"),
        pytest.param("inbox/2churn/a.csv", None, id="a digit first"),
        pytest.param("labels/churn/a.csv", None, id="another root"),
        pytest.param(f"inbox/{'a' * 31}/a.csv", None, id="too long"),
    ],
)
def test_model_of_a_key(key: str, model: str | None) -> None:
    assert model_of(key) == model


def test_a_key_cannot_forge_a_line_of_the_journal() -> None:
    assert shown_key("inbox/churn/a\n2026 you approved\u202e.csv") == "inbox/churn/a\\n2026 you approved\\u202e.csv"
    assert len(shown_key("k" * 1024)) == 198
