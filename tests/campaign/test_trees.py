"""What cases have in common is played once, and not what goes on as without a fault: all end as they do alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.campaign import faults, turns, workers
from tests.campaign.forked import Forks
from tests.campaign.goals import Together
from tests.campaign.stage import Stage, stages
from tests.campaign.trees import Tree
from tests.campaign.workers import Turns

pytestmark = pytest.mark.local


def told(found: dict[str, Any], *, struck: bool) -> Any:
    """All that came of a case, and not only what is other than it should be."""
    return [struck, found]


def more_turns(stage: Stage) -> Iterator[Turns]:
    return (one for one in turns.interleavings(stage) if len(one.calls) > 2)


@pytest.mark.story
@pytest.mark.parametrize(
    ("scenario", "cases", "together", "many"),
    [
        pytest.param("challenger", faults.faults, faults.together, 8, id="R1"),
        pytest.param("by-hand", turns.interleavings, workers.together, 6, id="R3"),
        pytest.param("by-hand", more_turns, workers.together, 4, id="R3, more turns"),
    ],
)
def test_a_case_of_a_tree_ends_as_it_does_alone_and_to_the_end(
    tmp_path: Path, scenario: str, cases: Any, together: Together, many: int
) -> None:
    for stage in stages(tmp_path, (scenario,)):
        every = {str(case): case for case in cases(stage)}
        chosen = {name: every[name] for name in random.Random(7).sample(sorted(every), many)}
        said = together(stage, chosen, told, ())
        to_the_end = replace(stage, course=[], waiting=[])
        for name, case in chosen.items():
            assert said[name] == {"answer": to_the_end.fork(case.arrange, told)}, name


def test_ways_that_part_and_part_again_each_have_their_answers(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    names = [f"{one}{two}" for one in "abc" for two in "xyz"]
    tree = Tree(forks=Forks.of(folder), names=names)

    def leaf() -> Any:
        (folder / tree.names[0]).touch()
        if tree.names == ["by"]:
            raise ValueError("by fails")
        return {tree.names[0]: {"answer": sorted(path.name for path in folder.iterdir())}}

    def act() -> Any:
        for one in "abc":
            if tree.part({one: [f"{one}{two}" for two in "xyz"]}):
                (folder / one).touch()
                if tree.part({two: [f"{one}{two}"] for two in "xyz"}):
                    return leaf()
                tree.over()
        return tree.said

    said = tree.forks.run(act)
    assert sorted(said) == names
    assert "by fails" in said.pop("by")["raised"]
    assert said == {name: {"answer": sorted([name[0], name])} for name in said}
    assert list(folder.iterdir()) == []
