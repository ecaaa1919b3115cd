"""A bank's calls through the crisis of 2008: labels find what has changed; the expected quality does not, as it says.

The model is a table of rates by job and age, learnt from the first three months. UCI 222, Moro, Cortez and Rita 2014.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from leeway.drift.expected import CAVEAT, Expected, expected
from leeway.outcomes.quality import Counted, Verdict, Watch, events

pytestmark = [pytest.mark.unit, pytest.mark.story]
LEARNT = 3  # months
Row = tuple[tuple[str, int], int]  # job and age in decades; subscribed


def month(path: Path) -> list[Row]:
    with path.open() as file:
        return [((row["job"], int(row["age"]) // 10), int(row["subscribed"])) for row in csv.DictReader(file)]


class Model:
    """Scores, and the bins of the holdout's with the rate of each, as Evaluate keeps them."""

    def __init__(self, train: list[Row], holdout: list[Row]) -> None:
        seen, came = Counter(key for key, _ in train), Counter(key for key, label in train if label)
        base = came.total() / seen.total()
        self.rate = {key: (came[key] + 50 * base) / (n + 50) for key, n in seen.items()}
        self.base, self.holdout = base, holdout
        scores = sorted(self.score(key) for key, _ in holdout)
        self.edges = sorted({scores[len(scores) * n // 10] for n in range(1, 10)})
        rows, hits = Counter(self.bin(key) for key, _ in holdout), Counter(self.bin(key) for key, one in holdout if one)
        self.rates = [hits[n] / rows[n] if rows[n] else base for n in range(len(self.edges) + 1)]

    def score(self, key: tuple[str, int]) -> float:
        return self.rate.get(key, self.base)

    def bin(self, key: tuple[str, int]) -> int:
        return bisect_left(self.edges, self.score(key))

    def expected(self, rows: list[Row]) -> Expected:
        """Without labels; no score reaches a half, so nothing is called positive."""
        bins = Counter(self.bin(key) for key, _ in rows)
        return expected([bins[n] for n in range(len(self.rates))], self.rates, [0.0] * len(self.rates))

    def counted(self, rows: list[Row]) -> Counted:
        """With labels."""
        right = sum((self.score(key) >= 0.5) == bool(label) for key, label in rows)
        return Counted(rows=len(rows), hits=(right, sum(label for _, label in rows)))


def test_labels_find_the_shift_that_scores_cannot_show(shared: Path) -> None:
    paths = sorted((shared / "data/bank").glob("*.csv"))
    first = [row for path in paths[:LEARNT] for row in month(path)]
    model = Model(first[::2], first[1::2])
    base = model.counted(model.holdout)
    right, positive = (hits / base.rows for hits in base.hits)
    held_to = events("binary", {
        "binary_classification_metrics": {"accuracy": {"value": right}, "base_rate": {"value": positive}}
    })  # fmt: skip
    watch, found, truths, guesses = Watch(), dict[str, Verdict](), [], []
    for path in paths[LEARNT:]:
        rows = month(path)
        at = datetime.fromisoformat(f"{path.stem}-01T00:00:00+00:00")
        watch, found[path.stem] = watch.after(at, model.counted(rows), held_to, 0.05)
        truths.append(sum(label for _, label in rows) / len(rows))
        guesses.append(model.expected(rows))
    worse = [name for name, said in found.items() if said.verdict == "worse"]
    assert positive < 0.06
    assert min(worse) == "2009-03", "the first month with enough labels in which the share has left its bounds"
    assert set(found) - set(worse) == {"2008-08", "2008-10", "2008-11", "2008-12", "2009-05"}
    assert "is positive: 4.5% → 45.3% of rows, since 2009-06-01" in found["2010-11"].why
    assert "is right: 95.5% → " in found["2010-11"].why

    assert max(truths) > 0.5
    assert max(one.rate for one in guesses) < 0.06, "the same people are called; that they say yes, no score can show"
    assert min(one.accuracy for one in guesses) > 0.95
    assert CAVEAT == "valid as long as only the inputs have drifted, not what they mean"
