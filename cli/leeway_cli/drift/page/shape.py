"""The distribution of a feature over its baseline: the shares of rows between the edges, or of each category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from leeway.drift.detector import Counts
from leeway.drift.reference import Feature
from leeway.drift.timeline import median
from leeway.drift.windows import Window
from leeway_cli import console, layout
from leeway_cli.drift.page.markup import Markup, el, folded, table

WIDTH, HEIGHT, BOTTOM, TOP = 320, 150, 122, 16
OTHERS, MISSING = "others", "missing"


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Shares of all rows, in the baseline and now."""

    label: str
    before: float
    now: float


def bins(feature: Feature, counts: Counts) -> list[Bin]:
    """From the lowest to the highest, or as the baseline has its categories; what nobody has is left out."""
    now = [hits / max(counts.rows, 1) for hits in counts.events]
    before = list(feature.shares)
    if feature.numeric:
        labels = _labels(feature.edges)
        before, now = _between(before), _between(now)
    else:
        labels = [*feature.texts, OTHERS]
    pairs = zip([*labels, MISSING], before, now, strict=True)
    found = [Bin(label=label, before=max(old, 0.0), now=max(new, 0.0)) for label, old, new in pairs]
    return [one for one in found if one.label not in {OTHERS, MISSING} or one.before > 1e-9 or one.now > 0]


def _between(shares: Sequence[float]) -> list[float]:
    """Of shares up to each edge, then that of missing ones, those of each bin."""
    *upto, missing = shares
    ends = [0.0, *upto, 1 - missing]
    return [*(high - low for low, high in pairwise(ends)), missing]


def _labels(edges: Sequence[float]) -> list[str]:
    if not edges:
        return ["any"]
    between = [f"{low:.6g} to {high:.6g}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]:.6g}", *between, f"over {edges[-1]:.6g}"]


def card(feature: Feature, window: Window, words: str) -> Markup:
    """A feature: its name, what is said of it, its chart and its table."""
    counts = window.counts.get(feature.name)
    if counts is None or not counts.rows:
        return el("article", el("h3", feature.name), el("p", "no rows", class_="note"), class_="card")
    found = bins(feature, counts)
    rows = [(one.label, f"{one.before:.1%}", f"{one.now:.1%}") for one in found]
    title = el("title", f"{feature.name}: shares of rows in the baseline and now")
    drawing = el("svg", title, *_bars(found), *_axis(feature, found), viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    caption = f"{feature.name}: shares of {counts.rows:,} rows"
    as_table = folded("As a table", table(caption, ("Value", "Baseline", "Now"), rows))
    said = el("p", words or _medians(feature, counts), class_="sub")
    return el("article", el("h3", feature.name), said, drawing, as_table, class_="card")


def _medians(feature: Feature, counts: Counts) -> str:
    if not feature.numeric:
        return layout.counted(len(feature.texts), "value")
    then = median(feature, feature.shares)
    now = median(feature, [hits / counts.rows for hits in counts.events])
    told = ["none" if value is None else f"{value:.4g}" for value in (then, now)]
    return f"median {told[0]} → {told[1]}"


def _bars(found: Sequence[Bin]) -> list[Markup]:
    most = max(max(one.before, one.now) for one in found) or 1.0
    step = WIDTH / len(found)
    drawn = [el("text", f"{most:.0%}", x=0, y=11)]
    for place, one in enumerate(found):
        title = el("title", f"{one.label}: {one.before:.1%} in the baseline, {one.now:.1%} now")
        x = place * step
        drawn.append(
            el(
                "g",
                title,
                _bar(x + step * 0.06, step * 0.88, one.before / most, "then"),
                _bar(x + step * 0.28, step * 0.44, one.now / most, "now"),
                el("rect", x=x, y=TOP, width=step, height=BOTTOM - TOP, fill="transparent"),
            )
        )
    return [*drawn, el("line", x1=0, x2=WIDTH, y1=BOTTOM, y2=BOTTOM, class_="grid")]


def _bar(x: float, width: float, part: float, kind: str) -> Markup:
    height = (BOTTOM - TOP) * part
    return el("rect", x=x, y=BOTTOM - height, width=width, height=height, class_=kind)


def _axis(feature: Feature, found: Sequence[Bin]) -> list[Markup]:
    """Of numbers the edges at the ends and in the middle, of categories their names as far as they fit."""
    step = WIDTH / len(found)
    if not feature.numeric:
        letters = int(step / 6.6)
        return [] if letters < 3 else [
            el("text", _short(one.label, letters), x=step * (place + 0.5), y=BOTTOM + 17, class_="middle")
            for place, one in enumerate(found)
        ]  # fmt: skip
    places = sorted({0, len(feature.edges) // 2, len(feature.edges) - 1}) if feature.edges else []
    kinds = {0: "", len(feature.edges) - 1: "end"}
    return [
        el("text", f"{feature.edges[n]:.4g}", x=step * (n + 1), y=BOTTOM + 17, class_=kinds.get(n, "middle"))
        for n in places
    ]


def _short(label: str, letters: int) -> str:
    plain = console.plain(label)
    return plain if len(plain) <= letters else plain[: letters - 1] + "…"
