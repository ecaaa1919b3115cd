"""A version looked at for some days: tenure gets younger in the end, one night has no traffic, one hour no report."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from leeway.drift.records import Report
from leeway.drift.reference import Feature, Reference
from leeway.drift.timeline import Timeline
from leeway.drift.windows import Window, of_rows
from leeway_cli.drift.look import Look

START = datetime(2026, 3, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "<script>document.title='taken'</script>\x1b[31m"
EDGES = tuple(float(edge) for edge in range(0, 72, 3))
REFERENCE = Reference(
    features=(
        Feature(name="tenure", type="int", edges=EDGES, shares=(*((edge + 1) / 72 for edge in EDGES), 0.0)),
        Feature(name="plan", type="category", texts=("month", HOSTILE, "year"), shares=(0.5, 0.3, 0.2, 0.0, 0.0)),
        Feature(name="a name that is longer than most", type="bool", texts=("true",), shares=(1.0, 0.0, 0.0)),
    ),
    score=Feature(name="score", type="float", edges=(0.25, 0.5, 0.75), shares=(0.25, 0.5, 0.75, 0.0)),
    rows=5000,
)


def looked(hours: int = 72, drift_from: int | None = 60, rows: int = 300) -> Look:
    """As `look` finds it."""
    chance, timeline, reports = random.Random(7), Timeline.begin(REFERENCE), []
    for number in range(hours):
        hour = START + number * HOUR
        below = 30 if drift_from is not None and number >= drift_from else 72
        count = 0 if 24 <= number < 28 else rows
        window = _window(chance, count, below)
        timeline, status = timeline.after(hour, window, REFERENCE)
        if number != 40:
            reports.append(Report(hour=hour, version=3, window=window, status=status))
    return Look(
        model="churn", version=3, begin=START, end=START + hours * HOUR, hours=reports, reference=REFERENCE,
        delta=0.05,
    )  # fmt: skip


def _window(chance: random.Random, count: int, below: int) -> Window:
    plans = chance.choices(["month", HOSTILE, "year"], [5, 3, 2], k=count)
    rows = [((chance.randrange(below), plan, True), chance.random()) for plan in plans]
    window = of_rows(REFERENCE, rows) if rows else Window()
    return replace(window, records=count, unused={"the answer is missing": 1})
