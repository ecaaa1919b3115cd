"""Slices of cohorts, when they are ripe, and which label folders are theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.experiment.assignment import Arm, Assignment
from leeway.outcomes.plan import ARRIVAL, HOUR, Slice, folders, in_an_hour, ripe, slices

pytestmark = pytest.mark.unit
DAY = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = timedelta(hours=2)
MINUTE = timedelta(minutes=1)


def epoch(number: int, begin: datetime, end: datetime | None, *, challenger: bool = True) -> Assignment:
    arm = Arm(version=2, endpoint="e", slot="b") if challenger else None
    champion = Arm(version=1, endpoint="e", slot="a")
    return Assignment(
        experiment="churn-2", epoch=number, champion=champion, challenger=arm, share=10, begin=begin, end=end
    )


def spans(found: list[Slice]) -> list[tuple[int, str, str]]:
    return [(piece.assignment.epoch, f"{piece.begin:%H:%M}", f"{piece.end:%H:%M}") for piece in found]


def test_hours_are_cut_where_an_epoch_begins_or_ends() -> None:
    first = epoch(1, DAY + 20 * MINUTE, DAY + HOUR + 40 * MINUTE)
    second = epoch(2, DAY + HOUR + 45 * MINUTE, None)
    assert spans(slices([second, first], None, DAY + 12 * HOUR, WINDOW))[:4] == [
        (1, "00:20", "01:00"), (1, "01:00", "01:40"), (2, "01:45", "02:00"), (2, "02:00", "03:00"),
    ]  # fmt: skip


def test_a_slice_is_ripe_once_its_last_label_folder_is_over_and_has_come() -> None:
    open_epoch = epoch(1, DAY, None)
    due = DAY + HOUR + WINDOW + ARRIVAL
    assert slices([open_epoch], None, due - timedelta(microseconds=1), WINDOW) == []
    assert spans(slices([open_epoch], None, due, WINDOW)) == [(1, "00:00", "01:00")]
    assert ripe(DAY + 30 * MINUTE, WINDOW) == DAY + 3 * HOUR + ARRIVAL
    assert folders("churn", DAY + 20 * MINUTE, DAY + 30 * MINUTE, WINDOW) == (
        "labels/churn/2026/03/02/00/", "labels/churn/2026/03/02/03/",
    )  # fmt: skip


def test_what_is_counted_is_not_counted_again() -> None:
    epochs = [epoch(1, DAY, DAY + 90 * MINUTE), epoch(2, DAY + 2 * HOUR, None)]
    everything = slices(epochs, None, DAY + 12 * HOUR, WINDOW)
    for number, piece in enumerate(everything, 1):
        assert slices(epochs, piece.end, DAY + 12 * HOUR, WINDOW) == everything[number:]


def test_without_a_challenger_nobody_is_compared() -> None:
    assert slices([epoch(1, DAY, None, challenger=False)], None, DAY + 12 * HOUR, WINDOW) == []


@given(
    begins=st.lists(st.integers(0, 600), min_size=2, max_size=8, unique=True), now=st.integers(0, 1000),
    window=st.integers(0, 300),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_ripe_slices_are_whole_apart_and_of_one_hour(begins: list[int], now: int, window: int) -> None:
    """Together they are the epochs, up to where they are ripe, whatever the times."""
    times = [DAY + minute * MINUTE for minute in sorted(begins)]
    epochs = [epoch(n, *pair) for n, pair in enumerate(pairwise(times))]
    epochs[-1] = replace(epochs[-1], end=None)
    moment, span = DAY + now * MINUTE, window * MINUTE
    known = [one for one in epochs if one.begin <= moment]
    known = [replace(one, end=None if one.end and one.end > moment else one.end) for one in known]
    found = slices(known, None, moment, span)
    assert all(one.end <= two.begin for one, two in pairwise(found))
    assert all(piece.begin < piece.end <= piece.begin.replace(minute=0, second=0) + HOUR for piece in found)
    assert all(ripe(piece.end, span) <= moment for piece in found)
    for one in known:
        mine = [piece for piece in found if piece.assignment is one]
        assert sum((piece.end - piece.begin for piece in mine), timedelta()) == (
            mine[-1].end - one.begin if mine else timedelta()
        )
        if one.end is not None and ripe(one.end, span) <= moment:
            assert mine
            assert mine[-1].end == one.end


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("labels/churn/2026/03/02/03/x.jsonl", True), ("labels/churn/2026/03/02/03/deep/x.csv", True),
        ("labels/churn/2026/03/02/x.csv", False), ("labels/churn/2026/03/02/3/x.csv", False),
        ("labels/churn/2026/03/02/03/", False),
    ],
)  # fmt: skip
def test_labels_lie_in_the_folder_of_an_hour(key: str, good: bool) -> None:
    assert in_an_hour(key) is good
