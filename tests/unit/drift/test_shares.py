"""Shares of an hour merge: however its files are dealt, ordered and grouped, they come to the count of all at once."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.drift.reference import reference
from leeway.drift.shares import Counted, count
from leeway.drift.windows import Window
from tests.local.onboarding import spec
from tests.local.watched import BASELINE, EVALUATION

pytestmark = pytest.mark.unit
HOUR = datetime(2026, 3, 2, 3, tzinfo=UTC)
BETWEEN = (HOUR, HOUR + timedelta(hours=1))
SPEC = spec()
VERSUS = reference(BASELINE, EVALUATION, [column.name for column in SPEC.data.columns])
ROWS = st.sampled_from(["month,5", "year,49", "year,12\nmonth,13", "week,5", "month", "", '"month",5', "month,1e3"])
RECORDS = st.lists(st.tuples(ROWS, st.sampled_from(["0.1", "0.5", "0.1\n0.9", "none", ""]), st.sampled_from("234")))
LINES = st.sampled_from(["{", "{}", "no record"])


def line(record: tuple[str, str, str]) -> str:
    asked, answered, hour = record
    halves = {"endpointInput": asked, "endpointOutput": answered}
    kept = {name: {"observedContentType": "text/csv", "data": text, "encoding": "CSV"} for name, text in halves.items()}
    return json.dumps({"captureData": kept, "eventMetadata": {"inferenceTime": f"2026-03-02T0{hour}:21:48Z"}})


def counted(numbers: Sequence[int], files: Sequence[str]) -> Counted:
    """Some of the files, counted at once."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.jsonl" for number in numbers]
        for number, path in zip(numbers, paths, strict=True):
            path.write_text(files[number])
        window = count(paths, SPEC, VERSUS, BETWEEN, folder=folder, memory="200MB")
    return Counted(files=frozenset(map(str, numbers)), window=window)


def moments(window: Window) -> dict[str, Any]:
    return {name: pytest.approx(found.to_json(), rel=1e-9, abs=1e-9) for name, found in window.moments.items()}


@pytest.mark.story
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(RECORDS, st.lists(LINES, max_size=2)), min_size=1, max_size=6), st.randoms())
def test_shares_come_to_the_whole(hour: list[tuple[list[Any], list[str]]], chance: random.Random) -> None:
    files = ["".join(f"{one}\n" for one in [*map(line, records), *bad]) for records, bad in hour]
    numbers = list(range(len(files)))
    whole = counted(numbers, files)
    chance.shuffle(numbers)
    cuts = sorted(chance.choices(range(len(files) + 1), k=3))
    shares = [counted(numbers[first:last], files) for first, last in zip([0, *cuts], [*cuts, None], strict=True)]
    one, two, three, four = (Counted.from_json(json.loads(json.dumps(share.to_json()))) for share in shares)

    for merged in (
        reduce(Counted.merge, (one, two, three, four)),
        reduce(Counted.merge, (four, three, two, one)),
        one.merge(two).merge(three.merge(four)),
        one.merge(two.merge(three.merge(four))).merge(Counted()),
    ):
        assert merged == whole
        assert moments(merged.window) == {name: found.to_json() for name, found in whole.window.moments.items()}
        told, expected = ({**each.window.to_json(), "moments": None} for each in (merged, whole))
        assert json.dumps(told) == json.dumps(expected), "the same bytes, the order of names among them"


def test_no_file_counts_twice() -> None:
    one = Counted(files=frozenset({"a", "b"}))
    with pytest.raises(ValueError, match="1 files were counted twice"):
        one.merge(Counted(files=frozenset({"b", "c"})))


def test_why_files_could_not_be_counted_is_kept() -> None:
    whole, failed = Counted(files=frozenset({"a"})), Counted(files=frozenset({"b"}), failed="the job was stopped")
    assert whole.merge(failed) == failed.merge(whole)
    assert Counted.from_json(whole.merge(failed).to_json()).failed == "the job was stopped"


def test_what_an_older_leeway_kept_names_no_file_of_the_hour() -> None:
    digest = "0" * 64
    assert Counted.from_json({"files": digest, "window": Window().to_json()}).files == {digest}
