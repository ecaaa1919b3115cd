"""Which orders of the calls of two workers are played: all with two turns, and some with more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any

from tests.campaign.scenarios import World
from tests.campaign.stage import Arranged, Stage
from tests.campaign.workers import WORK, Turns, replaced, work_of

CHANGES = ("Create", "Update", "Delete", "Start", "Stop")
MORE = 200  # orders of a wake with three turns to MOST
MOST = 9


@dataclass(kw_only=True)
class Calls:
    """How many calls each wake of a machine makes, where it changes anything of SageMaker's."""

    machine: str
    made: list[list[str]] = field(default_factory=list)
    awake: bool = False

    def arrange(self, world: World) -> Arranged:
        """Look on, to the very end: a play in which nothing has gone wrong is not over before."""
        work = work_of(self.machine)

        def woken(*given: Any) -> Any:
            self.made.append([])
            self.awake = True
            try:
                return work(*given)
            finally:
                self.awake = False

        def count(call: Any) -> bool:
            if self.awake:
                self.made[-1].append(f"{call.service}.{call.operation}")
            return False

        world.aws.faults.add(count)
        replaced(self.machine, woken)
        return lambda: False

    def answer(self, _: dict[str, Any], *, struck: bool) -> list[int]:
        """A number for each wake, 0 for those that change nothing."""
        assert not struck
        changes = tuple(f"sagemaker.{verb}" for verb in CHANGES)
        return [len(calls) if any(one.startswith(changes) for one in calls) else 0 for calls in self.made]


def interleavings(stage: Stage) -> Iterator[Turns]:
    """Every place at which one may be interrupted, and every number of calls for which it is; and more turns, some."""
    for machine in WORK:
        if f"leeway-{machine}" in stage.scenario.callers:
            for wake, made in enumerate(_wakes(stage, machine), 1):
                for turns in (*product(range(1, made), range(1, made + 1)), *sorted(_more(f"{machine}/{wake}", made))):
                    yield Turns(machine=machine, wake=wake, calls=turns)


def _wakes(stage: Stage, machine: str) -> list[int]:
    """The calls of each wake up to the last that changes anything, as two plays in a row have them.

    Under load a play makes an idle look less now and then, for a machine's time goes on while it works.
    """
    before: list[int] | None = None
    while True:
        calls = Calls(machine=machine)
        found: list[int] = stage.fork(calls.arrange, calls.answer)
        while found and not found[-1]:
            found.pop()
        if found == before:
            return found
        before = found


def _more(seed: str, made: int) -> set[tuple[int, ...]]:
    """Three turns and more, by chance, but always the same; wherever in the wake they fall."""
    chance, found = random.Random(seed), set[tuple[int, ...]]()
    for _ in range(MORE if made > MOST else 0):
        many = chance.randint(3, MOST)
        places = [sorted(chance.sample(range(1, made), count)) for count in ((many + 1) // 2, many // 2)]
        ways = [[after - before for before, after in pairwise((0, *some))] for some in places]
        found.add(tuple(ways[turn % 2][turn // 2] for turn in range(many)))
    return found
