"""The goals of the campaign: which cases each has, and how a case is named and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from tests.campaign import clocks, faults, pairs, turns, workers
from tests.campaign.clocks import skews
from tests.campaign.events import COMPARED, NoEvents, orders
from tests.campaign.scenarios import World
from tests.campaign.stage import Answer, Arranged, Stage

Together = Callable[[Stage, Any, Answer, tuple[str, ...]], dict[str, Any]]
APPROVALS = 4  # events of the scenario "approvals"


class Variation(Protocol):
    """Something that goes wrong; its text names it."""

    def arrange(self, world: World) -> Arranged:
        """Let it go wrong from now on."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """`scenarios` are those that it is about, all where there is none; `compared` what must end alike, or all.

    Where its cases can be played `together`, as a tree, that is quicker than one by one. Where it is `paired`, its
    cases are first faults, and each is played with every second one. All of what is `nightly` takes longer than `make
    prove` has. `weight` is how long a case takes, beside others.
    """

    name: str
    cases: Callable[[Stage], Iterator[Variation]]
    scenarios: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    together: Together | None = None
    paired: bool = False
    nightly: bool = False
    weight: int = 1

    def takes(self, scenario: str) -> bool:
        """Whether it is about a scenario."""
        return scenario not in self.but and (not self.scenarios or scenario in self.scenarios)


GOALS = (
    Goal(name="R1", cases=faults.faults, but=("approvals",), together=faults.together),
    Goal(name="R2", cases=pairs.firsts, scenarios=pairs.SCENARIOS, paired=True, nightly=True, weight=20),
    Goal(
        name="R3",
        cases=turns.interleavings,
        scenarios=workers.SCENARIOS,
        compared=workers.COMPARED,
        together=workers.together,
    ),
    Goal(name="R4", cases=lambda _: orders(APPROVALS), scenarios=("approvals",), compared=COMPARED),
    Goal(name="R5", cases=lambda _: iter((NoEvents(),)), but=("approvals",), compared=("runs", "watched", *COMPARED)),
    Goal(name="R9", cases=lambda _: skews(), compared=clocks.COMPARED),
)
