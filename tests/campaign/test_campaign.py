"""A sample of the campaign; `python -m tests.campaign` runs the whole of it."""

from __future__ import annotations

import pytest

from tests.campaign.goals import GOALS
from tests.campaign.playing import Choice, play, shrunk
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


def test_each_scenario_belongs_to_a_goal() -> None:
    assert all(any(goal.takes(scenario.name) for goal in GOALS) for scenario in SCENARIOS)
