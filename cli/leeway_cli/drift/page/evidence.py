"""Evidence over time against its bar, with what is not known and what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil, log10

from leeway.drift.records import Report
from leeway.drift.timeline import BAR
from leeway_cli.drift.look import Look
from leeway_cli.drift.page import marks
from leeway_cli.drift.page.marks import Mark
from leeway_cli.drift.page.markup import Markup, el, folded, join, table
from leeway_cli.drift.page.scale import WIDTH, Plot, plot
from leeway_cli.drift.words import amount

HOUR = timedelta(hours=1)
LOWEST = -1  # 0.1
HATCH = el(
    "defs",
    el(
        "pattern",
        el("line", x1=0, y1=0, x2=0, y2=6, class_="hatch"),
        id="hatch", width=6, height=6, patternUnits="userSpaceOnUse", patternTransform="rotate(45)",
    ),
)  # fmt: skip


def chart(found: Look, done: Sequence[Mark]) -> Markup:
    """The figure with its table."""
    highest = max([4.0, *(log10(one.status.evidence) for one in found.hours if one.status.evidence > 0)])
    top = ceil(highest)

    def part(value: float) -> float:
        return (log10(max(value, 10.0**LOWEST)) - LOWEST) / (top - LOWEST)

    area = plot(found, left=76, top=30, bottom=236)
    inside = [
        el("title", f"Evidence of drift of version {found.version} over time, against a bar of {BAR:,.0f}"),
        HATCH,
        *_unknown(found, area),
        *(area.level(part(10.0**n), f"{10.0**n:,.10g}") for n in range(LOWEST, top + 1) if 10.0**n != BAR),
        area.level(part(BAR), f"bar {BAR:,.0f}", "bar"),
        *area.times(),
        *marks.drawn(done, area),
        *area.line(_points(found, area, part)),
    ]
    drawing = el("svg", *inside, viewBox=f"0 0 {WIDTH} 262", role="img")
    return el("figure", el("div", drawing, class_="scroll wide newest", tabindex=0), KEYS, hours(found))


KEYS = el(
    "ul",
    el("li", el("svg", el("line", x1=0, x2=14, y1=7, y2=7, class_="series"), viewBox="0 0 14 14"), "evidence"),
    el("li", el("svg", el("line", x1=0, x2=14, y1=7, y2=7, class_="bar"), viewBox="0 0 14 14"), "bar"),
    el("li", el("svg", el("rect", width=14, height=14, fill="url(#hatch)"), viewBox="0 0 14 14"), "unknown"),
    el("li", el("svg", el("circle", cx=7, cy=7, r=6, class_="badge"), viewBox="0 0 14 14"), "what was done"),
    class_="keys",
)  # fmt: skip


def _points(found: Look, area: Plot, part: Callable[[float], float]) -> list[tuple[float, float] | None]:
    """A gap where an hour is unknown, and where one has no report."""
    points: list[tuple[float, float] | None] = []
    before: datetime | None = None
    for one in found.hours:
        if before is not None and one.hour - before > HOUR:
            points.append(None)
        before = one.hour
        known = one.status.verdict != "unknown"
        points.append((area.x(one.hour + HOUR), area.y(part(one.status.evidence))) if known else None)
    return points


def _unknown(found: Look, area: Plot) -> Iterator[Markup]:
    """Hours that are unknown or have no report, those in a row as one."""
    known = {one.hour for one in found.hours if one.status.verdict != "unknown"}
    hours = [found.begin + n * HOUR for n in range(int((found.end - found.begin) / HOUR))]
    first: datetime | None = None
    for hour in [*hours, found.end]:
        open_ = hour not in known and hour < found.end
        if open_ and first is None:
            first = hour
        elif not open_ and first is not None:
            x = area.x(first)
            yield el(
                "rect",
                el("title", f"unknown from {first:%Y-%m-%d %H:%M} to {hour:%Y-%m-%d %H:%M}"),
                x=x, y=area.top, width=max(area.x(hour) - x, 1.0), height=area.bottom - area.top, fill="url(#hatch)",
            )  # fmt: skip
            first = None


def hours(found: Look) -> Markup:
    """The hours as a table, the newest first."""
    rows = [_hour(one) for one in reversed(found.hours)]
    head = ("Hour (UTC)", "Verdict", "Evidence", "Rows", "Without use", "Why")
    return folded("Hours as a table", table("Hours that were looked at", head, rows))


def _hour(one: Report) -> Sequence[str]:
    unused = join(f"{count:,} because {reason}; " for reason, count in one.window.unused.items())
    evidence = "" if one.status.verdict == "unknown" else amount(one.status.evidence)
    return (
        f"{one.hour:%Y-%m-%d %H:%M}",
        el("span", one.status.verdict, class_=f"verdict {one.status.verdict}"),
        evidence, f"{one.window.rows:,}", unused, one.status.why,
    )  # fmt: skip
