"""R1: each call that a function makes fails, in each mode; then AWS delivers again what it would deliver again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from localaws import Mode
from tests.campaign.scenarios import World
from tests.campaign.stage import Answer, Arranged, Stage
from tests.campaign.trees import Tree, grown

FIRST_TRY = timedelta(seconds=45)  # of virtual time, in which "always" is always; redelivery comes later
OCCURRENCES = 3  # of one call, in one scenario: a tick makes the same ones for ever

# Each with how often it strikes: None is every time, for the first try.
MODES: dict[str, tuple[Mode, int | None]] = {
    "throttled-once": (Mode.THROTTLE, 1),
    "throttled-always": (Mode.THROTTLE, None),
    "5xx-before": (Mode.SERVER_ERROR_BEFORE, 1),
    "connection-before": (Mode.CONNECTION_BEFORE, 1),
    "timeout-after": (Mode.TIMEOUT_AFTER, 1),
    "timeout-after-always": (Mode.TIMEOUT_AFTER, None),
    "5xx-after": (Mode.SERVER_ERROR_AFTER, 1),
    "crash-before": (Mode.CRASH_BEFORE, 1),
    "crash-after": (Mode.CRASH_AFTER, 1),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """From the n-th time on (counted from 1) that a function makes a call, it fails."""

    caller: str
    service: str
    operation: str
    number: int
    mode: str

    def __str__(self) -> str:
        return f"{self.caller}/{self.service}.{self.operation}/{self.number}/{self.mode}"

    @property
    def call(self) -> tuple[str, str, str, int]:
        """Which one it is."""
        return self.caller, self.service, self.operation, self.number

    @property
    def always(self) -> bool:
        """Whether it strikes every time, for the first try."""
        return MODES[self.mode][1] is None

    def arrange(self, world: World, made: int = 0) -> Arranged:
        """The fault, on an embedded AWS on which that call was `made` so often."""
        mode, times = MODES[self.mode]
        began = None

        def strikes(call: Any) -> bool:
            nonlocal made, began
            if (call.caller, call.service, call.operation) != (self.caller, self.service, self.operation):
                return False
            made += 1
            if made < self.number:
                return False
            began = began or world.aws.now()
            return world.aws.now() < began + FIRST_TRY

        planned = world.aws.faults.add(strikes, mode, times=times)
        return lambda: planned.hits > 0


def faults(stage: Stage) -> Iterator[Fault]:
    """Every call of a scenario, in every mode."""
    for (caller, service, operation), count in stage.calls.items():
        for number in range(min(count, OCCURRENCES)):
            for mode in MODES:
                yield Fault(caller=caller, service=service, operation=operation, number=number + 1, mode=mode)


@dataclass(kw_only=True)
class Parting:
    """Many faults of one scenario: each parts from the others at the call that fails."""

    tree: Tree
    faults: Mapping[str, Fault]
    made: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def watch(self, world: World) -> None:
        """Count calls, and part at those that are to fail."""
        modes: dict[tuple[str, str, str, int], dict[str, list[str]]] = defaultdict(dict)
        for name, fault in self.faults.items():
            modes[fault.call][fault.mode] = [name]

        def looks(call: Any) -> bool:
            made = call.caller, call.service, call.operation
            self.made[made] += 1
            if not self.tree.struck and (here := modes.get((*made, self.made[made]))):
                self._part(world, here)
            return False

        world.aws.faults.add(looks)

    def _part(self, world: World, modes: dict[str, list[str]]) -> None:
        mode = self.tree.part(modes)
        if mode is None:
            if self.tree.done:
                self.tree.over()
            return
        # It comes after what looks here, and so strikes at this very call.
        fault = self.faults[self.tree.names[0]]
        self.tree.leaf(fault.arrange(world, fault.number - 1))


def together(
    stage: Stage, faults: Mapping[str, Fault], answer: Answer, compared: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The faults as one tree; {"answer"} or {"raised"} of each by its name."""
    tree = Tree(forks=stage.forks, names=list(faults))
    return grown(stage, Parting(tree=tree, faults=faults), answer, compared)
