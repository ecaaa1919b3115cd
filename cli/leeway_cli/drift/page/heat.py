"""The map of features and hours, drawn, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from leeway_cli import console
from leeway_cli.drift.chart import each
from leeway_cli.drift.columns import Column, columns, level, ranked
from leeway_cli.drift.look import Look
from leeway_cli.drift.page.evidence import HOUR
from leeway_cli.drift.page.markup import Markup, el, folded, table
from leeway_cli.drift.page.scale import WIDTH, Plot, plot

ROOM = 96  # columns
MOST = 60  # features
LEFT, ROW = 168, 20
LETTERS = 22


def chart(found: Look) -> Markup:
    """The figure with its key and its table."""
    shown = columns(found, ROOM)
    names = ranked(found, shown)[:MOST]
    bottom = 8.0 + ROW * (len(names) + 1)
    area = plot(found, left=LEFT, top=8, bottom=bottom)
    inside = [
        el("title", f"How far each feature was from its baseline; a column is {each(shown)}"),
        *_row("verdict", 0, area, shown, _verdict),
        *(
            cell
            for number, name in enumerate(names, 1)
            for cell in _row(name, number, area, shown, lambda column, name=name: _cell(found, column, name))  # type: ignore[misc]
        ),
        *area.times(),
    ]
    drawing = el("svg", *inside, viewBox=f"0 0 {WIDTH} {bottom + 26:.0f}", role="img")
    more = len(found.reference.all) - len(names)
    note = el("p", f"{more} more features moved less.", class_="note") if more > 0 else ""
    scrolling = el("div", drawing, class_="scroll wide", tabindex=0)
    return el("figure", scrolling, _keys(found), note, _table(shown, names))


def _row(
    name: str, number: int, area: Plot, shown: Sequence[Column], told: Callable[[Column], tuple[str | None, str]]
) -> Iterator[Markup]:
    y = area.top + ROW * number
    plain = console.plain(name)
    label = plain if len(plain) <= LETTERS else plain[: LETTERS - 1] + "…"
    yield el("text", label, el("title", plain), x=LEFT - 10, y=y + 14, class_="end name")
    for column in shown:
        kind, words = told(column)
        if kind is None:
            continue
        x = area.x(column.begin)
        width = max(area.x(column.begin + column.step * HOUR) - x - 0.6, 0.6)
        fill = "url(#hatch)" if kind == "hatched" else None
        title = el("title", f"{plain}, {column.begin:%Y-%m-%d %H:%M}: {words}")
        yield el("rect", title, x=x, y=y, width=width, height=ROW - 2, class_=kind, fill=fill)


def _verdict(column: Column) -> tuple[str | None, str]:
    if not column.verdict:
        return None, ""
    kind = "hatched" if column.verdict == "unknown" else f"v-{column.verdict}"
    return kind, f"{column.verdict}, {column.window.rows:,} rows"


def _cell(found: Look, column: Column, name: str) -> tuple[str | None, str]:
    if not column.hours:
        return None, ""
    moved = column.distances[name]
    if moved is None:
        return "hatched", f"unknown, {column.window.rows:,} rows"
    words = f"a share of rows has moved by {moved:.3f}" if moved else "not moved, or not surely"
    return f"l{level(moved, found.delta)}", f"{words}; {column.window.rows:,} rows"


def _keys(found: Look) -> Markup:
    bounds = ["within " + f"{found.delta:.2g}", *(f"over {found.delta * times:.2g}" for times in (1, 2, 4, 8))]
    keys = [(f"l{number}", told) for number, told in enumerate(bounds)]
    squares = [
        el("li", el("svg", el("rect", width=14, height=14, rx=2, class_=kind), viewBox="0 0 14 14"), told)
        for kind, told in [*keys, ("v-stable", "stable"), ("v-drifted", "drifted")]
    ]
    hatched = el("li", el("svg", el("rect", width=14, height=14, fill="url(#hatch)"), viewBox="0 0 14 14"), "unknown")
    return el("ul", *squares, hatched, class_="keys")


def _table(shown: Sequence[Column], names: Sequence[str]) -> Markup:
    head = ["Feature", *(f"{column.begin:%m-%d %H:%M}" for column in shown)]
    rows = [["verdict", *(column.verdict for column in shown)]]
    rows += [[name, *(_number(column.distances[name]) if column.hours else "" for column in shown)] for name in names]
    caption = f"By how much a share of rows has moved, 0 to 1; a column is {each(shown)}"
    return folded("The map as a table", table(caption, head, rows))


def _number(moved: float | None) -> str:
    return "unknown" if moved is None else f"{moved:.2f}"
