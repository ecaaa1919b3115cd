"""The map of features and hours in the terminal: shades, with colour where there is any, in ASCII where there must."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from leeway_cli import console, layout
from leeway_cli.drift.columns import Column, columns, level, ranked
from leeway_cli.drift.look import Look

MOST = 24  # features that are shown
LONGEST = 22  # letters of a name
STYLES = ("dim", "yellow", "yellow", "red", "red")


@dataclass(frozen=True, kw_only=True)
class Glyphs:
    """What stands for how far, how many, and which verdict; a space is an hour of which there is no report."""

    shades: str
    bars: str
    verdicts: dict[str, str]
    cut: str


UNICODE = Glyphs(shades="·░▒▓█", bars="▁▂▃▄▅▆▇█", verdicts={"stable": "·", "drifted": "!", "unknown": "?"}, cut="…")
ASCII = Glyphs(shades=".-+x#", bars=".:-=+*%#", verdicts={"stable": ".", "drifted": "!", "unknown": "?"}, cut="~")


def glyphs() -> Glyphs:
    """ASCII where the terminal has no other letters."""
    try:
        f"{UNICODE.shades}{UNICODE.bars}".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def lines(found: Look) -> Iterator[str]:
    """The map with its axis and its legend, as wide as the terminal."""
    signs = glyphs()
    names = ranked(found, columns(found, 1))
    label = min(LONGEST, max(len("verdict"), *(len(console.plain(name)) for name in names)))
    shown = columns(found, layout.width() - label - 4)
    names = ranked(found, shown)[:MOST]
    for text in axis(shown):
        yield f"{'':{label + 4}}{text}".rstrip()
    yield _row("verdict", label, signs, shown, lambda column: _verdict(column, signs))
    for name in names:
        yield _row(name, label, signs, shown, lambda column, name=name: _shade(column, name, found.delta, signs))  # type: ignore[misc]
    yield _row("rows", label, signs, shown, _bars(shown, signs))
    if more := len(found.reference.all) - len(names):
        yield f"  {layout.counted(more, 'feature')} more moved less (all: --json, --html)"
    yield from legend(found.delta, shown, signs)


def _row(
    name: str, label: int, signs: Glyphs, shown: Sequence[Column], cell: Callable[[Column], tuple[str, str]]
) -> str:
    text = console.plain(name)
    text = text if len(text) <= label else text[: label - 1] + signs.cut
    runs = groupby(map(cell, shown), key=lambda pair: pair[1])
    drawn = "".join(_painted("".join(glyph for glyph, _ in run), style) for style, run in runs)
    return f"  {text:<{label}}  {drawn}".rstrip()


def _painted(text: str, style: str) -> str:
    return console.paint(text, style) if style else text


def _verdict(column: Column, signs: Glyphs) -> tuple[str, str]:
    styles = {"drifted": "red", "stable": "green", "unknown": "dim"}
    return signs.verdicts.get(column.verdict, " "), styles.get(column.verdict, "")


def _shade(column: Column, name: str, delta: float, signs: Glyphs) -> tuple[str, str]:
    if not column.hours:
        return " ", ""
    found = column.distances[name]
    if found is None:
        return signs.verdicts["unknown"], "dim"
    place = level(found, delta)
    return signs.shades[place], STYLES[place]


def _bars(shown: Sequence[Column], signs: Glyphs) -> Callable[[Column], tuple[str, str]]:
    most = max((column.window.rows for column in shown), default=0)

    def bar(column: Column) -> tuple[str, str]:
        if not column.hours:
            return " ", ""
        if not column.window.rows:
            return "0", "dim"
        return signs.bars[(column.window.rows * len(signs.bars) - 1) // most], "dim"

    return bar


def axis(shown: Sequence[Column]) -> Iterator[str]:
    """Days over the columns, and the hours of the day where a column is a part of one."""
    if not shown:
        return
    step = timedelta(hours=shown[0].step)
    if step >= timedelta(days=1):
        yield _ticks(shown, lambda at: True, lambda at: f"{at:%d} {at:%b}")
        return
    yield _ticks(shown, lambda at: at.hour < shown[0].step, lambda at: f"{at:%a} {at:%d} {at:%b}")
    if shown[0].step <= 3:
        yield _ticks(shown, lambda at: at.hour % 6 == 0, lambda at: f"{at:%H}")


def _ticks(shown: Sequence[Column], begins: Callable[[datetime], bool], told: Callable[[datetime], str]) -> str:
    """Texts where there is room for them: at each tick, and at the first column."""
    text = ""
    for place, column in enumerate(shown):
        word = told(column.begin)
        after = next((n for n in range(place + 1, len(shown)) if begins(shown[n].begin)), len(shown) + 9)
        wanted = begins(column.begin) or (place == 0 and after > len(word))
        if wanted and (not text or len(text) < place) and place + len(word) <= max(len(shown), len(word)):
            text = f"{text:<{place}}{word}"
    return text


def legend(delta: float, shown: Sequence[Column], signs: Glyphs) -> Iterator[str]:
    """What the signs mean."""
    most = max((column.window.rows for column in shown), default=0)
    bounds = [f"{delta * times:.2g}" for times in (1, 2, 4, 8)]
    shades = ", ".join(f"{shade} > {bound}" for shade, bound in zip(signs.shades[1:], bounds, strict=True))
    yield from layout.field("column", f"{each(shown)} (UTC), of at most {layout.counted(most, 'row')}")
    yield from layout.field(
        "shade", f"by how much a share of rows has moved: {signs.shades[0]} not, or not surely, {shades}"
    )
    verdicts = ", ".join(f"{signs.verdicts[name]} {name}" for name in ("stable", "drifted", "unknown"))
    yield from layout.field("verdict", f"{verdicts}; a space has no report")


def each(shown: Sequence[Column]) -> str:
    """How long a column is."""
    step = shown[0].step if shown else 1
    number, unit = (step, "hour") if step < 24 else (step // 24, "day")
    return {"hour": "an hour", "day": "a day"}[unit] if number == 1 else f"{number} {unit}s"
