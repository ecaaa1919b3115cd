"""An experiment as one HTML file: the decision in words, evidence against its bar, weights and guardrails over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import ceil, log10

from leeway.experiment import guardrails, rule
from leeway_cli.drift.page import marks
from leeway_cli.drift.page.markup import Markup, el, folded, section, table
from leeway_cli.drift.page.page import document
from leeway_cli.drift.page.scale import WIDTH, Plot
from leeway_cli.trial.past import Counted, Past

MORE = (
    ".worse{stroke:var(--bad);stroke-width:2;fill:none}.share{stroke:var(--accent);stroke-width:2;fill:none}"
    ".tails{stroke:var(--warn);stroke-width:2;fill:none}"
)
LOWEST, HIGHEST = -2, 12  # powers of ten that a chart shows at most
DRAWN = 480  # points of a line
Points = Sequence[tuple[datetime, float]]
Line = tuple[str, str, Points]  # what it is, its class, its points


def page(found: Past, where: str, now: datetime) -> str:
    """One HTML file; `where` is the stack that was looked at."""
    title = f"{found.model}: version {found.challenger} against version {found.champion}"
    done = marks.marks(found.story)
    span = f"{found.begin:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    head = el(
        "header",
        el("h1", title),
        el("p", f"{where}; {span}; made {now:%Y-%m-%d %H:%M} UTC", class_="sub"),
        el("p", found.decision or "nothing is decided yet", class_="lead"),
    )
    body = el("main", head, *_sections(found, done))
    return document(title, body, MORE)


def _sections(found: Past, done: Sequence[marks.Mark]) -> Iterator[Markup]:
    bar, guard = rule.BAR, 1 / guardrails.ALPHA
    note = f"From {bar:.0f} on it is sure, however often one looks; each cohort counts once its outcomes have come."
    better = [(found.begin, 1.0), *((one.end, one.up) for one in found.counted)]
    worse = [(found.begin, 1.0), *((one.end, one.down) for one in found.counted)]
    lines = [("the challenger is better", "series", better), ("it is worse", "worse", worse)]
    yield section("Evidence over time", _evidence(found, done, lines, bar, _cohorts(found.counted)), note=note)
    yield section("Weights over time", _weights(found, done))
    if found.unread or not found.guarded:
        yield section("Guardrails", el("p", found.unread or "No minute with traffic of both has been seen yet."))
    else:
        note = f"From {guard:.0f} on the challenger is rolled back; minutes of the last 7 days at most."
        kinds = (("5xx answers", "worse", "errors"), ("mean latency", "series", "latency"), ("p99", "tails", "tails"))
        drawn = [(what, kind, [(one.at, getattr(one, name)) for one in found.guarded]) for what, kind, name in kinds]
        last = [(what, f"{points[-1][1]:.3g}", f"{guard:.0f}") for what, _, points in drawn]
        shown = folded("Guardrails as a table", table("At the end", ("Guardrail", "Evidence", "Bar"), last))
        yield section("Guardrails", _evidence(found, done, drawn, guard, shown), note=note)
    if done:
        yield section("What was done", marks.story(done))


def _evidence(found: Past, done: Sequence[marks.Mark], lines: Sequence[Line], bar: float, shown: Markup) -> Markup:
    """Lines on a logarithmic scale, with the bar."""
    values = [min(max(value, 10.0**LOWEST), 10.0**HIGHEST) for *_, points in lines for _, value in points]
    top = max(ceil(log10(max(*values, bar))), 2)
    low = min(-1, int(log10(min(values))))

    def part(value: float) -> float:
        return (log10(min(max(value, 10.0**low), 10.0**top)) - low) / (top - low)

    area = Plot(begin=found.begin, end=found.until, left=76, top=30, bottom=236)
    step = max(1, (top - low) // 6)
    drawing = el(
        "svg",
        el("title", f"Evidence over time, against a bar of {bar:.0f}"),
        *(area.level(part(10.0**n), f"{10.0**n:,.10g}") for n in range(low, top + 1, step) if 10.0**n != bar),
        area.level(part(bar), f"bar {bar:.0f}", "bar"),
        *area.times(),
        *marks.drawn(done, area),
        *(one for _, kind, points in lines for one in area.line(_places(points, area, part), kind)),
        viewBox=f"0 0 {WIDTH} 262",
        role="img",
    )
    return el("figure", el("div", drawing, class_="scroll wide newest", tabindex=0), _keys(lines, bar=True), shown)


def _places(points: Points, area: Plot, part: object) -> list[tuple[float, float] | None]:
    """As many as a line needs; the last one is always among them."""
    assert callable(part)
    every = max(1, len(points) // DRAWN)
    kept = [*points[:-1:every], points[-1]]
    return [(area.x(at), area.y(part(value))) for at, value in kept]


def _weights(found: Past, done: Sequence[marks.Mark]) -> Markup:
    """The challenger's share of the traffic, with steps where it changed."""
    area = Plot(begin=found.begin, end=found.until, left=76, top=30, bottom=150)
    places: list[tuple[float, float] | None] = []
    for one in found.epochs:
        y = area.y(one.share / 100)
        places += [(area.x(one.begin), y), (area.x(one.end or found.until), y)]
    drawing = el(
        "svg",
        el("title", f"Share of the traffic of version {found.challenger} over time"),
        *(area.level(percent / 100, f"{percent} %") for percent in (0, 25, 50, 75, 100)),
        *area.times(),
        *marks.drawn(done, area),
        *area.line(places, "share"),
        viewBox=f"0 0 {WIDTH} 176",
        role="img",
    )
    rows = [
        (f"{one.begin:%Y-%m-%d %H:%M}", f"{one.end:%Y-%m-%d %H:%M}" if one.end else "", f"{one.share} %")
        for one in found.epochs
    ]
    shown = folded("Weights as a table", table("The challenger's share", ("From", "Until", "Share"), rows))
    keys = _keys([(f"version {found.challenger}", "share", [])], bar=False)
    return el("figure", el("div", drawing, class_="scroll wide newest", tabindex=0), keys, shown)


def _keys(lines: Sequence[Line], *, bar: bool) -> Markup:
    pairs = [(what, kind) for what, kind, _ in lines] + ([("bar", "bar")] if bar else [])
    return el(
        "ul",
        *(
            el("li", el("svg", el("line", x1=0, x2=14, y1=7, y2=7, class_=kind), viewBox="0 0 14 14"), what)
            for what, kind in pairs
        ),
        class_="keys",
    )


def _cohorts(counted: Sequence[Counted]) -> Markup:
    """The cohorts as a table, the newest first."""
    rows = [
        (
            f"{one.begin:%Y-%m-%d %H:%M}",
            f"{one.cohort.champion_successes:,} of {one.cohort.champion:,}",
            f"{one.cohort.challenger_successes:,} of {one.cohort.challenger:,}",
            f"{one.up:.3g}",
            f"{one.down:.3g}",
        )
        for one in reversed(counted)
    ]
    head = ("From (UTC)", "Champion", "Challenger", "Better", "Worse")
    return folded("Cohorts as a table", table("Successes among the units of each cohort", head, rows))
