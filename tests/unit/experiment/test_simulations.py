"""A small seeded simulation of what `make prove` simulates at length."""

import numpy as np
import pytest

from leeway.experiment.evidence import Cohort, Evidence
from simulations.deciders import NaiveZ, Ours
from simulations.guarding import Harm, minutes_to_roll_back
from simulations.rollout import run
from simulations.traffic import EVEN, Scenario, constant, looks, rising

pytestmark = pytest.mark.unit


def test_where_there_is_no_difference_few_decide_and_the_naive_test_always_does() -> None:
    scenario = Scenario(name="ramp, rate rising", base=rising)
    ours, naive = (run(rule, scenario, 100, number=200) for rule in (Ours(), NaiveZ()))
    assert ours.promoted + ours.rolled_back <= 0.06
    assert naive.promoted + naive.rolled_back > 0.7


def test_a_better_one_is_promoted_and_a_worse_one_rolled_back_early() -> None:
    better = run(Ours(), Scenario(name="better", base=lambda _: 0.2, lift=0.05, weights=EVEN), 60, number=80)
    worse = run(Ours(), Scenario(name="worse", base=constant, lift=-0.10), 60, number=80)
    assert better.promoted > 0.95
    assert better.units <= 4000
    assert worse.rolled_back == 1.0
    assert worse.exposed <= 80


def test_the_simulation_decides_as_the_rule_itself() -> None:
    scenario, rule, found = Scenario(name="ramp", base=constant, lift=-0.04), Ours(), Evidence.none()
    for cohort in looks(scenario, 1, 30, seed=4):
        verdict = int(rule.look(cohort)[0])
        found = found.add(Cohort(**{name: int(counts[0]) for name, counts in vars(cohort).items()}))
        assert verdict == int(found.up() >= 40) - int(found.down() >= 40)


def test_guardrails_see_harm_within_minutes_and_nothing_where_there_is_none() -> None:
    errors = [minutes_to_roll_back(Harm(challenger_errors=0.01), 60, seed) or 99 for seed in range(15)]
    slow = [minutes_to_roll_back(Harm(slower=1.2), 60, seed) or 99 for seed in range(15)]
    assert np.median(errors) <= 15
    assert np.median(slow) <= 20
    assert [minutes_to_roll_back(Harm(), 120, seed) for seed in range(5)] == [None] * 5
