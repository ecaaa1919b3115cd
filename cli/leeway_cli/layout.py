"""How a screen of results is set: names in a column, long texts wrapped under themselves, tables."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from leeway_cli import console

WIDEST, NARROWEST = 140, 60


def width() -> int:
    """Columns of the terminal, within reason."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((100, 24)).columns))


def wrapped(text: str, indent: int = 0, first: str = "") -> Iterator[str]:
    """A text on lines that all begin in one column; `first` stands before it. No control character is let through."""
    lead = f"{first:<{indent}}"
    room = max(30, width() - indent)
    for line in textwrap.wrap(console.plain(text), room, break_long_words=False, break_on_hyphens=False) or [""]:
        yield (lead + line).rstrip()
        lead = " " * indent


def field(name: str, text: str, *, column: int = 12) -> Iterator[str]:
    """One named value."""
    return wrapped(text, indent=column + 2, first=f"  {name}")


def table(rows: Sequence[Sequence[str]], *, gap: int = 2) -> Iterator[str]:
    """Rows in columns; the last column is as wide as it is."""
    sizes = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [f"{console.plain(cell):<{size}}" for cell, size in zip(row, sizes, strict=True)]
        yield (" " * gap).join(cells).rstrip()


def listed(values: Mapping[str, str]) -> str:
    """Names and values in one line."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


def counted(count: int, thing: str) -> str:
    """A number of things, in the singular where it is one."""
    return f"{count:,} {thing}{'s' if count != 1 else ''}"


def number(value: float | None) -> str:
    """A metric as people read it."""
    return "does not exist" if value is None else f"{value:.4f}"


def some(values: Iterable[str], most: int) -> str:
    """The first few, and how many more there are."""
    all_of_them = list(values)
    more = f" and {len(all_of_them) - most} more" if len(all_of_them) > most else ""
    return ", ".join(all_of_them[:most]) + more
