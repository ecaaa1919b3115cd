"""Plays the cases of a scenario, and holds their number against what it was: it may grow, and not shrink."""

from __future__ import annotations

import gc
import json
import random
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.campaign.goals import GOALS, Goal
from tests.campaign.stage import Stage, stages

COUNTS = Path(__file__).with_name("counts.json")
PART = 50  # cases that one process plays before it says what came of them


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of one scenario under one goal: so many cases there are, so many ran; what each violation says."""

    goal: str
    scenario: str
    cases: int
    ran: int
    violations: dict[str, list[str]]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Of which goals, and which of their cases: all, a `sample` of each goal's by its `seed`, or the `only` one.

    `part` is which of how many parts of them, for processes side by side.
    """

    goals: tuple[str, ...] = tuple(goal.name for goal in GOALS)
    sample: int = 0
    seed: int = 0
    only: str = ""
    part: tuple[int, int] = (0, 1)

    def of(self, names: Iterable[str]) -> list[str]:
        """The names of those that are to run."""
        found = [name for name in names if self.only in ("", name)]
        if self.sample and len(found) > self.sample:
            found = random.Random(self.seed).sample(found, self.sample)
        return found[self.part[0] :: self.part[1]]


def parts(scenarios: Iterable[str], choice: Choice) -> list[tuple[str, Choice]]:
    """The cases in parts of about `PART`, the largest scenarios first, so that all processes end together."""
    sizes = {one: sum(counts().get(goal, {}).get(one, 0) for goal in choice.goals) for one in scenarios}
    found = []
    for one in sorted(sizes, key=lambda name: -sizes[name]):
        many = 1 if choice.sample or choice.only else 1 + sizes[one] // PART
        found += [(one, replace(choice, part=(number, many))) for number in range(many)]
    return found


def together(done: Iterable[Done]) -> list[Done]:
    """The parts of each goal and scenario as one."""
    found: dict[tuple[str, str], Done] = {}
    for one in done:
        before = found.get((one.goal, one.scenario))
        if before:
            ran, seconds = before.ran + one.ran, before.seconds + one.seconds
            one = replace(one, ran=ran, seconds=seconds, violations=before.violations | one.violations)  # noqa: PLW2901
        found[one.goal, one.scenario] = one
    return sorted(found.values(), key=lambda one: (one.goal, one.scenario))


def play(scenario: str, choice: Choice) -> list[Done]:
    """The cases of one scenario, of all goals that are about it."""
    gc.set_threshold(200_000, 20, 100)  # as the tests have it
    goals = [goal for goal in GOALS if goal.name in choice.goals and goal.takes(scenario)]
    if not goals:
        return []
    with tempfile.TemporaryDirectory(prefix="leeway-campaign-") as folder:
        return [_played(goal, stage, choice) for stage in stages(Path(folder), (scenario,)) for goal in goals]


def _played(goal: Goal, stage: Stage, choice: Choice) -> Done:
    began = time.monotonic()
    cases = {f"{goal.name}/{stage.scenario.name}/{one}": one for one in goal.cases(stage)}
    chosen = choice.of(cases)
    found = {name: stage.run(cases[name].arrange, goal.compared) for name in chosen}
    return Done(
        goal=goal.name,
        scenario=stage.scenario.name,
        cases=len(cases),
        ran=len(chosen),
        violations={name: said for name, said in found.items() if said},
        seconds=time.monotonic() - began,
    )


def counts() -> dict[str, dict[str, int]]:
    """How many cases each scenario has had, by goal."""
    found: dict[str, dict[str, int]] = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    return found


def shrunk(done: Iterable[Done]) -> list[str]:
    """What has fewer cases than it had."""
    kept = counts()
    before = {(one.goal, one.scenario): kept.get(one.goal, {}).get(one.scenario, 0) for one in done}
    return [
        f"{one.goal}/{one.scenario} has {one.cases} cases, and had {before[one.goal, one.scenario]}"
        for one in done
        if one.cases < before[one.goal, one.scenario]
    ]


def keep(done: Iterable[Done]) -> None:
    """Write down how many cases there are now."""
    kept = counts()
    for one in done:
        kept.setdefault(one.goal, {})[one.scenario] = one.cases
    COUNTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
