"""Gzipped CSV: judged like the CSV that it holds, and unpacked no further than its beginning."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.arrivals.plan import inspect, suffix
from leeway.errors import Rejected
from leeway.gzipped import unpack
from tests.unit.arrivals.test_plan import HEADER, NOW, SPEC, judge, rows

pytestmark = pytest.mark.unit
GOOD = HEADER + rows(10)
SAMPLE = 2**20


def test_it_is_judged_like_the_csv_that_it_holds() -> None:
    assert judge(gzip.compress(GOOD)) == judge(GOOD)
    assert judge(gzip.compress(GOOD) + bytes(512)) == judge(GOOD), "zeros after it, as from a tape"


@pytest.mark.parametrize("cut", [1, 30, len(HEADER), len(GOOD)])
def test_members_follow_each_other_anywhere(cut: int) -> None:
    assert judge(gzip.compress(GOOD[:cut]) + gzip.compress(GOOD[cut:]) + gzip.compress(b"")) == judge(GOOD)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(gzip.compress(GOOD)[:-9], "gzip file that is cut off", id="truncated"),
        pytest.param(gzip.compress(GOOD)[:-1], "gzip file that is cut off", id="the last byte is missing"),
        pytest.param(gzip.compress(GOOD)[:11], "gzip file that is cut off", id="truncated at once"),
        pytest.param(gzip.compress(GOOD) + b"\x1f\x8b", "gzip file that is cut off", id="truncated second member"),
        pytest.param(gzip.compress(GOOD)[:-8] + bytes(8), "damaged gzip", id="wrong checksum"),
        pytest.param(gzip.compress(GOOD) + b"more", "damaged gzip", id="something after it"),
        pytest.param(b"\x1f\x8b....", "damaged gzip", id="two bytes of it alone"),
        pytest.param(gzip.compress(b""), "holds nothing", id="nothing in it"),
        pytest.param(gzip.compress(gzip.compress(GOOD)), "gzipped twice", id="twice"),
        pytest.param(gzip.compress(b"PK\x03\x04"), "is a zip or Excel file", id="a zip in it"),
        pytest.param(gzip.compress(HEADER), "no rows", id="header alone"),
        pytest.param(gzip.compress(HEADER + b"c1,2026-02-01,many,month,0\n"), "line 2: tenure", id="a bad row"),
    ],
)
def test_a_bad_one_is_refused_with_what_is_wrong(body: bytes, says: str) -> None:
    verdict = judge(body)
    assert not verdict.accepted
    assert says in verdict.reason


def test_of_a_large_one_the_beginning_is_judged_and_the_rows_estimated_by_its_ratio() -> None:
    body = gzip.compress(HEADER + rows(400_000), compresslevel=1)
    assert len(body) > SAMPLE
    verdict = judge(body[:SAMPLE], size=len(body))
    assert (verdict.accepted, verdict.rows_exact) == (True, False)
    assert abs(verdict.rows - 400_000) < 40_000


def test_one_that_is_small_itself_and_large_unpacked_is_estimated_too() -> None:
    verdict = judge(gzip.compress(HEADER + rows(100_000)))
    assert (verdict.accepted, verdict.rows_exact) == (True, False)
    assert abs(verdict.rows - 100_000) < 10_000


def unpack_quietly(body: bytes, *, whole: bool) -> None:
    with suppress(Rejected):
        assert len(unpack(body, whole=whole, most=SAMPLE).body) <= SAMPLE


@pytest.mark.parametrize("byte", [b"\0", b"\n", b"c,2026-02-01,1,month,0\n"])
def test_a_bomb_costs_what_its_beginning_costs(byte: bytes) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = (
        packer.compress(HEADER)
        + b"".join(packer.compress(byte * (2**24 // len(byte))) for _ in range(4))
        + packer.flush()
    )
    sample = bomb[:SAMPLE]
    started = time.process_time()
    verdict = judge(sample, size=len(bomb))
    assert time.process_time() - started < 1
    tracemalloc.start()
    unpack_quietly(sample, whole=len(sample) == len(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20
    if len(byte) == 1:
        assert not verdict.accepted
        assert "over 500 times as large" in verdict.reason


def test_fifty_thousand_members_are_no_bomb_either() -> None:
    started = time.process_time()
    assert "holds nothing" in judge((gzip.compress(b"") + b"\0") * (SAMPLE // 21)).reason
    assert time.process_time() - started < 1


def test_the_beginning_of_one_is_no_truncated_one() -> None:
    packed = gzip.compress(GOOD)
    found = unpack(packed[:60], whole=False, most=SAMPLE)
    assert not found.whole
    assert GOOD.startswith(found.body)


@given(body=st.binary(max_size=300), cut=st.integers(0, 300), most=st.integers(1, 400))
def test_what_is_unpacked_is_what_was_packed(body: bytes, cut: int, most: int) -> None:
    packed = gzip.compress(body[:cut]) + gzip.compress(body[cut:])
    found = unpack(packed, whole=True, most=most)
    assert found.body == body[:most]
    assert found.whole == (len(body) <= most)


@given(head=st.sampled_from([b"", b"\x1f\x8b", gzip.compress(GOOD)[:20], gzip.compress(GOOD)]), rest=st.binary())
def test_any_bytes_are_judged(head: bytes, rest: bytes) -> None:
    for whole in (True, False):
        unpack_quietly(head + rest, whole=whole)
        body = b"\x1f\x8b" + head + rest
        assert inspect(body, size=len(body) + (not whole), model="churn", spec=SPEC, now=NOW).reason


def test_a_copy_is_called_after_what_it_is() -> None:
    assert [suffix(gzip.compress(GOOD)), suffix(GOOD), suffix(b"")] == [".csv.gz", ".csv", ".csv"]
