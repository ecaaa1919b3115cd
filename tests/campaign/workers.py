"""R3: two workers handle one wake at once, which the queue rules out and SageMaker cannot: their calls take turns.

Each is a greenlet, which stops before each of its calls: so an order of calls is an order of turns, in one thread.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from leeway.bootstrap import App
from tests.campaign.scenarios import World
from tests.campaign.stage import Answer, Arranged, Stage
from tests.campaign.trees import Tree, grown

WORK = {"rollout": "roll_out", "retrainer": "retrain"}  # what the function of a machine calls for one wake
SCENARIOS = ("by-hand", "second", "back", "challenger")
CHANGES = ("Create", "Update", "Delete", "Start", "Stop")
APART = timedelta(milliseconds=1)  # no two begin in one microsecond
# What is said twice was looked at twice.
COMPARED = (
    "arrivals", "pending", "requests", "runs", "trainings", "packages", "serving", "executions", "endpoint",
    "endpoint changes", "dead letters", "denied",
)  # fmt: skip
Work = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Of the n-th `wake`: one makes its `first` calls, the other its `second` ones, then each goes on to its end."""

    machine: str
    wake: int
    first: int
    second: int

    def __str__(self) -> str:
        return f"leeway-{self.machine}/{self.wake}/{self.first}-{self.second}"

    @property
    def at(self) -> tuple[str, int]:
        """The machine and its wake."""
        return self.machine, self.wake

    def arrange(self, world: World) -> Arranged:
        """Another worker for that wake."""
        work, wakes, parted = _work(self.machine), 0, False

        def woken(*given: Any) -> Any:
            nonlocal wakes, parted
            wakes += 1
            if wakes != self.wake:
                return work(*given)
            both = _both(world, work, given)
            parted = both.go(0, self.first + 1)  # the first turn leads to the first call
            both.go(1, self.second + 1)
            both.end()
            return None

        _replace(self.machine, woken)
        return lambda: parted


@dataclass(kw_only=True)
class Both:
    """The two of them, for one wake; the second comes into being with its first turn."""

    work: Callable[[], Any]
    other: Callable[[], Any]
    workers: list[greenlet] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def go(self, number: int, calls: int) -> bool:
        """Let one of them, 0 or 1, come to its next call so often; whether it is still in the middle."""
        if number == len(self.workers):
            work = (self.work, self.other)[number]
            self.workers.append(greenlet(lambda: self._work(work)))
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
            self._watch(world, machine, _work(machine))

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

        _replace(machine, woken)

    @property
    def _left(self) -> list[str]:
        return [] if self.tree.struck else [name for name in self.tree.names if name not in self.tree.said]

    def _part(self, both: Both) -> None:
        both.go(0, 1)  # the first turn leads to the first call
        at = 0
        for first, names in self._by("first").items():
            middle = both.go(0, first - at)
            at = first
            if self.tree.part({first: names}):
                self._interrupt(both, middle=middle)
                return
        self.tree.over()

    def _interrupt(self, both: Both, *, middle: bool) -> None:
        both.go(1, 1)
        at, ways = 0, list(self._by("second").items())
        for place, (second, names) in enumerate(ways):
            goes_on = both.go(1, second - at)
            at = second
            # More turns than it takes change nothing.
            alike = names if goes_on else [name for _, more in ways[place:] for name in more]
            if self.tree.part({second: alike}):
                self.tree.leaf(lambda: middle)
                both.end()
                return
            if not goes_on:
                break
        self.tree.over()

    def _by(self, what: str) -> dict[int, list[str]]:
        found = defaultdict[int, list[str]](list)
        for name in self.tree.names:
            found[getattr(self.turns[name], what)].append(name)
        return dict(sorted(found.items()))


def together(
    stage: Stage, turns: Mapping[str, Turns], answer: Answer, compared: tuple[str, ...] = COMPARED
) -> dict[str, Any]:
    """The orders as one tree; {"answer"} or {"raised"} of each by its name."""
    tree = Tree(forks=stage.forks, names=list(turns))
    return grown(stage, Parting(tree=tree, turns=turns), answer, compared)


@dataclass(kw_only=True)
class Calls:
    """How many calls each wake of a machine makes, where it changes anything of SageMaker's."""

    machine: str
    made: list[list[str]] = field(default_factory=list)
    awake: bool = False

    def arrange(self, world: World) -> Arranged:
        """Look on, to the very end: a play in which nothing has gone wrong is not over before."""
        work = _work(self.machine)

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
        _replace(self.machine, woken)
        return lambda: False

    def answer(self, _: dict[str, Any], *, struck: bool) -> list[int]:
        """A number for each wake, 0 for those that change nothing."""
        assert not struck
        changes = tuple(f"sagemaker.{verb}" for verb in CHANGES)
        return [len(calls) if any(one.startswith(changes) for one in calls) else 0 for calls in self.made]


def interleavings(stage: Stage) -> Iterator[Turns]:
    """Every place at which one may be interrupted, and every number of calls for which it is."""
    for machine in WORK:
        if f"leeway-{machine}" in stage.scenario.callers:
            calls = Calls(machine=machine)
            for wake, made in enumerate(stage.fork(calls.arrange, calls.answer), 1):
                for first in range(1, made):
                    for second in range(1, made + 1):
                        yield Turns(machine=machine, wake=wake, first=first, second=second)


def _work(machine: str) -> Work:
    found: Work = getattr(importlib.import_module(f"{machine}.app"), WORK[machine])
    return found


def _replace(machine: str, work: Work) -> None:
    """In this process, which is a fork that ends with its case."""
    setattr(importlib.import_module(f"{machine}.app"), WORK[machine], work)
