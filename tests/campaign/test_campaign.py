"""A sample of the campaign; `python -m tests.campaign` runs the whole of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import playing
from tests.campaign.faults import faults
from tests.campaign.forked import Forks
from tests.campaign.goals import GOALS
from tests.campaign.playing import Choice, Done, counts, parts, play, shrunk, together
from tests.campaign.scenarios import SCENARIOS
from tests.campaign.stage import stages
from tests.campaign.turns import MORE, MOST, interleavings
from tests.cases import of_the_stories

pytestmark = pytest.mark.local
SEED = 20261126


@pytest.mark.parametrize(
    ("scenario", "goals"),
    [
        pytest.param("second", ("R1",), id="R1"),
        *(
            pytest.param(scenario, tuple(goal.name for goal in GOALS), marks=pytest.mark.story, id=scenario)
            for scenario in ("second", "by-hand", "approvals", "monitor")
        ),
    ],
)
def test_what_goes_wrong_ends_as_if_nothing_had(scenario: str, goals: tuple[str, ...]) -> None:
    done = play(scenario, Choice(goals=goals, sample=1, seed=SEED))
    assert {name: said for one in done for name, said in one.violations.items()} == {}
    assert shrunk(done) == [], "a campaign that shrinks proves less than it did"
    assert sum(one.ran for one in done) >= 1


def test_what_was_played_before_changes_no_count(tmp_path: Path) -> None:
    for scenario in ("by-hand", "bad-file"):
        [stage] = stages(tmp_path, (scenario,))
        assert len(list(faults(stage))) == counts()["R1"][scenario], "a function knows something from another stack"


def test_two_workers_are_set_on_every_wake_to_the_very_end(tmp_path: Path) -> None:
    [turns] = [list(interleavings(stage)) for stage in stages(tmp_path, ("challenger",))]
    assert len(turns) == counts()["R3"]["challenger"]
    assert len({one.wake for one in turns}) == 3, "the one that brings it up, and those that take it back"
    more = [one.calls for one in turns if len(one.calls) > 2]
    assert len(more) == 3 * MORE
    assert {len(calls) for calls in more} == set(range(3, MOST + 1))
    assert all(call > 0 for calls in more for call in calls)


@pytest.mark.parametrize(
    "case", of_the_stories("R2/by-hand/leeway-retrainer/sagemaker.StartPipelineExecution/1/crash-after")
)
def test_a_pair_is_played_again_by_its_name(case: str) -> None:
    second = "leeway-retrainer/sagemaker.ListPipelineExecutions/1/timeout-after-always"
    [done] = play("by-hand", Choice(goals=("R2",), only=f"{case}+{second}"))
    assert (done.ran, done.violations) == (1, {})
    assert done.pairs > 10


def test_a_tick_that_fails_in_two_tries_leaves_no_dead_letter() -> None:
    pair = "leeway-tick/dynamodb.GetItem/1/crash-before+leeway-tick/dynamodb.Query/1/timeout-after-always"
    [done] = play("second", Choice(goals=("R2",), only=f"R2/second/{pair}"))
    assert (done.ran, done.violations) == (1, {})


def test_what_the_first_fault_still_strikes_is_no_second_one() -> None:
    first = "leeway-rollout/events.PutEvents/1/throttled-always"
    [done] = play("second", Choice(goals=("R2",), only=f"R2/second/{first}+{first}"))
    assert (done.ran, done.violations) == (0, {})
    assert done.pairs > 10


def test_ways_part_where_a_case_stands(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    forks = Forks.of(folder)

    def act() -> list[Any]:
        (folder / "common").touch()
        answers: list[Any] = []
        way = forks.part(["a", "b", "fails"], answers)
        if way is None:
            return [one.get("answer", "raised") for one in answers]
        (folder / way).touch()
        if way == "fails":
            raise ValueError(way)
        return sorted(path.name for path in folder.iterdir())

    assert forks.run(act) == [["a", "common"], ["b", "common"], "raised"]
    assert list(folder.iterdir()) == []


@pytest.mark.story
def test_a_case_that_the_common_way_never_comes_to_is_played_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    [goal] = [replace(one, together=lambda *_: {}) for one in GOALS if one.name == "R1"]
    monkeypatch.setattr(playing, "GOALS", (goal,))
    [done] = play("by-hand", Choice(goals=("R1",), sample=1, seed=SEED))
    assert (done.ran, done.violations) == (1, {})


def test_pairs_are_counted_when_all_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "counts", lambda: {"R2": {"second": 2}, "R2 pairs": {"second": 50}})
    done = Done(goal="R2", scenario="second", cases=2, ran=49, pairs=49, violations={}, seconds=1.0)
    assert shrunk([done]) == []
    assert shrunk([done], whole=True) == ["R2 pairs/second has 49 cases, and had 50"]


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
