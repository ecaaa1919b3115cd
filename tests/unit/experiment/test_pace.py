"""How long an experiment takes: held against simulated ones, and told before it begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from leeway.challenge import Rollout
from leeway_cli.pace import CHALLENGER, CHAMPION, DAY, days, least, pace, time_to_decide
from simulations.deciders import Ours
from simulations.rollout import at, run
from simulations.traffic import EVEN, RAMP, Scenario

pytestmark = pytest.mark.unit
LOOK = 200  # units of a simulated look
EXPERIMENT = Rollout(strategy="ab", cycle=timedelta(), outcome_window=timedelta(), bake=timedelta())


@pytest.mark.parametrize(
    ("weights", "stages", "bakes"),
    [(EVEN, (50,), 0), (RAMP, (10, 25, 50), 50)],
)
def test_it_takes_as_long_as_in_simulation(
    weights: tuple[tuple[int, float], ...], stages: tuple[int, ...], bakes: int
) -> None:
    """The median of 200 experiments, one look a day; the simulated ramp stays 50 looks at 10 %, and 100 at 25 %."""
    scenario = Scenario(name="", base=at(CHAMPION), lift=CHALLENGER - CHAMPION, weights=weights)
    looks = run(Ours(), scenario, 200).units / LOOK
    rules = replace(EXPERIMENT, stages=stages, bake=bakes * DAY, min_exposure=1)
    assert time_to_decide(rules, LOOK) / DAY == pytest.approx(looks, rel=0.25)


def test_each_thing_that_has_to_pass_is_counted() -> None:
    rules = replace(EXPERIMENT, stages=(50,))
    alone = time_to_decide(rules, 10_000)
    assert time_to_decide(replace(rules, outcome_window=3 * DAY), 10_000) == alone + 3 * DAY
    assert time_to_decide(replace(rules, cycle=2 * DAY), 10_000) == 2 * DAY
    assert time_to_decide(replace(rules, stages=(5, 50), bake=DAY), 10_000) > alone
    in_shadow = replace(rules, strategy="shadow", shadow_for=5 * DAY)
    assert time_to_decide(in_shadow, 10_000) == alone + 5 * DAY


def test_a_stage_lasts_until_the_challenger_has_had_enough() -> None:
    """100 requests of its own at 1 % of 1,000 a day are ten days."""
    slow = replace(EXPERIMENT, stages=(1, 50), min_exposure=100)
    assert time_to_decide(slow, 1000) > 10 * DAY > time_to_decide(replace(slow, stages=(50,)), 1000)


def test_the_least_traffic_decides_within_the_horizon_and_one_request_less_does_not() -> None:
    rules = Rollout(strategy="ab")
    found = least(rules)
    assert time_to_decide(rules, found) <= rules.horizon < time_to_decide(rules, found - 1)


def test_too_little_traffic_is_warned_of() -> None:
    rules = Rollout(strategy="ab")
    enough, little = pace(rules, least(rules)), pace(rules, 20)
    assert enough is not None
    assert little is not None
    assert (enough.late, little.late) == (False, True)
    (line,) = little.lines()
    assert line.startswith("warning: with 20 requests a day, a challenger that succeeds at 25% instead of 20% takes ab")
    assert f"({least(rules):,} requests a day would do)" in line
    assert little.as_json()["late"] is True


def test_who_counts_units_is_told_of_units() -> None:
    found = pace(Rollout(strategy="ab", unit="unit_id"))
    assert found is not None
    (line,) = found.lines()
    assert line.endswith(f"is found from {found.least:,} units a day on")


@pytest.mark.parametrize("rules", [Rollout(), Rollout(strategy="canary"), Rollout(strategy="shadow", then="report")])
def test_what_compares_no_outcomes_takes_none(rules: Rollout) -> None:
    assert pace(rules, 10) is None


def test_times_are_told_as_people_say_them() -> None:
    assert [days(span) for span in (timedelta(hours=30.5), 3 * DAY, 9.2 * DAY)] == ["31 hours", "3 days", "10 days"]
