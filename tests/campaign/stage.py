"""A scenario that is prepared once and played many times, each time with something else going wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from leeway import keys
from leeway.aws.table import Item
from localaws import LocalAWS
from tests.campaign.course import alike, standing
from tests.campaign.forked import LONGEST, Forks
from tests.campaign.outcome import outcome
from tests.campaign.scenarios import CONVERGED, SCENARIOS, Scenario, World, world
from tests.local.onboarding import table
from tests.local.trainings import MODEL

Arranged = Callable[[], bool]  # answers, after the play, whether anything has gone wrong at all
Arrange = Callable[[World], Arranged]
NOTHING = "nothing has gone wrong: the case proves nothing"
LOOK = timedelta(minutes=2)  # of virtual time, between two looks whether all is well
LOOKS = 10  # at which it is kept how a play without a fault stood


class Answer(Protocol):
    """What a play comes to, and whether anything has gone wrong in it, as JSON can have it."""

    def __call__(self, found: dict[str, Any], *, struck: bool) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`calls` is how often each caller makes each call (caller, service, operation), `expected` what comes of it.

    `planned` are the labels of what is on the agenda when nothing happens, `waiting` what each machine waits for then.
    `course` is how it stands and what had come of it at the looks on the way, None where something was on its way.
    """

    scenario: Scenario
    world: World
    forks: Forks
    expected: dict[str, Any]
    calls: dict[tuple[str, str, str], int]
    planned: set[str]
    waiting: list[str | None]
    course: list[Any]

    def run(self, arrange: Arrange, compared: tuple[str, ...] = ()) -> list[str]:
        """What is other than if nothing goes wrong, of all or of what is `compared`; nothing, where all is well."""
        try:
            return list(self.fork(arrange, self.judge(compared), compared))
        except RuntimeError as error:
            return [str(error)]

    def judge(self, compared: tuple[str, ...] = ()) -> Answer:
        """Of a play in which something has gone wrong: what is other than without it."""

        def answer(found: dict[str, Any], *, struck: bool) -> list[str]:
            return self.differs(found, compared) if struck else [NOTHING]

        return answer

    def fork(
        self, arrange: Arrange, answer: Answer, compared: tuple[str, ...] = (), at_most: int | None = LONGEST
    ) -> Any:
        """What `answer` makes of what a play comes to, in which something goes wrong; it takes `at_most` so long."""

        def act() -> Any:
            struck = arrange(self.world)
            found = self._play(struck, compared)
            return answer(found, struck=struck())

        return self.forks.run(act, at_most)

    def differs(self, found: dict[str, Any], compared: tuple[str, ...] = ()) -> list[str]:
        """What is other than if nothing goes wrong, a line each."""
        return [
            f"{name}: {_short(found[name])}, and without the fault {_short(self.expected[name])}"
            for name in compared or found
            if found[name] != self.expected[name]
        ]

    def _play(self, struck: Arranged, compared: tuple[str, ...]) -> dict[str, Any]:
        """What comes of it when all is well and at rest, so that nothing but looks would come; else in the end.

        That those do nothing is what the plays without a fault show, and the rollouts and trainings that are compared.
        """
        end, aws, looks = _begin(self.scenario, self.world), self.world.aws, iter(self.course)
        while aws.now() < end:
            aws.advance_to(min(aws.now() + LOOK, end))
            before = next(looks, None)
            if not struck() or not _still(aws):
                continue
            if before and self._goes_on(before, compared):
                return self.expected
            if self._rests():
                found = outcome(aws)
                if not self.differs(found, compared):
                    return found
        return outcome(aws)

    def _goes_on(self, before: Any, compared: tuple[str, ...]) -> bool:
        """Whether it stands, and nothing else has come of it, as at that look without a fault."""
        stood, had = before
        if not alike(standing(self.world.aws), stood):
            return False
        found = outcome(self.world.aws)
        return all(found[name] == had[name] for name in compared or found)

    def _rests(self) -> bool:
        """Nothing is under way of all that goes on, and each machine waits for what it waits for in the end."""
        if set(self.world.aws.world.agenda.labels()) - self.planned:
            return False
        return [item.get("waiting_code") for item in _machines(self.world.aws)] == self.waiting


def _still(aws: LocalAWS) -> bool:
    """Nothing has to be tried again, and no message is on its way."""
    if any(queue.messages for name, queue in aws.queues.queues.items() if "dlq" not in name):
        return False
    return not any(item.get("wake_pending") or item.get("failures") for item in _machines(aws))


def stages(folder: Path, names: tuple[str, ...] = ()) -> Iterator[Stage]:
    """The scenarios, each prepared when its turn comes and gone after it."""
    for scenario in SCENARIOS:
        if not names or scenario.name in names:
            with ExitStack() as stack:
                yield _stage(scenario, world(stack, folder / scenario.name))


def _stage(scenario: Scenario, world: World) -> Stage:
    scenario.prepare(world)
    standing(world.aws), outcome(world.aws)  # else each fork reads botocore's models anew
    forks = Forks.of(world.aws.state_dir, world.aws.world.clock.stopped)
    calls, expected, planned, waiting, course = forks.run(lambda: _recorded(scenario, world))
    return Stage(
        scenario=scenario,
        world=world,
        forks=forks,
        expected=expected,
        planned=set(planned),
        waiting=waiting,
        course=course,
        calls={(caller, service, operation): count for caller, service, operation, count in calls},
    )


def _recorded(scenario: Scenario, world: World) -> Any:
    made: Counter[tuple[str, str, str]] = Counter()

    def strikes(call: Any) -> bool:
        if call.caller in scenario.callers:
            made[call.caller, call.service, call.operation] += 1
        return False

    world.aws.faults.add(strikes)
    end, course = _begin(scenario, world), list[Any]()
    while world.aws.now() < end:
        world.aws.advance_to(min(world.aws.now() + LOOK, end))
        if len(course) < LOOKS:
            course.append([standing(world.aws), outcome(world.aws)] if _still(world.aws) else None)
    waiting = [item.get("waiting_code") for item in _machines(world.aws)]
    counted = [[*names, count] for names, count in made.items()]
    return counted, outcome(world.aws), world.aws.world.agenda.labels(), waiting, course


def _machines(aws: LocalAWS) -> list[Item]:
    """The items of the reconcilers, empty where one has never run."""
    return [table(aws).get(keys.model_pk(MODEL), machine) or {} for machine in keys.MACHINES]


def played_through(scenario: Scenario, world: World) -> dict[str, Any]:
    """What comes of a scenario in which nothing goes wrong, in this process."""
    scenario.prepare(world)
    world.aws.advance_to(_begin(scenario, world))
    return outcome(world.aws)


def _begin(scenario: Scenario, world: World) -> datetime:
    """What the scenario is about; and when nothing more comes of anything."""
    scenario.act(world)
    world.aws.settle()
    return world.aws.now() + CONVERGED


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
