"""Which hours the monitor counts, where it cuts them, and when it comes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leeway.drift.plan import ARRIVAL, HOUR, LATE, LONGEST, SPREAD, bounds, floor, hours, next_look, settles, watched
from leeway.rollout.observed import Slot

pytestmark = pytest.mark.unit

BEGIN = datetime(2026, 3, 2, 3, 20, tzinfo=UTC)
SLOT = Slot(endpoint="leeway-churn", slot="a", version=1, package="arn", begin=BEGIN)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def test_an_hour_is_counted_once_its_captures_have_come() -> None:
    assert hours(SLOT, None, at(4, 9)) == []
    assert hours(SLOT, None, at(4, 10)) == [at(3)]
    assert hours(SLOT, None, at(6, 30)) == [at(3), at(4), at(5)]


def test_settled_hours_are_not_counted_again() -> None:
    assert hours(SLOT, at(4), at(7, 30)) == [at(5), at(6)]
    assert hours(SLOT, at(6), at(7, 30)) == []
    assert not settles(at(3), at(9, 59))
    assert settles(at(3), at(10))


def test_hours_in_which_another_version_served_are_none_of_its_own() -> None:
    """It was settled up to four o'clock when another one took over; it serves again since twelve."""
    assert hours(replace(SLOT, begin=at(12, 5)), at(4), at(14, 30)) == [at(12), at(13)]


def test_the_last_hour_of_a_version_is_counted_as_soon_as_it_is_over() -> None:
    ended = replace(SLOT, end=at(5, 40))
    assert hours(ended, None, at(5, 45)) == [at(3), at(4)]
    assert hours(ended, None, at(5, 50)) == [at(3), at(4), at(5)]
    assert hours(ended, None, at(9)) == [at(3), at(4), at(5)]
    assert hours(replace(SLOT, end=at(3, 30)), None, at(3, 40)) == [at(3)]


def test_what_was_missed_for_very_long_is_not_made_up_for() -> None:
    found = hours(SLOT, None, BEGIN + timedelta(days=90))
    assert len(found) <= LONGEST
    assert found[-1] == floor(BEGIN + timedelta(days=90)) - HOUR


def test_a_change_of_what_serves_cuts_the_hour() -> None:
    ended = replace(SLOT, end=at(5, 40))
    assert bounds(ended, at(3)) == (BEGIN, at(4))
    assert bounds(ended, at(4)) == (at(4), at(5))
    assert bounds(ended, at(5)) == (at(5), at(5, 40))


def test_what_served_is_watched_until_its_hours_settle() -> None:
    ended = replace(SLOT, end=at(5, 40))
    assert watched([ended, SLOT], at(12, 39)) == [ended, SLOT]
    assert watched([ended, SLOT], at(5, 40) + HOUR + LATE) == [SLOT]


def test_the_next_look_is_at_the_models_own_minute_of_the_next_hour() -> None:
    assert next_look("churn", at(4, 5)) == next_look("churn", at(4))
    for model in ("churn", "bank", "telco"):
        first = next_look(model, at(4))
        assert at(4) + ARRIVAL <= first < at(4) + ARRIVAL + timedelta(seconds=SPREAD)
        assert next_look(model, first) == first + HOUR
    assert len({next_look(f"m{n}", at(4)) for n in range(50)}) > 40
