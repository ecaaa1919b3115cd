"""A scenario that is prepared once and played many times, each time with something else going wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.campaign.forked import Forks
from tests.campaign.outcome import outcome
from tests.campaign.scenarios import CONVERGED, SCENARIOS, Scenario, World, world

Arranged = Callable[[], bool]  # answers, after the play, whether anything has gone wrong at all
Arrange = Callable[[World], Arranged]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`calls` is how often each caller makes each call (caller, service, operation), `expected` what comes of it."""

    scenario: Scenario
    world: World
    forks: Forks
    expected: dict[str, Any]
    calls: dict[tuple[str, str, str], int]

    def run(self, arrange: Arrange, compared: tuple[str, ...] = ()) -> list[str]:
        """What is other than if nothing goes wrong, of all or of what is `compared`; nothing, where all is well."""
        try:
            struck, found = self.forks.run(lambda: _arranged(self.scenario, self.world, arrange))
        except RuntimeError as error:
            return [str(error)]
        if not struck:
            return ["nothing has gone wrong: the case proves nothing"]
        return [
            f"{name}: {_short(found[name])}, and without the fault {_short(self.expected[name])}"
            for name in compared or found
            if found[name] != self.expected[name]
        ]


def stages(folder: Path, names: tuple[str, ...] = ()) -> Iterator[Stage]:
    """The scenarios, each prepared when its turn comes and gone after it."""
    for scenario in SCENARIOS:
        if not names or scenario.name in names:
            with ExitStack() as stack:
                yield _stage(scenario, world(stack, folder / scenario.name))


def _stage(scenario: Scenario, world: World) -> Stage:
    scenario.prepare(world)
    forks = Forks.of(world.aws.state_dir)
    calls, expected = forks.run(lambda: _recorded(scenario, world))
    return Stage(
        scenario=scenario,
        world=world,
        forks=forks,
        expected=expected,
        calls={(caller, service, operation): count for caller, service, operation, count in calls},
    )


def _recorded(scenario: Scenario, world: World) -> Any:
    made: Counter[tuple[str, str, str]] = Counter()

    def strikes(call: Any) -> bool:
        if call.caller in scenario.callers:
            made[call.caller, call.service, call.operation] += 1
        return False

    world.aws.faults.add(strikes)
    _play(scenario, world)
    return [[*names, count] for names, count in made.items()], outcome(world.aws)


def _arranged(scenario: Scenario, world: World, arrange: Arrange) -> Any:
    struck = arrange(world)
    _play(scenario, world)
    return [struck(), outcome(world.aws)]


def _play(scenario: Scenario, world: World) -> None:
    scenario.act(world)
    world.aws.settle()
    world.aws.advance(CONVERGED)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
