"""Many cases of one scenario as a tree: what they have in common is played once, and each goes on from where it parts.

That a case ends so as it does alone, from the beginning, is what `tests/campaign/test_trees.py` compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from tests.campaign.forked import Ended, Forks
from tests.campaign.scenarios import World
from tests.campaign.stage import Answer, Arranged, Stage


@dataclass(kw_only=True)
class Tree:
    """Where this process stands in a tree: `names` are the cases that it plays, `said` is what came of those before.

    What is said of a case is {"answer"} or {"raised"}, as of a fork.
    """

    forks: Forks
    names: Sequence[str]
    said: dict[str, Any] = field(default_factory=dict)
    struck: Arranged | None = None

    def part[Way](self, ways: Mapping[Way, Sequence[str]]) -> Way | None:
        """In a process of its own for each way, that way, with its cases; here None, once all of them have ended."""
        answers: list[Any] = []
        way = self.forks.part(ways, answers)
        if way is not None:
            self.names, self.said = ways[way], {}
            return way
        for names, answer in zip(ways.values(), answers, strict=True):
            self.said |= answer["answer"] if "answer" in answer else dict.fromkeys(names, answer)
        return None

    def leaf(self, struck: Arranged) -> None:
        """From here on all of `names` are one case, whose end is theirs."""
        self.struck = struck

    def over(self) -> NoReturn:
        """All of `names` have their answers."""
        raise Ended(self.said)

    @property
    def done(self) -> bool:
        """Whether they have."""
        return len(self.said) == len(self.names)


class Growing(Protocol):
    """A tree that parts at what it sees happen on a world."""

    tree: Tree

    def watch(self, world: World) -> None:
        """From now on."""


def grown(stage: Stage, growing: Growing, answer: Answer, compared: tuple[str, ...]) -> dict[str, Any]:
    """What `answer` makes of the end of each case, {"answer"} or {"raised"}; none of those that never came."""
    tree = growing.tree

    def arrange(world: World) -> Arranged:
        growing.watch(world)
        return lambda: bool(tree.struck and tree.struck())

    def end(found: dict[str, Any], *, struck: bool) -> dict[str, Any]:
        if not tree.struck:
            return tree.said
        ended = {"answer": answer(found, struck=struck)}
        return dict.fromkeys(tree.names, ended)

    said: dict[str, Any] = stage.fork(arrange, end, compared, at_most=None)
    return said
