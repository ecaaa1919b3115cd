"""R3: two workers handle one wake at once, which the queue rules out and SageMaker cannot: their calls take turns.

Each is a greenlet, which stops before each of its calls: so an order of calls is an order of turns, in one thread.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

from leeway.bootstrap import App
from tests.campaign.scenarios import World
from tests.campaign.stage import Arranged, Stage

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

    def arrange(self, world: World) -> Arranged:
        """Another worker for that wake."""
        both = Both(turns=self, work=_work(self.machine))
        world.aws.faults.add(both.stop)
        _replace(self.machine, both.woken)
        return lambda: both.parted


@dataclass(kw_only=True)
class Both:
    """The two of them; `parted` says whether the first was really in the middle when the other came."""

    turns: Turns
    work: Work
    wakes: int = 0
    parted: bool = False
    workers: list[greenlet] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def woken(self, app: App, model: str, now: datetime, *token: str) -> Any:
        """In place of what the function calls; raises what one of them raises, and so is woken again."""
        self.wakes += 1
        if self.wakes != self.turns.wake:
            return self.work(app, model, now, *token)
        first = greenlet(lambda: self._work(App(app.settings), model, now, *token))
        second = greenlet(lambda: self._work(App(app.settings), model, now + APART, *(f"{one}-2" for one in token)))
        self.workers = [first, second]
        self._go(first, self.turns.first)
        self.parted = not first.dead
        self._go(second, self.turns.second)
        for worker in self.workers:
            while not worker.dead:
                worker.switch()
        if self.errors:
            raise self.errors[0]
        return None

    def stop(self, _: Any) -> bool:
        """Before each call: whose turn it is, is decided above."""
        here = getcurrent()
        if here in self.workers:
            here.parent.switch()
        return False

    def _go(self, worker: greenlet, calls: int) -> None:
        for _ in range(calls + 1):  # the first turn leads to the first call
            if not worker.dead:
                worker.switch()

    def _work(self, *given: Any) -> None:
        try:
            self.work(*given)
        except BaseException as error:  # noqa: BLE001  a crash is one
            self.errors.append(error)


@dataclass(kw_only=True)
class Calls:
    """How many calls each wake of a machine makes, where it changes anything of SageMaker's."""

    machine: str
    made: list[list[str]] = field(default_factory=list)
    awake: bool = False

    def arrange(self, world: World) -> Arranged:
        """Look on."""
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
        return lambda: True

    def answer(self, _: dict[str, Any], *, struck: bool) -> list[int]:
        """A number for each wake, 0 for those that change nothing."""
        assert struck
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
