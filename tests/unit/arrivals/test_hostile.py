"""Data that want to do harm: judged in a second, with a reason that fits into the table and a line of the journal."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from dataclasses import replace

import pytest

from leeway.arrivals.plan import LONGEST_REASON, inspect, model_of
from leeway.spec import Column
from tests.unit.arrivals import footers
from tests.unit.arrivals.test_plan import HEADER, NOW, SPEC, judge, rows

pytestmark = pytest.mark.unit
SAMPLE = 2**20
ROW = b"c1,2026-02-01,1,month,0\n"


def wide(count: int, **more: bool) -> list[Column]:
    return [Column(name=f"column_{n:05}" + "x" * 100, type="float", **more) for n in range(count)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(HEADER + b"=HYPERLINK(1),2026-02-01,=1+1,month,0\n", 'tenure is "=1+1"; allowed', id="formula"),
        pytest.param(HEADER + b"c1,2026-02-01,1,=HYPERLINK(1),0\n", "allowed: one of month, year", id="category"),
        pytest.param(HEADER + b"c1,2026-02-01,inf,month,0\n", 'tenure is "inf"', id="Inf"),
        pytest.param(HEADER + b"c1,2026-02-01,1e309,month,0\n", 'tenure is "1e309"', id="1e309"),
        pytest.param(HEADER + b"c1,2026-02-01,1,mon\0th,0\n", "plan is", id="NUL"),
        pytest.param(HEADER + b"c1,\xe2\x80\xae2026-02-01,1,month,0\n", r"at is \"\u202e2026"[:6], id="override"),
        pytest.param(b"c1,2026-02-01,1,month,0\n" * 3, "the header lacks id, at, churned", id="no header"),
        pytest.param(b"\0" * 300, "the header lacks", id="zeros"),
        pytest.param(b"\n" * 3000, "is empty", id="nothing but line ends"),
        pytest.param(HEADER + b'"' + ROW * 50, "not CSV", id="an open quote"),
        pytest.param(HEADER + b"c" * 200_000 + ROW, "field larger than field limit", id="a long cell"),
    ],
)
def test_a_hostile_file_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    verdict = judge(body)
    assert not verdict.accepted
    assert says in verdict.reason
    assert verdict.reason.isprintable()


@pytest.mark.parametrize("beginning", [b"", HEADER, b"\xef\xbb\xbf" + HEADER + b'"'])
def test_one_line_of_two_gigabytes_is_judged_by_its_beginning(beginning: bytes) -> None:
    body = (beginning + b"x" * SAMPLE)[:SAMPLE]
    verdict = judge(body, size=2**31)
    assert not verdict.accepted
    assert "no end of line" in verdict.reason
    packed = gzip.compress(beginning + bytes(range(32, 127)) * 2**17)
    assert "no end of line" in judge(packed).reason


def test_a_byte_order_mark_and_a_column_of_any_name_are_no_mistake() -> None:
    names = b"__class__,__init__,constructor,"
    verdict = judge(b"\xef\xbb\xbf" + names + HEADER + b"1,2,3," + ROW)
    assert verdict.accepted
    assert "ignored: __class__, __init__, constructor" in verdict.reason
    columns = (*SPEC.data.columns, Column(name="__class__", type="category"))
    spec = replace(SPEC, data=replace(SPEC.data, columns=columns))
    body = b"__class__," + HEADER + b"a," + ROW
    assert inspect(body, size=len(body), model="churn", spec=spec, now=NOW).accepted


def test_names_in_a_header_cannot_forge_a_line_of_the_journal() -> None:
    verdict = judge('"\u202eevil","a\x1b[31m\x85b",'.encode() + HEADER + b"1,2," + ROW)
    assert verdict.accepted
    assert verdict.reason.isprintable()
    assert r"\u202eevil, a\x1b[31m\x85b" in verdict.reason


def test_ten_thousand_columns_that_nobody_declared_are_counted_and_not_all_named() -> None:
    names = [column.name.encode() for column in wide(10_000)]
    body = b",".join(names) + b"," + HEADER + b"," * 10_000 + ROW
    verdict = judge(body)
    assert verdict.accepted
    assert "and 9,980 more" in verdict.reason
    assert len(verdict.reason) <= LONGEST_REASON
    parquet = footers.file(footers.metadata([footers.column(name) for name in (*names, *HEADER.strip().split(b","))]))
    assert "and 9,980 more" in inspect(parquet, size=9**9, model="churn", spec=SPEC, now=NOW, end=parquet).reason


@pytest.mark.parametrize("nullable", [True, False])
def test_two_thousand_columns_that_a_file_lacks_are_too(nullable: bool) -> None:
    """A reason goes into an item of the table (400 KB) and into an event (256 KB)."""
    spec = replace(SPEC, data=replace(SPEC.data, columns=(*SPEC.data.columns, *wide(2000, nullable=nullable))))
    body = HEADER + rows(10)
    verdict = inspect(body, size=len(body), model="churn", spec=spec, now=NOW)
    assert verdict.accepted == nullable
    assert "and 1,980 more" in verdict.reason
    assert len(verdict.reason) <= LONGEST_REASON


def test_a_thousand_long_categories_do_not_fill_the_journal() -> None:
    plan = Column(name="plan", type="category", values=tuple(f"{n:0200}" for n in range(1000)))
    spec = replace(SPEC, data=replace(SPEC.data, columns=(plan,)))
    body = HEADER + ROW * 30
    verdict = inspect(body, size=len(body), model="churn", spec=spec, now=NOW)
    assert len(verdict.reason) <= LONGEST_REASON
    assert sum(map(len, verdict.details)) < 100_000


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"," * SAMPLE, id="a million empty names"),
        pytest.param(b",".join(b"%x" % n for n in range(190_000)), id="many names"),
        pytest.param(HEADER + b"," * SAMPLE, id="a million cells"),
        pytest.param(HEADER + b"\n" * SAMPLE, id="a million blank lines"),
        pytest.param(HEADER + b'"\n' * (SAMPLE // 2), id="half a million quotes"),
        pytest.param(HEADER + b"\r" * SAMPLE, id="a million ends of a Mac"),
        pytest.param(HEADER + ROW * (SAMPLE // len(ROW)), id="rows"),
    ],
)
def test_no_megabyte_takes_more_than_a_second_or_much_memory(body: bytes) -> None:
    """With as many declared columns as a specification takes."""
    spec = replace(SPEC, data=replace(SPEC.data, columns=(*SPEC.data.columns, *wide(1998, nullable=True))))
    body = (body + b"\n")[: SAMPLE - 1] + b"\n"
    for wanted in (SPEC, spec) if b"month" not in body else (SPEC,):
        started = time.process_time()
        assert inspect(body, size=2**40, model="churn", spec=wanted, now=NOW).reason
        assert time.process_time() - started < 2
    tracemalloc.start()
    inspect(body, size=2**40, model="churn", spec=SPEC, now=NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 256 * 2**20


@pytest.mark.parametrize(
    ("key", "model"),
    [
        pytest.param("../../etc/passwd", None, id="traversal"),
        pytest.param("inbox/churn/../../etc/passwd", "churn", id="traversal behind the model, a name like any other"),
        pytest.param("inbox/%2e%2e/x.csv", None, id="encoded dots"),
        pytest.param("inbox/;$(curl x)/x.csv", None, id="shell"),
        pytest.param("inbox/\u202echurn/x.csv", None, id="override"),
        pytest.param("inbox/churn\u0308/x.csv", None, id="not ASCII"),
        pytest.param("inbox//x.csv", None, id="no model"),
        pytest.param("accepted/churn/x.csv", None, id="our own output prefix"),
        pytest.param("inbox/accepted/churn/x.csv", "accepted", id="our own output prefix inside"),
        pytest.param("inbox/churn\nx/x.csv", None, id="newline"),
        pytest.param("inbox/" + "é" * 509, None, id="1,024 bytes"),
    ],
)
def test_the_model_of_a_hostile_key(key: str, model: str | None) -> None:
    assert model_of(key) == model
