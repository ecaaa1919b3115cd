"""The scores' baseline: shares that plain Python finds, and rates that never fall and lose no case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.training.job import Job, read_csv, read_json

pytestmark = pytest.mark.training


@pytest.mark.parametrize("name", ["bank", "telco"])
def test_edges_shares_and_rates_are_those_of_the_holdout(real: Callable[[str], Job], name: str) -> None:
    evaluated = real(name).output / "evaluate"
    rows = [(float(row["score"]), row["label"] == "1") for row in read_csv(evaluated / "scores.csv")]
    found = read_json(evaluated / "evaluation.json")["scores"]
    edges, rates = found["edges"], found["rates"]

    assert found["rows"] == len(rows)
    assert edges == sorted(set(edges))
    assert 40 <= len(edges) <= 49
    assert len(rates) == len(edges) + 1
    shares = [sum(score <= edge for score, _ in rows) / len(rows) for edge in edges]
    assert found["cumulative"] == pytest.approx(shares)
    assert rates == sorted(rates)
    bins = [sum(edge < score for edge in edges) for score, _ in rows]
    assert sum(rates[place] for place in bins) == pytest.approx(sum(label for _, label in rows))
