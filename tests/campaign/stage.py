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
from tests.campaign.forked import Forks
from tests.campaign.outcome import outcome
from tests.campaign.scenarios import CONVERGED, SCENARIOS, Scenario, World, world
from tests.local.onboarding import table
from tests.local.trainings import MODEL

Arranged = Callable[[], bool]  # answers, after the play, whether anything has gone wrong at all
Arrange = Callable[[World], Arranged]
LOOK = timedelta(minutes=10)  # of virtual time, between two looks whether all is well


class Answer(Protocol):
    """What a play comes to, and whether anything has gone wrong in it, as JSON can have it."""

    def __call__(self, found: dict[str, Any], *, struck: bool) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`calls` is how often each caller makes each call (caller, service, operation), `expected` what comes of it.

    `planned` are the labels of what is on the agenda when nothing happens.
    """

    scenario: Scenario
    world: World
    forks: Forks
    expected: dict[str, Any]
    calls: dict[tuple[str, str, str], int]
    planned: set[str]

    def run(self, arrange: Arrange, compared: tuple[str, ...] = ()) -> list[str]:
        """What is other than if nothing goes wrong, of all or of what is `compared`; nothing, where all is well."""
        try:
            struck, found = self.fork(arrange, lambda found, *, struck: [struck, found], compared)
        except RuntimeError as error:
            return [str(error)]
        return self.differs(found, compared) if struck else ["nothing has gone wrong: the case proves nothing"]

    def fork(self, arrange: Arrange, answer: Answer, compared: tuple[str, ...] = ()) -> Any:
        """What `answer` makes of what a play comes to, in which something goes wrong."""

        def act() -> Any:
            struck = arrange(self.world)
            self._play(lambda: struck() and not self.differs(outcome(self.world.aws), compared))
            return answer(outcome(self.world.aws), struck=struck())

        return self.forks.run(act)

    def differs(self, found: dict[str, Any], compared: tuple[str, ...] = ()) -> list[str]:
        """What is other than if nothing goes wrong, a line each."""
        return [
            f"{name}: {_short(found[name])}, and without the fault {_short(self.expected[name])}"
            for name in compared or found
            if found[name] != self.expected[name]
        ]

    def _play(self, well: Callable[[], bool]) -> None:
        """Until all is well and at rest, so that nothing but looks would come; else to the end.

        That those do nothing is what the plays without a fault show, and the rollouts and trainings that are compared.
        """
        end, aws = _begin(self.scenario, self.world), self.world.aws
        while aws.now() < end:
            aws.advance_to(min(aws.now() + LOOK, end))
            if self._rests() and well():
                return

    def _rests(self) -> bool:
        """Nothing is on its way, or to be tried again: no message, no event, no change of an endpoint, no wake."""
        aws = self.world.aws
        if set(aws.world.agenda.labels()) - self.planned:
            return False
        if any(queue.messages for name, queue in aws.queues.queues.items() if "dlq" not in name):
            return False
        items = [table(aws).get(keys.model_pk(MODEL), machine) or {} for machine in keys.MACHINES]
        return not any(item.get("wake_pending") or item.get("failures") for item in items)


def stages(folder: Path, names: tuple[str, ...] = ()) -> Iterator[Stage]:
    """The scenarios, each prepared when its turn comes and gone after it."""
    for scenario in SCENARIOS:
        if not names or scenario.name in names:
            with ExitStack() as stack:
                yield _stage(scenario, world(stack, folder / scenario.name))


def _stage(scenario: Scenario, world: World) -> Stage:
    scenario.prepare(world)
    forks = Forks.of(world.aws.state_dir)
    calls, expected, planned = forks.run(lambda: _recorded(scenario, world))
    return Stage(
        scenario=scenario,
        world=world,
        forks=forks,
        expected=expected,
        planned=set(planned),
        calls={(caller, service, operation): count for caller, service, operation, count in calls},
    )


def _recorded(scenario: Scenario, world: World) -> Any:
    made: Counter[tuple[str, str, str]] = Counter()

    def strikes(call: Any) -> bool:
        if call.caller in scenario.callers:
            made[call.caller, call.service, call.operation] += 1
        return False

    world.aws.faults.add(strikes)
    world.aws.advance_to(_begin(scenario, world))
    return [[*names, count] for names, count in made.items()], outcome(world.aws), world.aws.world.agenda.labels()


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
