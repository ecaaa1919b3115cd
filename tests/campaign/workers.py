"""R3: two workers handle one wake at once, which the queue rules out and SageMaker cannot: their calls take turns.

Each is a greenlet, which stops before each of its calls: so an order of calls is an order of turns, in one thread.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from leeway.bootstrap import App
from tests.campaign.scenarios import World
from tests.campaign.stage import Answer, Arranged, Stage
from tests.campaign.trees import Tree, grown

WORK = {"rollout": "roll_out", "retrainer": "retrain"}
SCENARIOS = ("by-hand", "second", "back", "challenger")
APART = timedelta(milliseconds=1)  # no two begin in one microsecond
# What is said twice was looked at twice.
COMPARED = (
    "arrivals", "pending", "requests", "runs", "trainings", "packages", "serving", "executions", "endpoint",
    "endpoint changes", "dead letters", "denied",
)  # fmt: skip
Work = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Of the n-th `wake`: in turn one and the other make so many `calls`, then each goes on to its end."""

    machine: str
    wake: int
    calls: tuple[int, ...]

    def __str__(self) -> str:
        return f"leeway-{self.machine}/{self.wake}/{'-'.join(map(str, self.calls))}"

    @property
    def at(self) -> tuple[str, int]:
        """The machine and its wake."""
        return self.machine, self.wake

    def arrange(self, world: World) -> Arranged:
        """Another worker for that wake."""
        work, wakes, parted = work_of(self.machine), 0, False

        def woken(*given: Any) -> Any:
            nonlocal wakes, parted
            wakes += 1
            if wakes != self.wake:
                return work(*given)
            both = _both(world, work, given)
            parted = both.go(0, self.calls[0])
            for turn, calls in enumerate(self.calls[1:], 1):
                both.go(turn, calls)
            both.end()
            return None

        replaced(self.machine, woken)
        return lambda: parted


@dataclass(kw_only=True)
class Both:
    """The two of them, for one wake; the second comes into being with its first turn."""

    work: Callable[[], Any]
    other: Callable[[], Any]
    workers: list[greenlet] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def go(self, turn: int, calls: int) -> bool:
        """Let the one whose `turn` it is make so many calls; whether it is still in the middle."""
        number = turn % 2
        if number == len(self.workers):
            work = (self.work, self.other)[number]
            self.workers.append(greenlet(lambda: self._work(work)))
            calls += 1  # the first leads to the first call
        worker = self.workers[number]
        for _ in range(calls):
            if not worker.dead:
                worker.switch()
        return not worker.dead

    def end(self) -> None:
        """Let the first, then the second go on to their ends; raises what one of them has raised."""
        for worker in self.workers:
            while not worker.dead:
                worker.switch()
        if self.errors:
            raise self.errors[0]

    def stop(self, _: Any) -> bool:
        """Before each call: whose turn it is, is decided above."""
        here = getcurrent()
        if here in self.workers:
            here.parent.switch()
        return False

    def _work(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  a crash is one
            self.errors.append(error)


def _both(world: World, work: Work, given: Any) -> Both:
    """Two workers for a wake, each in a process of its own as far as they know."""
    app, model, now, *token = given
    both = Both(
        work=lambda: work(App(app.settings), model, now, *token),
        other=lambda: work(App(app.settings), model, now + APART, *(f"{one}-2" for one in token)),
    )
    world.aws.faults.add(both.stop)
    return both


@dataclass(kw_only=True)
class Parting:
    """Many orders of turns of one scenario: they part at the wake, at the first's calls, and at the second's."""

    tree: Tree
    turns: Mapping[str, Turns]

    def watch(self, world: World) -> None:
        """In place of what the functions call for their wakes."""
        for machine in {one.machine for one in self.turns.values()}:
            self._watch(world, machine, work_of(machine))

    def _watch(self, world: World, machine: str, work: Work) -> None:
        wakes = 0

        def woken(*given: Any) -> Any:
            nonlocal wakes
            wakes += 1
            here = [name for name in self._left if self.turns[name].at == (machine, wakes)]
            if here and self.tree.part({wakes: here}):
                return self._part(_both(world, work, given))
            if self.tree.done:
                self.tree.over()
            return work(*given)

        replaced(machine, woken)

    @property
    def _left(self) -> list[str]:
        return [] if self.tree.struck else [name for name in self.tree.names if name not in self.tree.said]

    def _part(self, both: Both, turn: int = 0, *, middle: bool = False) -> None:
        """From one turn on; `middle` is whether the first of them left anything to be interrupted."""
        over, ways = self._by(turn)
        if over and (not ways or self.tree.part({0: over})):
            self.tree.leaf(lambda: middle)
            both.end()
            return
        at = 0
        for place, (calls, names) in enumerate(ways):
            goes_on = both.go(turn, calls - at)
            at = calls
            # More calls than it makes change nothing.
            alike = names if goes_on else [name for _, more in ways[place:] for name in more]
            if self.tree.part({calls: alike}):
                self._part(both, turn + 1, middle=middle if turn else goes_on)
                return
            if not goes_on:
                break
        self.tree.over()

    def _by(self, turn: int) -> tuple[list[str], list[tuple[int, list[str]]]]:
        """Those that have no more turns, and the others by how many calls this one has."""
        over, found = list[str](), defaultdict[int, list[str]](list)
        for name in self.tree.names:
            calls = self.turns[name].calls
            (found[calls[turn]] if turn < len(calls) else over).append(name)
        return over, sorted(found.items())


def together(
    stage: Stage, turns: Mapping[str, Turns], answer: Answer, compared: tuple[str, ...] = COMPARED
) -> dict[str, Any]:
    """The orders as one tree; {"answer"} or {"raised"} of each by its name."""
    tree = Tree(forks=stage.forks, names=list(turns))
    return grown(stage, Parting(tree=tree, turns=turns), answer, compared)


def work_of(machine: str) -> Work:
    """What the function of a machine calls for one wake."""
    found: Work = getattr(importlib.import_module(f"{machine}.app"), WORK[machine])
    return found


def replaced(machine: str, work: Work) -> None:
    """Another one in its place, in this process, which is a fork that ends with its case."""
    setattr(importlib.import_module(f"{machine}.app"), WORK[machine], work)
