"""The list of mutants: what somebody could get wrong, one place at a time."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("mutants.toml")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """`old` becomes `new` in the file at `path`, and one of `tests` should fail; `equivalent` says why none can."""

    path: str
    number: int
    old: str
    new: str
    tests: tuple[str, ...]
    equivalent: str = ""

    @property
    def name(self) -> str:
        """By its file and its place in the list."""
        return f"{self.path}:{self.number}"

    @property
    def diff(self) -> str:
        """What is changed, for people."""
        return "\n".join(
            line
            for line in difflib.ndiff(self.old.strip("\n").splitlines(), self.new.strip("\n").splitlines())
            if not line.startswith("?")
        )


def mutants() -> list[Mutant]:
    """All of them, in the order of the list."""
    document = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [
        Mutant(path=file["path"], number=number, tests=tuple(file["tests"]), **mutant)
        for file in document["file"]
        for number, mutant in enumerate(file["mutants"], 1)
    ]
