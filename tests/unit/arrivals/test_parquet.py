"""A Parquet file is judged by its footer: columns like a header, rows as it tells them; any bytes give an answer."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leeway import parquet
from leeway.arrivals.plan import Verdict, inspect, suffix
from leeway.errors import Rejected
from leeway.spec import Column
from leeway.thrift import DEEPEST, Thrift
from tests.unit.arrivals import footers
from tests.unit.arrivals.test_plan import NOW, SPEC

pytestmark = pytest.mark.unit
NAMES = ("id", "at", "tenure", "plan", "churned")
COLUMNS = [footers.column(name) for name in NAMES]
GOOD = footers.metadata(COLUMNS)


def judge(body: bytes, *, size: int | None = None) -> Verdict:
    return inspect(body, size=size or len(body), model="churn", spec=SPEC, now=NOW, end=body)


def judge_footer(footer: bytes) -> Verdict:
    return judge(footers.file(footer))


def test_a_good_one_is_kept_with_the_rows_that_it_tells() -> None:
    verdict = judge_footer(GOOD)
    assert (verdict.accepted, verdict.rows, verdict.rows_exact) == (True, 5, False)
    assert verdict.reason == "5 rows of Parquet, checked when a training reads them"
    assert suffix(footers.file(GOOD)) == ".parquet"


def test_what_more_there_is_is_named_and_what_may_lack_too() -> None:
    usage = Column(name="usage", type="float", nullable=True)
    spec = replace(SPEC, data=replace(SPEC.data, columns=(*SPEC.data.columns, usage)))
    nested = [footers.group("basket", 1), footers.group("list", 1), footers.column("element"), footers.column("note")]
    body = footers.file(footers.metadata([*COLUMNS, *nested], top=7))
    verdict = inspect(body, size=len(body), model="churn", spec=spec, now=NOW, end=body)
    assert verdict.accepted
    assert "not declared and ignored: basket, note; columns that it lacks, read as missing: usage" in verdict.reason


@pytest.mark.parametrize(
    ("footer", "says"),
    [
        pytest.param(footers.metadata(COLUMNS[:4]), 'lacks churned; it is: "id,at,tenure,plan"', id="missing"),
        pytest.param(footers.metadata([*COLUMNS, COLUMNS[0]]), "names id twice", id="twice"),
        pytest.param(
            footers.metadata([*COLUMNS[:4], footers.group("churned", 1), COLUMNS[4]], top=5),
            "churned hold lists or structures; allowed: columns of one value a row",
            id="structure",
        ),
        pytest.param(
            footers.metadata([*COLUMNS[:4], footers.column("churned", repeated=True)]), "churned hold lists", id="list"
        ),
        pytest.param(footers.metadata(COLUMNS, rows=0), "has columns and no rows", id="no rows"),
        pytest.param(footers.metadata(COLUMNS, rows=-1), "tells no columns and rows", id="fewer than none"),
        pytest.param(footers.metadata(COLUMNS, rows=2**62), "tells no columns and rows", id="more than the world has"),
        pytest.param(footers.metadata(COLUMNS, top=9), "make no sense", id="more columns than there are"),
        pytest.param(footers.metadata(COLUMNS, top=2), "make no sense", id="fewer columns than there are"),
        pytest.param(footers.metadata(COLUMNS, top=-1), "make no sense", id="less than none"),
        pytest.param(footers.metadata([footers.group("id", 2**30)]), "make no sense", id="a billion children"),
        pytest.param(footers.metadata([footers.column(b"\xff")]), "not UTF-8", id="name is no text"),
        pytest.param(footers.metadata([COLUMNS[0]] * 20_001), "up to 20,000", id="too many columns"),
        pytest.param(footers.struct_of((3, footers.I64, footers.integer(5))), "tells no columns", id="rows alone"),
        pytest.param(footers.metadata(COLUMNS, more=[(8, footers.STRUCT, b"\0")]), "encrypted Parquet", id="columns"),
        pytest.param(GOOD[:40], "ends too early", id="cut"),
        pytest.param(b"\0", "tells no columns", id="nothing"),
        pytest.param(b"\x1c" * 500, "nested too deeply", id="structures in structures"),
        pytest.param(b"\x19" * 500, "nested too deeply", id="lists in lists"),
        pytest.param(b"\x19\xf1" + footers.varint(2**40), "longer than the file", id="a list of a trillion"),
        pytest.param(b"\x16" + b"\xff" * 30, "a number is too long", id="an endless number"),
        pytest.param(b"\x1e", "there is no type 14", id="no such type"),
    ],
)
def test_a_footer_that_makes_no_table_is_refused(footer: bytes, says: str) -> None:
    verdict = judge_footer(footer)
    assert not verdict.accepted
    assert says in verdict.reason


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"PAR1", "length of its footer makes no sense", id="four bytes"),
        pytest.param(b"PAR1PAR1", "length of its footer makes no sense", id="magic alone"),
        pytest.param(footers.file(GOOD)[:-1], "cut off; upload it again", id="cut"),
        pytest.param(footers.file(GOOD, b"PARE"), "encrypted Parquet", id="encrypted"),
        pytest.param(b"PARE" + footers.file(GOOD, b"PARE"), "encrypted Parquet", id="encrypted at both ends"),
        pytest.param(footers.file(GOOD, length=0), "makes no sense", id="no footer"),
        pytest.param(footers.file(GOOD, length=len(GOOD) + 25), "makes no sense", id="longer than the file"),
        pytest.param(footers.file(GOOD, length=2**32 - 1), "makes no sense", id="four gigabytes"),
    ],
)
def test_ends_that_make_no_sense(body: bytes, says: str) -> None:
    verdict = judge(body)
    assert not verdict.accepted
    assert says in verdict.reason


def test_a_footer_that_no_function_should_hold_is_refused() -> None:
    end = footers.file(GOOD, length=2**24 + 1)
    assert "over 16,777,216 bytes; write it in larger row groups" in judge(end, size=2**40).reason
    assert parquet.end_length(end, 2**40) == 8


def test_of_a_large_file_its_end_is_enough() -> None:
    body, size = footers.file(GOOD), 2**40
    length = parquet.end_length(body[-8:], size)
    assert length == len(GOOD) + 8
    verdict = inspect(b"PAR1" + bytes(99), size=size, model="churn", spec=SPEC, now=NOW, end=body[-length:])
    assert verdict.accepted


def test_a_large_footer_is_read_as_far_as_it_tells_rows_and_columns() -> None:
    junk = [(n, footers.BINARY, footers.binary(bytes(1000))) for n in range(20, 500)]
    assert judge_footer(footers.metadata(COLUMNS, more=junk)).accepted


def test_a_footer_of_many_values_takes_no_second() -> None:
    many = footers.listed(3, [b"\1"] * (15 * 2**20))
    started = time.process_time()
    verdict = judge_footer(footers.struct_of((1, footers.LIST, many)) + GOOD)
    assert "holds too many values" in verdict.reason
    assert time.process_time() - started < 1.5


@given(footer=st.binary(max_size=200), before=st.integers(0, len(GOOD)))
@example(footer=b"\x1b\x01\xcc", before=0)
@example(footer=b"\0", before=len(GOOD) - 1)
def test_any_footer_is_judged(footer: bytes, before: int) -> None:
    verdict = judge_footer(GOOD[:before] + footer)
    assert verdict.reason
    assert "\n" not in verdict.reason


@given(body=st.binary(max_size=60), size=st.integers(1, 2**50))
def test_any_end_is_judged(body: bytes, size: int) -> None:
    for whole in (b"PAR1" + body, b"PARE" + body, b"PAR1" + body + b"PAR1"):
        assert judge(whole).reason
        assert judge(whole, size=size).reason
        assert 8 <= parquet.end_length(whole, size) <= 2**24 + 8


@given(st.binary(max_size=400), st.integers(0, 15))
def test_any_bytes_are_skipped_or_refused(body: bytes, kind: int) -> None:
    with suppress(Rejected):
        Thrift(body).skip(kind)


def test_values_as_deep_as_they_may_be() -> None:
    Thrift(b"\x1c" * DEEPEST + b"\0" * (DEEPEST + 1)).skip(footers.STRUCT)
