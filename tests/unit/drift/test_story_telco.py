"""Telco, the control: 7,043 customers without a time, and so without drift; in no random windows an alarm."""

from __future__ import annotations

import csv
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeway.drift.reference import reference
from leeway.drift.timeline import Timeline
from leeway.drift.windows import Window, of_rows

pytestmark = [pytest.mark.unit, pytest.mark.story]
NUMBERS = ("tenure", "MonthlyCharges", "TotalCharges")
WINDOWS, QUANTILES = 20, 31


def described(name: str, cells: Sequence[str]) -> dict[str, object]:
    """A column as baseline.json has it."""
    present = [cell for cell in cells if cell.strip()]
    found: dict[str, object] = {"type": "float", "count": len(present), "missing": len(cells) - len(present)}
    if name not in NUMBERS:
        shares = {text: n / len(present) for text, n in Counter(present).items()}
        return found | {"type": "category", "shares": shares}
    values = sorted(map(float, present))
    edges = [values[round((len(values) - 1) * n / (QUANTILES - 1))] for n in range(QUANTILES)]
    cumulative = [bisect_right(values, edge) / len(values) for edge in edges]
    return found | {"min": values[0], "max": values[-1], "quantiles": edges, "cumulative": cumulative}


@pytest.mark.parametrize("seed", range(5))
def test_no_alarm_where_nothing_drifts(shared: Path, seed: int) -> None:
    with (shared / "data/telco_churn.csv").open() as file:
        rows = [{k: v for k, v in row.items() if k not in {"customerID", "Churn"}} for row in csv.DictReader(file)]
    random.Random(seed).shuffle(rows)
    half = len(rows) // 2
    train, later, names = rows[:half], rows[half:], list(rows[0])
    features = {name: described(name, [row[name] for row in train]) for name in names}
    versus = reference({"rows": half, "features": features}, None, names)
    timeline, at = Timeline.begin(versus), datetime(2026, 3, 2, tzinfo=UTC)
    for number in range(WINDOWS):
        window = Window()
        for row in later[number::WINDOWS]:
            cells = [row[name].strip() for name in names]
            values = tuple(
                (float(cell) if name in NUMBERS else cell) if cell else None
                for name, cell in zip(names, cells, strict=True)
            )
            window = window.merge(of_rows(versus, [(values, 0.0)]))
        assert window.rows > 170
        timeline, status = timeline.after(at + number * timedelta(hours=1), window, versus)
        assert status.verdict == "stable", status.why
