"""What is counted of an experiment, and when: each minute once, and only those that belong to the epoch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leeway.experiment.assignment import Arm, Assignment
from leeway.experiment.evidence import Cohort, Evidence
from leeway.experiment.ratio import Epoch
from leeway.experiment.rule import Standing, judge
from leeway.outcomes.plan import Slice
from leeway.rollout.challenge.standing import (
    LATE,
    LATER,
    LONGEST,
    SOON,
    WATCHED,
    Tally,
    course,
    next_cohorts,
    pace,
    spans,
)
from leeway.spec import Rollout

pytestmark = pytest.mark.unit
MINUTE = timedelta(minutes=1)
BEGIN = datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC)
EPOCH = Assignment(
    experiment="x", epoch=1, champion=Arm(version=1, endpoint="e", slot="a"), challenger=None, share=10, begin=BEGIN
)
FIRST = BEGIN.replace(second=0) + MINUTE  # the first minute that is wholly the epoch's


def minutes(count: int, **values: float) -> dict[datetime, dict[str, float]]:
    return {FIRST + number * MINUTE: dict(values) for number in range(count)}


def span(tally: Tally, epoch: Assignment, now: datetime) -> tuple[datetime, datetime] | None:
    """Of one epoch."""
    found = spans(tally, [epoch], now)
    return found[0][1:] if found else None


def test_the_first_minute_is_the_first_whole_one() -> None:
    assert span(Tally(), EPOCH, FIRST + LATE) is None
    assert span(Tally(), EPOCH, FIRST + LATE + MINUTE) == (FIRST, FIRST + MINUTE)
    whole = FIRST - MINUTE
    assert span(Tally(), replace(EPOCH, begin=whole), whole + LATE + MINUTE) == (whole, whole + MINUTE)


def test_a_minute_is_counted_once() -> None:
    counted = Tally(counted=FIRST + 5 * MINUTE)
    assert span(counted, EPOCH, FIRST + LATE + 5 * MINUTE) is None
    assert span(counted, EPOCH, FIRST + LATE + 7 * MINUTE) == (FIRST + 5 * MINUTE, FIRST + 7 * MINUTE)


def test_the_last_minutes_of_the_epoch_before_are_counted_once_they_have_metrics() -> None:
    """And neither those of the change between the two nor any of them again."""
    ended = replace(EPOCH, epoch=0, begin=BEGIN - timedelta(hours=1), end=BEGIN - 2 * MINUTE)
    end = FIRST - 3 * MINUTE  # of its last whole minute
    counted = Tally(counted=end - 4 * MINUTE)
    assert spans(counted, [ended, EPOCH], FIRST) == [(ended, end - 4 * MINUTE, end)]
    assert spans(counted, [ended, EPOCH], end) == [(ended, end - 4 * MINUTE, end - LATE)]
    both = spans(counted, [ended, EPOCH], FIRST + LATE + MINUTE)
    assert both == [(ended, end - 4 * MINUTE, end), (EPOCH, FIRST, FIRST + MINUTE)]
    assert spans(Tally(counted=end), [ended, EPOCH], FIRST + LATE) == []


def test_minutes_of_another_stage_expose_nobody_in_this_one() -> None:
    champion, challenger = minutes(2, requests=540, errors=1), minutes(2, requests=60, errors=9)
    found = Tally(exposed=5).add(champion, challenger, FIRST, exposes=False)
    assert found.exposed == 5
    assert found.guards.errors() == Tally().add(champion, challenger, FIRST).guards.errors() > 1


def test_one_look_counts_a_day_at_most() -> None:
    assert span(Tally(), EPOCH, FIRST + timedelta(days=9)) == (FIRST, FIRST + LONGEST)


def test_minutes_add_up_in_any_parts() -> None:
    champion, challenger = minutes(6, requests=540, errors=1, latency=900.0), minutes(6, requests=60, errors=3)
    whole = Tally().add(champion, challenger, FIRST + 6 * MINUTE)
    parts = Tally()
    for at in champion:
        parts = parts.add({at: champion[at]}, {at: challenger[at]}, at + MINUTE)
    assert parts.guards.errors() == pytest.approx(whole.guards.errors())
    assert (parts.exposed, parts.counted) == (whole.exposed, whole.counted) == (360, FIRST + 6 * MINUTE)
    assert whole.guards.errors() > 1


def test_a_minute_without_traffic_of_one_arm_is_no_error() -> None:
    found = Tally().add(minutes(2, requests=10), {}, FIRST)
    assert (found.exposed, found.guards.errors()) == (0, 1.0)


def test_it_is_kept_and_read_again() -> None:
    found = Tally().add(minutes(3, requests=50, errors=1), minutes(3, requests=50, latency=1.5), FIRST)
    assert Tally.from_item(found.to_item()) == found
    assert Tally.from_item(None) == Tally()


SURE = Evidence.of(
    [Cohort(champion=400, champion_successes=80, challenger=400, challenger_successes=160)]
)  # that the challenger is better


def test_a_stage_is_looked_at_more_often_in_its_beginning() -> None:
    assert pace(BEGIN, BEGIN + WATCHED - MINUTE) == SOON
    assert pace(BEGIN, BEGIN + WATCHED) == LATER


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, "step", id="both-are-over"),
        pytest.param({"exposed": 69}, "go-on", id="exposure"),
        pytest.param({"staged": BEGIN + timedelta(hours=3)}, "go-on", id="bake"),
        pytest.param({"now": BEGIN + timedelta(days=3)}, "keep", id="horizon"),
        pytest.param({"stage": 1, "evidence": SURE}, "go-on", id="before-the-cycle"),
        pytest.param({"stage": 1, "evidence": SURE, "now": BEGIN + timedelta(hours=7)}, "promote", id="cycle"),
    ],
)
def test_a_stage_lasts_as_long_as_the_rules_say(changes: dict[str, Any], verdict: str) -> None:
    hours = {name: timedelta(hours=count) for name, count in (("bake", 2), ("cycle", 7), ("horizon", 72))}
    rules = Rollout(strategy="ab", min_exposure=70, **hours)
    values: dict[str, Any] = {
        "now": BEGIN + timedelta(hours=4), "started": BEGIN, "staged": BEGIN, "stage": 0, "exposed": 70,
        "evidence": Evidence.none(),
    }  # fmt: skip
    assert judge(course(rules, (10, 50)), Standing(**{**values, **changes})).verdict == verdict


SLICE = Slice(assignment=replace(EPOCH, share=50), begin=BEGIN, end=BEGIN + timedelta(hours=1))
COHORT = Cohort(champion=400, champion_successes=80, challenger=400, challenger_successes=100)


def test_outcomes_add_up_slice_by_slice() -> None:
    found = Tally().fold(SLICE, COHORT, (500, 510), (450, 460)).fold(SLICE, COHORT, (500, 490), (1, 2))
    assert found.evidence == Evidence.of([COHORT, COHORT])
    assert (found.units, found.labelled, found.sliced) == ((1000, 1000), (451, 462), SLICE.end)
    assert found.epochs == [Epoch(weights=(0.5, 0.5), units=(1000, 1000))]
    assert Tally.from_item(found.to_item()) == found


@pytest.mark.parametrize(
    ("assigned", "labelled", "says"),
    [
        pytest.param((0, 0), (0, 0), "", id="nobody-yet"),
        pytest.param((90, 10), (9, 1), "", id="some-of-both"),
        pytest.param((90, 10), (0, 0), "no label has come within outcome_window for any of 100 units", id="none"),
        pytest.param((90, 10), (9, 0), "labels have come for the champion alone", id="champions-alone"),
        pytest.param((90, 10), (0, 4), "labels have come for the challenger alone", id="challengers-alone"),
    ],
)
def test_what_is_missing_of_the_labels(assigned: tuple[int, int], labelled: tuple[int, int], says: str) -> None:
    nobody = Cohort(champion=0, champion_successes=0, challenger=0, challenger_successes=0)
    assert Tally().fold(SLICE, nobody, assigned, labelled).silence() == says


def test_slices_are_looked_for_after_each_hour() -> None:
    assert next_cohorts(BEGIN) == BEGIN.replace(minute=10, second=0)
    assert next_cohorts(BEGIN.replace(minute=10, second=0)) == BEGIN.replace(hour=13, minute=10, second=0)


def test_a_margin_promotes_what_is_not_worse_at_the_horizon() -> None:
    alike = Cohort(champion=40_000, champion_successes=8_000, challenger=40_000, challenger_successes=8_000)
    tally = Tally().fold(SLICE, alike, (40_000, 40_000), (40_000, 40_000))
    for margin, verdict in ((0.5, "promote"), (None, "keep")):
        rules = Rollout(strategy="ab", margin=margin, horizon=timedelta(days=3))
        at = Standing(
            now=BEGIN + timedelta(days=3), started=BEGIN, staged=BEGIN, stage=0, exposed=0, evidence=tally.evidence
        )
        assert judge(course(rules, (50,)), at).verdict == verdict
