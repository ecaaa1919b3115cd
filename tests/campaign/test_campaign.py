"""A sample of the campaign; `python -m tests.campaign` runs the whole of it."""

from __future__ import annotations

import pytest

from tests.campaign.goals import GOALS
from tests.campaign.playing import Choice, Done, parts, play, shrunk, together
from tests.campaign.scenarios import SCENARIOS
from tests.cases import of_the_stories

pytestmark = pytest.mark.local
SEED = 20261126


@pytest.mark.parametrize("scenario", ["second", *of_the_stories("by-hand", "approvals")])
def test_what_goes_wrong_ends_as_if_nothing_had(scenario: str) -> None:
    done = play(scenario, Choice(sample=1, seed=SEED))
    assert {name: said for one in done for name, said in one.violations.items()} == {}
    assert shrunk(done) == [], "a campaign that shrinks proves less than it did"
    assert sum(one.ran for one in done) >= 1


def test_parts_are_all_cases_once() -> None:
    names = [f"case-{number}" for number in range(137)]
    found = [choice.of(names) for _, choice in parts(["second"], Choice())]
    assert len(found) > 2
    assert sorted(name for part in found for name in part) == sorted(names)


def test_parts_of_a_scenario_are_told_as_one() -> None:
    whole = {"goal": "R1", "scenario": "second", "cases": 5, "seconds": 1.0}
    one, other = Done(**whole, ran=2, violations={"a": ["x"]}), Done(**whole, ran=3, violations={"b": ["y"]})
    assert together([one, other]) == [Done(**whole | {"seconds": 2.0}, ran=5, violations={"a": ["x"], "b": ["y"]})]


def test_each_scenario_belongs_to_a_goal() -> None:
    assert all(any(goal.takes(scenario.name) for goal in GOALS) for scenario in SCENARIOS)
