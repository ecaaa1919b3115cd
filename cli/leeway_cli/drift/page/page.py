"""The whole page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import reduce

from leeway.drift.timeline import BAR
from leeway.drift.windows import Window
from leeway.journal import Entry
from leeway_cli.drift import words
from leeway_cli.drift.columns import columns, ranked
from leeway_cli.drift.look import Look
from leeway_cli.drift.page import evidence, heat, marks, quality, shape
from leeway_cli.drift.page.markup import Markup, el, join, section, table
from leeway_cli.drift.page.style import STYLE

RECENT = timedelta(hours=24)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # what data might smuggle in is not run or fetched
SHAPES = 100  # features whose distribution is drawn


def page(found: Look, story: Sequence[Entry], where: str, now: datetime) -> str:
    """One HTML file; `where` is the stack that was looked at, and `story` the model's journal."""
    title = f"Drift of {found.model}, version {found.version}"
    done = marks.marks([one for one in story if found.begin <= one.at <= found.end])
    body = el("main", el("header", el("h1", title), *_head(found, where, now)), *_sections(found, done))
    return document(title, body)


def document(title: str, body: Markup, more: str = "") -> str:
    """A file that needs nothing beside it; `more` are rules for what this page alone has."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{el('title', title)}<style>{STYLE}{more}</style></head><body>{body}</body></html>\n"
    )


def _head(found: Look, where: str, now: datetime) -> Iterator[Markup]:
    yield el("p", f"{where}; made {now:%Y-%m-%d %H:%M} UTC", class_="sub")
    verdict = el("span", found.verdict, class_=f"verdict {found.verdict}")
    yield el("p", verdict, words.headline(found).partition(found.verdict)[2], class_="lead")
    yield el("p", words.counted(found))
    if found.culprits:
        yield el("ul", *(el("li", _culprit(words.culprit(one))) for one in found.culprits))


def _culprit(said: str) -> Markup:
    """The name between its ticks as code."""
    _, name, rest = said.split("`", 2)
    return join([el("code", name), rest])


def _sections(found: Look, done: Sequence[marks.Mark]) -> Iterator[Markup]:
    if not found.hours:
        return
    note = f"From {BAR:,.0f} on it is drift; where there is none, that takes {BAR:,.0f} hours on average, or more."
    yield section("Evidence over time", evidence.chart(found, done), note=note)
    if done:
        yield section("What was done", marks.story(done))
    yield section(
        "Features and hours", heat.chart(found),
        note="How far the share of rows of some value has moved from the baseline, where it has moved most. What chance"
        " makes of so few rows is shown as not moved.",
    )  # fmt: skip
    yield from quality.part(found)
    yield _shapes(found)
    yield _unused(found)


def _shapes(found: Look) -> Markup:
    """The newest day that has rows, over the baseline."""
    newest = next((one.hour for one in reversed(found.hours) if one.window.rows), found.hours[-1].hour)
    recent = [one for one in found.hours if newest - RECENT < one.hour <= newest]
    window = reduce(Window.merge, (one.window for one in recent), Window())
    loud = {one.feature: one.what for one in found.culprits}
    features = {feature.name: feature for feature in found.reference.all}
    names = ranked(found, columns(found, heat.ROOM))[:SHAPES]
    cards = [shape.card(features[name], window, loud.get(name, "")) for name in names]
    span = f"{recent[0].hour:%Y-%m-%d %H:%M} to {newest + evidence.HOUR:%Y-%m-%d %H:%M} UTC"
    note = f"{window.rows:,} rows of {span} (narrow bars) over {found.reference.rows:,} of the baseline (wide ones)."
    note += " Numbers lie in bins between the baseline's quantiles, and each end is open."
    return section("Distributions", el("div", *cards, class_="cards"), note=note)


def _unused(found: Look) -> Markup:
    rows = [(reason, f"{count:,}") for reason, count in found.window.unused.items()]
    if not rows:
        return section("Records without use", el("p", "None: every record could be read."))
    total = f"{found.window.records:,} records in all"
    return section("Records without use", table(total, ("Reason", "Records"), rows))
