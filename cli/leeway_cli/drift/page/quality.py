"""The model's quality over time: with labels, as far as the hours' reports have it, and expected without any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import isnan
from typing import Any

from leeway.drift.expected import CAVEAT, expected
from leeway.drift.timeline import MIN_ROWS
from leeway.outcomes.quality import CONSTANT
from leeway_cli.drift.columns import Column, columns
from leeway_cli.drift.look import Look
from leeway_cli.drift.page.evidence import HOUR
from leeway_cli.drift.page.markup import Markup, el, folded, section, table
from leeway_cli.drift.page.scale import Plot

THRESHOLD = 0.5  # from which score on a row is called positive
ROOM = 96
MOST = 12  # series
# Said by another one already, so they are in the table alone.
BESIDE = {f"{sign}_{kind}_rate" for sign in ("true", "false") for kind in ("positive", "negative")} | {
    "f0_5", "f2", "weighted_f0_5", "weighted_f2", "mse",
}  # fmt: skip
FINE = 1_000_000  # rows that stand for the shares of a baseline
WIDTH, HEIGHT = 320, 168
Series = Mapping[str, Sequence[float | None]]


def part(found: Look) -> Iterator[Markup]:
    """Both sections, each where there is something to say."""
    measured = with_labels(found)
    if measured:
        ends = [one.hour + HOUR for one in found.hours]
        newest = next((one for one in reversed(found.hours) if one.judged), None)
        note = f"By the hour of {newest.hour:%Y-%m-%d %H:%M}, {newest.judged}." if newest else ""
        yield section("Quality, with labels", _cards(found, ends, measured, {}), note=note)
    shown = columns(found, ROOM)
    if found.reference.rates and found.reference.score is not None and any(column.hours for column in shown):
        then, now = without_labels(found, shown)
        ends = [min(column.begin + column.step * HOUR, found.end) for column in shown]
        note = f"What the scores alone let expect (CBPE): {CAVEAT}. Grey is what was expected of the baseline."
        yield section("Quality expected without labels", _cards(found, ends, now, then), note=note)


def with_labels(found: Look) -> dict[str, list[float | None]]:
    """Every number that the reports have of quality, by its path."""
    flat = [dict(_numbers("", one.quality)) for one in found.hours]
    names = list(dict.fromkeys(name for one in flat for name in one))[:MOST]
    return {name: [one.get(name) for one in flat] for name in names}


def _numbers(path: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name == "confusion_matrix" or name.endswith(CONSTANT):
                continue  # counts, and what is the same for every model of these labels
            yield from _numbers(f"{path} {name}".strip(), one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)


def without_labels(found: Look, shown: Sequence[Column]) -> tuple[dict[str, float], Series]:
    """Accuracy and AUC as they were to be expected of the baseline, and of each column."""
    score = found.reference.score
    assert score is not None  # asked before
    then = _expected(found, [round(share * FINE) for share in score.shares], FINE)
    now = []
    for column in shown:
        counts = column.window.counts.get(score.name)
        enough = counts is not None and counts.rows >= MIN_ROWS
        now.append(_expected(found, counts.events, counts.rows) if counts is not None and enough else {})
    return then, {name: [one.get(name) for one in now] for name in ("accuracy", "AUC")}


def _expected(found: Look, events: Sequence[int], rows: int) -> dict[str, float]:
    """Of so many rows up to each edge, the last event being a score that is missing."""
    score = found.reference.score
    assert score is not None  # asked before
    ends = [0, *events[:-1], rows - events[-1]]
    bins = [max(high - low, 0) for low, high in pairwise(ends)]
    if len(bins) != len(found.reference.rates):
        return {}
    told = expected(bins, found.reference.rates, list(_positive(score.edges)))
    return {name: value for name, value in (("accuracy", told.accuracy), ("AUC", told.auc)) if not isnan(value)}


def _positive(edges: Sequence[float]) -> Iterator[float]:
    """The share of each bin that lies above the threshold."""
    ends = [min(0.0, *edges), *edges, max(1.0, *edges)]
    for low, high in pairwise(ends):
        yield float(low >= THRESHOLD) if high <= low else min(max((high - THRESHOLD) / (high - low), 0.0), 1.0)


def _cards(found: Look, ends: Sequence[datetime], series: Series, then: Mapping[str, float]) -> Markup:
    drawn = [
        _card(found, name, ends, values, then.get(name))
        for name, values in series.items()
        if name.rpartition(" ")[2] not in BESIDE
    ]
    rows = [
        (f"{at:%Y-%m-%d %H:%M}", *(_number(values[place]) for values in series.values()))
        for place, at in enumerate(ends)
    ]
    as_table = folded("Quality as a table", table("Quality over time", ("Until (UTC)", *series), reversed(rows)))
    return el("div", el("div", *drawn, class_="cards"), as_table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _card(
    found: Look, name: str, ends: Sequence[datetime], values: Sequence[float | None], then: float | None
) -> Markup:
    known = [value for value in [*values, then] if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    pad = (high - low) * 0.15 or 0.01
    low, high = low - pad, high + pad
    area = Plot(begin=found.begin, end=found.end, left=52, top=10, bottom=HEIGHT - 28, right=WIDTH - 8)
    points = [
        None if value is None else (area.x(at), area.y((value - low) / (high - low)))
        for at, value in zip(ends, values, strict=True)
    ]
    inside = [el("title", f"{name} over time")]
    inside += [area.level((level - low) / (high - low), f"{level:.3g}") for level in (low, (low + high) / 2, high)]
    if then is not None:
        y = area.y((then - low) / (high - low))
        inside.append(el("line", x1=area.left, x2=area.right, y1=y, y2=y, class_="before"))
    inside += [*area.times(4), *area.line(points)]
    newest = next((value for value in reversed(values) if value is not None), None)
    said = _number(newest) or "nothing is known"
    said += f", baseline {_number(then)}" if then is not None else ""
    drawing = el("svg", *inside, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    return el("article", el("h3", name), el("p", said, class_="sub"), drawing, class_="card")
