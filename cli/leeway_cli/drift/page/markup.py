"""HTML and SVG by function calls: every text is escaped, whatever it holds, unless it is markup of ours already."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from leeway_cli import console

Attribute = str | int | float | None


class Markup(str):
    """What needs no escaping any more; made by `el` and `join` alone."""

    __slots__ = ()


def text(value: str) -> Markup:
    """A text, with its control characters told."""
    return value if isinstance(value, Markup) else Markup(html.escape(console.plain(value)))


def join(parts: Iterable[str]) -> Markup:
    """Several in a row."""
    return Markup("".join(text(part) for part in parts))


def el(tag: str, *children: str, **attributes: Attribute) -> Markup:
    """An element. `class_` is class, and `stroke_width` stroke-width; None leaves an attribute out."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(_written(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{said}>{join(children)}</{tag}>")


def _written(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table whose first column names the row; it scrolls in itself where it is too wide."""
    top = el("thead", el("tr", *(el("th", cell, scope="col") for cell in head)))
    body = el("tbody", *(el("tr", el("th", row[0], scope="row"), *(el("td", c) for c in row[1:])) for row in rows))
    return el("div", el("table", el("caption", caption), top, body), class_="scroll", tabindex=0)


def folded(summary: str, *inside: str) -> Markup:
    """What is shown when it is asked for."""
    return el("details", el("summary", summary), *inside)


def section(title: str, *inside: str, note: str = "") -> Markup:
    """A part of the page."""
    return el("section", el("h2", title), *([el("p", note, class_="note")] if note else []), *inside)
