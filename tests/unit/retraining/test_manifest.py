"""What a training looks back on, and that equal content has one name."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.retraining.manifest import File, considered, make
from tests.unit.retraining.values import DAY, HOUR, NOW, file

pytestmark = pytest.mark.unit
WINDOW = 180 * DAY


def trained(*files: File, window: timedelta = WINDOW) -> list[str]:
    return [f.id for f in make("churn", files, [], window).train]


def test_the_window_runs_back_from_the_newest_event_in_the_data() -> None:
    old = file("old", event_to=NOW - 400 * DAY)
    new = file("new", event_to=NOW - 300 * DAY)
    assert trained(old, new, window=100 * DAY) == ["new", "old"]
    assert trained(old, new, window=99 * DAY) == ["new"]


def test_without_event_times_the_arrival_counts() -> None:
    assert trained(file("old", 200 * DAY), file("new", DAY)) == ["new"]


def test_an_event_time_from_the_future_moves_no_window() -> None:
    slip = file("slip", DAY, event_to=NOW + 3650 * DAY)
    assert trained(slip, file("good", DAY, event_to=NOW - 2 * DAY)) == ["good", "slip"]


def test_an_event_time_a_little_ahead_is_a_clock_that_differs() -> None:
    ahead = file("ahead", DAY, event_to=NOW - DAY + HOUR)
    assert trained(ahead, file("old", DAY, event_to=NOW - DAY + HOUR - WINDOW)) == ["ahead", "old"]


def test_what_came_between_two_readings_stays_pending() -> None:
    manifest = make("churn", [file("a"), file("b")], ["b", "late", "a"], WINDOW)
    assert manifest.considered == ("a", "b")


def test_an_old_file_is_considered_and_not_trained_on() -> None:
    manifest = make("churn", [file("old", 400 * DAY), file("new")], ["old", "new"], WINDOW)
    assert [f.id for f in manifest.train] == ["new"]
    assert manifest.considered == ("new", "old")


def test_files_stand_in_the_order_of_arrival_for_the_later_one_counts() -> None:
    assert trained(file("a", HOUR), file("b", DAY), file("c", HOUR)) == ["b", "a", "c"]


def test_files_that_were_accepted_late_stand_where_they_were_written() -> None:
    first, second = "2026-03-02T11:00:00.000000Z#65E2", "2026-03-02T11:00:00.000000Z#65E3"
    written = [file("b", HOUR / 2, dropped=first), file("a", HOUR, dropped=second), file("c", 2 * HOUR)]
    assert trained(*written) == ["c", "b", "a"], "the last one is of a time in which that was not kept"


def test_nothing_accepted_gives_an_empty_manifest() -> None:
    assert make("churn", [], ["a"], WINDOW).train == ()


def test_the_documents() -> None:
    manifest = make("churn", [file("a", event_from=NOW - DAY, event_to=NOW)], ["a"], WINDOW)
    document = json.loads(manifest.document)
    assert document == {
        "model": "churn",
        "train": [
            {
                "id": "a",
                "key": "accepted/churn/a.csv",
                "rows": 1000,
                "bytes": 10000,
                "accepted_at": "2026-03-02T11:59:00+00:00",
                "event_from": "2026-03-01T12:00:00+00:00",
                "event_to": "2026-03-02T12:00:00+00:00",
            }
        ],
        "considered": ["a"],
        "train_rows": 1000,
    }
    assert json.loads(manifest.files("bucket")) == [{"prefix": "s3://bucket/accepted/churn/"}, "a.csv"]
    assert considered(manifest.document) == ["a"]
    assert manifest.folder == f"manifests/churn/{manifest.sha256}"


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(names=NAMES, pending=NAMES, random=st.randoms(use_true_random=False))
def test_equal_content_has_one_name_whatever_the_order_and_the_time(
    names: list[str], pending: list[str], random: object
) -> None:
    files = [file(name) for name in names]
    one, other = make("churn", files, pending, WINDOW), make("churn", files[::-1], pending[::-1], WINDOW)
    assert one.document == other.document
    assert one.files("b") == other.files("b")
    assert set(considered(one.document)) == set(pending) & set(names)


def test_other_content_has_another_name() -> None:
    names = {
        make("churn", [file("a")], ["a"], WINDOW).sha256,
        make("churn", [file("a")], [], WINDOW).sha256,
        make("churn", [file("b")], ["b"], WINDOW).sha256,
        make("churn", [file("a", rows=1)], ["a"], WINDOW).sha256,
        make("other", [file("a")], ["a"], WINDOW).sha256,
    }
    assert len(names) == 5
