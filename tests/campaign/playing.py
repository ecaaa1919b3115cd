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

from tests.campaign.faults import Fault
from tests.campaign.goals import GOALS, Goal, Variation
from tests.campaign.pairs import played, sampled
from tests.campaign.stage import NOTHING, Stage, stages

COUNTS = Path(__file__).with_name("counts.json")
ALONE = 3  # times that a case is played in which nothing has gone wrong
PART = 150  # cases that one process plays before it says what came of them: preparing takes as long as ten


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of one scenario under one goal: so many cases there are, so many ran; what each violation says.

    Of a goal that is paired, `pairs` are those of the cases that ran, and `ran` counts pairs.
    """

    goal: str
    scenario: str
    cases: int
    ran: int
    violations: dict[str, list[str]]
    seconds: float
    pairs: int = 0


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
        found = [name for name in names if self.only in ("", name) or self.only.startswith(f"{name}+")]
        if self.sample and len(found) > self.sample:
            found = random.Random(self.seed).sample(found, self.sample)
        number, many = self.part  # neighbours stay together: they have most in common
        return found[len(found) * number // many : len(found) * (number + 1) // many]


def parts(scenarios: Iterable[str], choice: Choice) -> list[tuple[str, Choice]]:
    """The cases in parts of about `PART`, the largest scenarios first, so that all processes end together."""
    weights, kept = {goal.name: goal.weight for goal in GOALS}, counts()
    sizes = {one: sum(kept.get(goal, {}).get(one, 0) * weights[goal] for goal in choice.goals) for one in scenarios}
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
            sums = {name: getattr(before, name) + getattr(one, name) for name in ("ran", "seconds", "pairs")}
            one = replace(one, **sums, violations=before.violations | one.violations)  # noqa: PLW2901
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
    pairs, found = 0, dict[str, list[str]]()
    if goal.together and not choice.only:
        found = _together(goal, stage, {name: cases[name] for name in chosen})
    else:
        for name in chosen:
            case = cases[name]
            if isinstance(case, Fault) and goal.paired:
                choose = sampled(choice.sample, choice.seed, choice.only.removeprefix(f"{name}+"))
                many, said = played(stage, case, choose)
                pairs, found = pairs + many, found | {f"{name}+{second}": lines for second, lines in said.items()}
            else:
                found[name] = stage.run(case.arrange, goal.compared)
    return Done(
        goal=goal.name,
        scenario=stage.scenario.name,
        cases=len(cases),
        ran=len(found),
        pairs=pairs,
        violations={name: said for name, said in found.items() if said},
        seconds=time.monotonic() - began,
    )


def _together(goal: Goal, stage: Stage, cases: dict[str, Variation]) -> dict[str, list[str]]:
    """A case to whose place the common way never came is played alone, for that is what a case is.

    Under load a play makes an idle look less now and then (`turns`): the wake that a case counts is then another one,
    and the case is played again.
    """
    assert goal.together
    try:
        said = goal.together(stage, cases, stage.judge(goal.compared), goal.compared)
    except RuntimeError as error:  # the common way itself has ended so
        return {name: [str(error)] for name in cases}
    found = {name: one["answer"] if "answer" in one else [one["raised"]] for name, one in said.items()}
    for _ in range(ALONE):
        alone = [name for name in cases if found.get(name, [NOTHING]) == [NOTHING]]
        found |= {name: stage.run(cases[name].arrange, goal.compared) for name in alone}
    return found


def counts() -> dict[str, dict[str, int]]:
    """How many cases each scenario has had, by goal."""
    found: dict[str, dict[str, int]] = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
    return found


def shrunk(done: Iterable[Done], *, whole: bool = False) -> list[str]:
    """What has fewer cases than it had; how many pairs there are shows when all are played."""
    kept, fewer = counts(), []
    for one in done:
        for goal, now in _sizes(one, whole=whole):
            before = kept.get(goal, {}).get(one.scenario, 0)
            if now < before:
                fewer.append(f"{goal}/{one.scenario} has {now} cases, and had {before}")
    return fewer


def _sizes(one: Done, *, whole: bool) -> list[tuple[str, int]]:
    return [(one.goal, one.cases), *([(f"{one.goal} pairs", one.pairs)] if whole and one.pairs else [])]


def keep(done: Iterable[Done], *, whole: bool = False) -> None:
    """Write down how many cases there are now."""
    kept = counts()
    for one in done:
        for goal, now in _sizes(one, whole=whole):
            kept.setdefault(goal, {})[one.scenario] = now
    COUNTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
