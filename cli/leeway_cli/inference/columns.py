"""Which columns are features, and what each takes: nothing that tomorrow's data are likely to break.

A rule looks at a column and answers, or leaves it to the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from leeway.cells import shown
from leeway.spec import Column
from leeway_cli import console
from leeway_cli.inference.profile import Profile, good_name, good_values
from leeway_cli.inference.roles import ID_WORDS, NUMBER_WORDS

ENOUGH = 100  # rows from which a sample says where a range ends
SEEN = 10  # times that each value must have come before the list of values counts as complete
FEW = 20  # categories that are listed, at most
TINY = 20  # rows under which "another value in every row" says nothing
SLIPS = 0.002  # share of rows in which a column of numbers may hold something else: those rows are bad
CODE = re.compile(r"[+-]?0[0-9]")  # 007 is a name and no number
DRESSED = re.compile(r"[\s%$€£]|[A-Z]{3}\b")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[.,' ]?[0-9]{3})*[.,]?[0-9]*")


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A column of [data.columns] and what the sample says of it."""

    column: Column
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A column that is no feature; `type` is what it would be where somebody wants it all the same, "" for nothing."""

    name: str
    why: str
    type: str = ""


def judge(profile: Profile) -> Feature | LeftOut:
    """The feature that a column makes, or why it makes none."""
    for rule in RULES:
        if found := rule(profile):
            return found
    return _category(profile)


def _nameless(profile: Profile) -> LeftOut | None:
    if not profile.name:
        return LeftOut(name=profile.name, why="has no name in the header")
    if not good_name(profile.name):
        return LeftOut(name=profile.name, why='no column may be called so: at most 128 letters, none of [ ] < , "')
    return None


def _empty(profile: Profile) -> LeftOut | None:
    return None if profile.counts else LeftOut(name=profile.name, why="is empty in every row")


def _constant(profile: Profile) -> LeftOut | None:
    if len(profile.counts) > 1 or profile.missing:
        return None
    text = next(iter(profile.counts))
    kind = "float" if profile.fits("float") else "category"
    return LeftOut(name=profile.name, why=f"is {shown(text, 40)} in every row", type=kind)


def _date(profile: Profile) -> Feature | None:
    note = "days since 1970; leave it out where it is known only after the label"
    return _feature(profile, "date", note=note) if profile.iso_times else None


def _numbers(profile: Profile) -> Feature | LeftOut | None:
    slips = profile.no_numbers
    if slips > SLIPS * profile.present or any(CODE.match(text) for text in profile.counts):
        return None
    if set(profile.counts) == {"0", "1"} and min(profile.counts.values()) >= SEEN:
        return _feature(profile, "bool")
    kind = "int" if not profile.decimals and all(n.is_integer() for n in profile.numbers.values()) else "float"
    named = profile.words & (ID_WORDS | NUMBER_WORDS)
    if kind == "int" and profile.unique and profile.rows >= TINY and (named or profile.sequence):
        return LeftOut(name=profile.name, why="is another number in every row, as an id is", type=kind)
    low, high = min(profile.numbers.values()), max(profile.numbers.values())
    note = f"{low:g} to {high:g}" + (f"; no number in {slips:,} rows" if slips else "")
    return _feature(profile, kind, note=note, low=floor(profile.present, kind, low, high))


def floor(rows: int, kind: str, low: float, high: float) -> float | None:
    """0 where nothing is negative; None for fractions that never come near 0, such as a rate of interest of one month.

    There is never an upper end: the largest value so far says nothing about tomorrow's.
    """
    if rows < ENOUGH or low < 0:
        return None
    return 0 if kind == "int" or low <= (high - low) / 4 else None


def _booleans(profile: Profile) -> Feature | None:
    return _feature(profile, "bool") if profile.fits("bool") else None


def _numbers_in_disguise(profile: Profile) -> LeftOut | None:
    """Numbers that are written in another way, or with words between them: a category of each would learn nothing."""
    if len(profile.counts) <= FEW:
        return None
    wrong = [text for text in profile.counts if text not in profile.numbers]
    if wrong and profile.no_numbers <= 0.2 * profile.present:
        rows = profile.no_numbers
        return LeftOut(
            name=profile.name,
            why=f"is a number, but {shown(wrong[0], 20)} and the like in {rows:,} rows: leave those cells empty",
            type="float",
        )
    if wrong and all(GROUPED.fullmatch(DRESSED.sub("", text)) for text in wrong):
        why = f"is a number, but written as {shown(wrong[0], 20)}: write it as 1234.5"
        return LeftOut(name=profile.name, why=why, type="float")
    return None


def _different(profile: Profile) -> LeftOut | None:
    if profile.unique and profile.rows >= TINY:
        return LeftOut(name=profile.name, why="is another text in every row", type="category")
    if len(profile.counts) > 50 and len(profile.counts) > profile.present / 2:
        return LeftOut(name=profile.name, why="is another text in most rows", type="category")
    return None


def _prose(profile: Profile) -> LeftOut | None:
    words = sum(count * (text.count(" ") + 1) for text, count in profile.counts.items())
    if len(profile.counts) > 50 and words > 4 * profile.present:
        return LeftOut(name=profile.name, why="looks like free text", type="category")
    return None


def _category(profile: Profile) -> Feature:
    texts = sorted(profile.counts)
    complete = 1 < len(texts) <= FEW and min(profile.counts.values()) >= SEEN and good_values(texts)
    if complete:
        return _feature(profile, "category", values=tuple(texts))
    so_far = ", ".join(console.plain(text[:20]) for text in texts[:4]) + (" …" if len(texts) > 4 else "")
    return _feature(profile, "category", note=f"{len(texts):,} so far: {so_far}")


def _feature(
    profile: Profile, kind: str, *, note: str = "", low: float | None = None, values: tuple[str, ...] = ()
) -> Feature:
    missing = f"missing in {profile.missing:,} rows" if profile.missing else ""
    column = Column(name=profile.name, type=kind, min=low, values=values, nullable=bool(missing))
    return Feature(column=column, note="; ".join(part for part in (note, missing) if part))


RULES: tuple[Callable[[Profile], Feature | LeftOut | None], ...] = (
    _nameless,
    _empty,
    _constant,
    _date,
    _numbers,
    _booleans,
    _numbers_in_disguise,
    _different,
    _prose,
)
