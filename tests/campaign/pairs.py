"""R2: after a call has failed, one fails in the next try too, whatever comes next: events, ticks, looks again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.campaign.faults import FIRST_TRY, Fault
from tests.campaign.forked import Ended, Forks
from tests.campaign.scenarios import World
from tests.campaign.stage import Arranged, Stage

# Those that end a try; what boto3 makes good by itself leaves nothing for a second one.
MODES = ("throttled-always", "timeout-after-always", "crash-before", "crash-after")
Choose = Callable[[list[str]], list[str]]
SCENARIOS = ("by-hand", "second", "challenger")  # training, rollout and A/B


def firsts(stage: Stage) -> Iterator[Fault]:
    """The first time that each function makes each call, in each of those modes."""
    for caller, service, operation in stage.calls:
        for mode in MODES:
            yield Fault(caller=caller, service=service, operation=operation, number=1, mode=mode)


@dataclass(kw_only=True)
class Pairs:
    """All second faults after a first one: up to there it is played once, then once for each of them.

    `choose` says which of the seconds are played; it is given their names.
    """

    first: Fault
    forks: Forks
    choose: Choose
    struck: Arranged = field(default=lambda: False)
    second: Arranged | None = None
    made: set[tuple[str, str]] | None = None  # calls in the tries after the first, where they are recorded
    began: datetime | None = None  # when the first fault struck
    parted: bool = False
    tries: int = 0

    def arrange(self, world: World) -> Arranged:
        """The first fault, and the parting of ways at the first call of the next try."""
        world.aws.faults.add(lambda call: self._look(world, call))  # it sees each call before any fault strikes
        self.struck = self.first.arrange(world)
        return lambda: self.struck() and (self.second is None or self.second())

    def answer(self, found: dict[str, Any], *, struck: bool) -> Any:
        """What one of the ways leaves: what was called on it, whether its fault has struck, what came of it."""
        return {"made": sorted(self.made or ()), "struck": struck, "found": found}

    def _look(self, world: World, call: Any) -> bool:
        if call.caller != self.first.caller:
            return False
        tries = len(world.aws.lambda_.marks.get(call.caller, ()))
        if not self.struck():
            self.tries, self.began = tries, world.aws.now()
        elif tries > self.tries:
            if not self.parted:
                self._part(world)
            if self.made is not None and not self._first_still(world, call):
                self.made.add((call.service, call.operation))
        return False

    def _first_still(self, world: World, call: Any) -> bool:
        """Whether the first fault is what strikes this call, so that no second one can."""
        here = (call.caller, call.service, call.operation, 1) == self.first.call
        assert self.began is not None  # it has struck
        return here and self.first.always and world.aws.now() < self.began + FIRST_TRY

    def _part(self, world: World) -> None:
        """First a way without a second fault, which tells what is called; then one for each that there may be."""
        self.parted = True
        plain: list[Any] = []
        if self.forks.part(["plain"], plain) == "plain":
            self.made = set()
            return
        [said] = plain
        if "raised" in said:
            raise Ended([1, {"": said}])
        seconds = {
            str(one): one
            for service, operation in said["answer"]["made"]
            for mode in MODES
            for one in [self._second(service, operation, mode)]
        }
        names, answers = self.choose(list(seconds)), list[Any]()
        name = self.forks.part(names, answers)
        if name is None:
            raise Ended([len(seconds), dict(zip(names, answers, strict=True))])
        self.second = seconds[name].arrange(world)

    def _second(self, service: str, operation: str, mode: str) -> Fault:
        return Fault(caller=self.first.caller, service=service, operation=operation, number=1, mode=mode)


def played(stage: Stage, first: Fault, choose: Choose) -> tuple[int, dict[str, list[str]]]:
    """How many second faults there are, and what each of those played makes other than it is without any."""
    pairs = Pairs(first=first, forks=stage.forks, choose=choose)
    try:
        answer = stage.fork(pairs.arrange, pairs.answer)
    except RuntimeError as error:
        return 1, {"": [str(error)]}
    if isinstance(answer, dict):  # nothing was tried again
        return 0, {}
    many, answers = answer
    return many, {name: _judged(stage, said) for name, said in answers.items()}


def _judged(stage: Stage, said: dict[str, Any]) -> list[str]:
    if "raised" in said:
        return [said["raised"]]
    answer = said["answer"]
    return stage.differs(answer["found"]) if answer["struck"] else ["the second fault has not struck"]


def sampled(sample: int, seed: int, only: str) -> Choose:
    """Which second faults are played: all, so many of them by chance, or the one of a case."""

    def choose(names: list[str]) -> list[str]:
        found = [name for name in names if only in ("", name)]
        return random.Random(seed).sample(found, sample) if sample and len(found) > sample else found

    return choose
