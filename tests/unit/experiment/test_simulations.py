"""A small seeded simulation of what `make prove` simulates at length."""

import numpy as np
import pytest

from leeway.experiment import guardrails
from leeway.experiment.evidence import Cohort, Evidence
from leeway.experiment.guardrails import Guards, Minute
from simulations.deciders import NaiveZ, Ours
from simulations.guarding import LAWS, Harm, false_latency_alarm, minutes_to_roll_back
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


@pytest.mark.parametrize(
    ("law", "requests", "share"),
    [
        pytest.param("lognormal, sigma 0.5", 60, 0.10, id="the-first-of-six-finds-a-cold-cache"),
        pytest.param("1 % take 30 times as long", 800, 0.95, id="a-mean-of-few-is-mostly-smaller"),
    ],
)
def test_minutes_of_few_requests_say_nothing_of_latency(
    law: str, requests: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(false_latency_alarm(LAWS[law], requests, share, seed, 720) for seed in range(2))
    monkeypatch.setattr(guardrails, "FEWEST", 1)
    monkeypatch.setattr(guardrails, "ENOUGH", 1)
    assert any(false_latency_alarm(LAWS[law], requests, share, seed, 720) for seed in range(2)), "this is what for"


@pytest.mark.parametrize(
    ("champion", "challenger", "counts"),
    [(180, 20, 1), (181, 19, 0), (19, 20, 0), (20, 20, 1), (20, 40, 1), (20, 41, 0), (99, 1881, 0), (100, 1900, 1)],
)
def test_a_minute_is_judged_from_so_many_requests_on(champion: int, challenger: int, counts: int) -> None:
    pair = (Minute(requests=champion, latency=1.0), Minute(requests=challenger, latency=2.0))
    assert Guards().add(*pair).means.slower == counts
