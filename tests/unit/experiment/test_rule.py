"""What follows from the evidence, in which order, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leeway.experiment.evidence import DOWN, Cohort, Evidence
from leeway.experiment.guardrails import Guards, Minute, Signs
from leeway.experiment.ratio import Epoch, mismatch
from leeway.experiment.rule import Course, Standing, bound_of, judge

pytestmark = pytest.mark.unit

START = datetime(2026, 3, 2, tzinfo=UTC)
COURSE = Course(stages=(10, 25, 50), horizon=timedelta(days=28))
BETTER = Evidence.of([Cohort(champion=5000, champion_successes=500, challenger=5000, challenger_successes=650)])
WORSE = Evidence.of([Cohort(champion=5000, champion_successes=500, challenger=5000, challenger_successes=350)])
ALIKE = Evidence.of([Cohort(champion=20_000, champion_successes=4000, challenger=20_000, challenger_successes=4000)])
FINE = Standing(
    now=START + timedelta(minutes=30), started=START, staged=START, stage=0, exposed=40, evidence=Evidence.none()
)


def broken(minutes: int) -> Guards:
    """An endpoint whose challenger fails in every tenth request."""
    minute = Minute(requests=540, errors=1, latency=20_000), Minute(requests=60, errors=6, latency=20_000)
    return Guards.of([minute] * minutes)


def verdict(course: Course = COURSE, **known: object) -> tuple[str, str]:
    found = judge(course, replace(FINE, **known))  # type: ignore[arg-type]
    assert found.why
    return found.verdict, found.code


def test_at_first_nothing_is_decided() -> None:
    assert verdict() == ("go-on", "undecided")
    assert "40 of 100 units on the challenger at 10 %" in judge(COURSE, FINE).why


def test_a_stage_is_left_after_its_time_and_with_enough_units() -> None:
    later = START + timedelta(hours=2)
    assert verdict(now=later, exposed=100) == ("step", "stage")
    assert verdict(now=later, exposed=99) == ("go-on", "undecided")
    assert verdict(now=START + timedelta(minutes=59), exposed=100) == ("go-on", "undecided")
    assert verdict(now=later, exposed=100, stage=2) == ("go-on", "undecided")
    assert "the challenger gets 25 %" in judge(COURSE, replace(FINE, now=later, exposed=100)).why


def test_a_better_challenger_is_promoted_once_a_day_was_seen() -> None:
    assert verdict(evidence=BETTER) == ("go-on", "cycle")
    assert verdict(evidence=BETTER, now=START + timedelta(hours=24)) == ("promote", "better")


def test_a_worse_one_is_rolled_back_at_once() -> None:
    assert verdict(evidence=WORSE) == ("roll-back", "worse")
    assert "against a bar of 40" in judge(COURSE, replace(FINE, evidence=WORSE)).why


def test_errors_and_latency_roll_back_without_any_outcome() -> None:
    assert verdict(guards=broken(2)) == ("roll-back", "errors")
    assert verdict(guards=Guards(means=Signs(slower=10))) == ("roll-back", "latency")
    assert verdict(guards=Guards(tails=Signs(slower=10))) == ("roll-back", "latency-p99")
    assert verdict(guards=Guards(means=Signs(slower=10, others=10)))[0] == "go-on"


def test_what_is_unknown_promotes_nothing_and_lets_harm_end() -> None:
    late = {"now": START + timedelta(hours=30), "missing": ("no labels since Monday",)}
    assert verdict(evidence=BETTER, **late) == ("hold", "unknown")
    assert "no labels since Monday" in judge(COURSE, replace(FINE, missing=("no labels since Monday",))).why
    assert verdict(evidence=WORSE, **late) == ("roll-back", "worse")


def test_units_that_do_not_come_as_the_weights_say_hold_everything() -> None:
    wrong = (Epoch(weights=(0.5, 0.5), units=(5400, 4600)),)
    late = START + timedelta(hours=30)
    assert verdict(epochs=wrong, evidence=BETTER, now=late) == ("hold", "sample-ratio-mismatch")
    assert verdict(epochs=wrong, now=late, exposed=1000) == ("hold", "sample-ratio-mismatch")
    assert "54.0%/46.0% for 50.0%/50.0%" in judge(COURSE, replace(FINE, epochs=wrong)).why
    assert verdict(epochs=wrong, evidence=WORSE) == ("roll-back", "worse")


def test_at_the_horizon_the_champion_stays() -> None:
    late = START + timedelta(days=28)
    assert verdict(now=late, exposed=10_000) == ("keep", "horizon")
    assert verdict(now=late, evidence=ALIKE, stage=2) == ("keep", "horizon")
    assert verdict(now=late, evidence=BETTER) == ("promote", "better")


def test_at_the_horizon_what_is_unknown_leaves_the_champion_too() -> None:
    found = judge(COURSE, replace(FINE, now=START + COURSE.horizon, missing=("no labels since Monday",)))
    assert (found.verdict, found.code) == ("keep", "horizon")
    assert "no labels since Monday" in found.why
    wrong = (Epoch(weights=(0.5, 0.5), units=(5400, 4600)),)
    assert verdict(epochs=wrong, evidence=BETTER, now=START + COURSE.horizon) == ("keep", "horizon")


def test_with_a_margin_one_that_is_not_worse_takes_over_at_the_horizon() -> None:
    course, late = replace(COURSE, margin=0.15), START + timedelta(days=28)
    assert verdict(course, now=late, evidence=ALIKE) == ("promote", "not-worse")
    assert verdict(course, now=late) == ("keep", "horizon")
    assert verdict(course, evidence=ALIKE)[0] == "go-on"


def test_a_margin_is_never_taken_wider_than_it_was_given() -> None:
    assert bound_of(0.15) in DOWN
    assert -0.15 <= bound_of(0.15) < 0
    with pytest.raises(ValueError, match=r"at least 0\.02"):
        bound_of(0.01)


def test_epochs_multiply_and_fair_ones_say_nothing() -> None:
    fair = Epoch(weights=(0.9, 0.1), units=(9010, 990))
    assert mismatch([fair]) < 1
    assert mismatch([Epoch(weights=(1.0, 0.0), units=(10, 0))]) == pytest.approx(1.0)
    assert mismatch([Epoch(weights=(1.0, 0.0), units=(10, 1))]) == float("inf")
    skewed = Epoch(weights=(0.9, 0.1), units=(8700, 1300))
    assert mismatch([fair, skewed]) == pytest.approx(mismatch([fair]) * mismatch([skewed]))


def test_mismatch_is_worth_one_on_average_where_there_is_none() -> None:
    chances = {x: 10 if x in {2, 3} else {0: 1, 1: 5, 4: 5, 5: 1}[x] for x in range(6)}
    mean = sum(ways / 32 * mismatch([Epoch(weights=(0.5, 0.5), units=(5 - x, x))]) for x, ways in chances.items())
    assert mean == pytest.approx(1.0)


def test_guards_merge() -> None:
    champion = [Minute(requests=500 + n, errors=n, latency=100.0) for n in range(9)]
    challenger = [Minute(requests=120, errors=2, latency=100.0 + 5 * n) for n in range(9)]
    minutes = list(zip(champion, challenger, strict=True))
    merged, whole = Guards.of(minutes[:4]).merge(Guards.of(minutes[4:])), Guards.of(minutes)
    assert merged.odds.sums == pytest.approx(whole.odds.sums)
    assert (merged.means, merged.tails) == (whole.means, whole.tails)
    assert whole.means == Signs(slower=6, others=3)


def test_a_percentile_of_few_requests_says_nothing() -> None:
    few = Minute(requests=99, latency_p99=900.0), Minute(requests=99, latency_p99=9000.0)
    many = Minute(requests=100, latency_p99=900.0), Minute(requests=100, latency_p99=9000.0)
    assert Guards.of([few]).tails == Signs()
    assert Guards.of([many]).tails == Signs(slower=1)
    assert Guards.of([(Minute(requests=0), Minute(requests=0))]) == Guards()
