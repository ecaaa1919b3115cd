"""What a column of a sample holds: its different texts with how often each stands there, and how many are missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import TypeAdapter, ValidationError

from leeway.cells import MISSING, PARSERS, TIME, parse_time
from leeway.errors import Rejected
from leeway.spec import Column
from leeway_cli.model_toml.kinds import Cell, ColumnName

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
NAMES: TypeAdapter[str] = TypeAdapter(ColumnName)
CELLS: TypeAdapter[str] = TypeAdapter(Cell)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """`counts` leaves out what is missing, has no blanks around its texts, and is in the order of first appearance."""

    name: str
    counts: Mapping[str, int]
    missing: int

    @cached_property
    def present(self) -> int:
        """Rows with a value."""
        return sum(self.counts.values())

    @property
    def rows(self) -> int:
        """All rows."""
        return self.present + self.missing

    @property
    def unique(self) -> bool:
        """Whether no text comes twice."""
        return len(self.counts) == self.present > 0

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of its name: `customerID` and `customer_id` have the same."""
        return frozenset(word.lower() for word in WORD.findall(self.name))

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """The texts that are numbers, and which."""
        column = Column(name=self.name, type="float")
        parsed = ((text, PARSERS["float"](column, text)) for text in self.counts)
        return {text: value for text, value in parsed if isinstance(value, float)}

    @cached_property
    def no_numbers(self) -> int:
        """Rows whose text is no number."""
        if len(self.numbers) == len(self.counts):
            return 0
        return self.present - sum(self.counts[text] for text in self.numbers)

    def fits(self, kind: str) -> bool:
        """Whether every text is a value of that type; answers at the first that is not."""
        column = Column(name=self.name, type=kind)
        return self.all(lambda text: PARSERS[kind](column, text) is not None)

    def all(self, test: Callable[[str], object]) -> bool:
        """Whether there are texts, and every one passes."""
        return bool(self.counts) and all(test(text) for text in self.counts)

    @cached_property
    def iso_times(self) -> bool:
        """Whether every text is a time written out."""
        return self.all(TIME.fullmatch) and self.times

    @cached_property
    def times(self) -> bool:
        """Whether every text is a time, written out or in seconds since 1970, as event times are read."""
        return self.all(is_time)

    @cached_property
    def decimals(self) -> bool:
        """Whether some text has a fraction or an exponent."""
        return any(letter in text for text in self.counts for letter in ".eE")

    @cached_property
    def sequence(self) -> bool:
        """Whether they are whole numbers that only rise or only fall from row to row."""
        if not (self.unique and self.fits("int")):
            return False
        numbers = list(self.numbers.values())
        return numbers in (sorted(numbers), sorted(numbers, reverse=True))


def profile(name: str, cells: Mapping[str, int]) -> Profile:
    """The profile of a column's cells as they stand in the file, each with how often it does."""
    counts: dict[str, int] = {}
    missing = 0
    for cell, count in cells.items():
        text = cell.strip()
        if text.lower() in MISSING:
            missing += count
        else:
            counts[text] = counts.get(text, 0) + count
    return Profile(name=name, counts=counts, missing=missing)


def is_time(text: str) -> bool:
    """Whether an event time may be written so."""
    try:
        parse_time("", text)
    except Rejected:
        return False
    return True


def good_name(name: str) -> bool:
    """Whether model.toml takes a column of that name."""
    return _valid(NAMES, [name])


def good_values(texts: Iterable[str]) -> bool:
    """Whether model.toml takes these texts as categories."""
    return _valid(CELLS, texts)


def _valid(kind: TypeAdapter[str], texts: Iterable[str]) -> bool:
    try:
        for text in texts:
            kind.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True
