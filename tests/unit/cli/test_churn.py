"""The made-up customers: the same for the same seed, with a truth that is known and a drift that is set."""

from __future__ import annotations

import csv
import math
from datetime import UTC, datetime, timedelta

import pytest

from leeway_cli import churn

pytestmark = pytest.mark.unit
START = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


def made(count: int = 4000, seed: int = 1, drift: float = 0.0) -> list[churn.Outcome]:
    return churn.customers(count, seed=seed, start=START, span=MONTH, drift=drift)


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert churn.as_csv(made(200)) == churn.as_csv(made(200))
    assert churn.as_csv(made(200)) != churn.as_csv(made(200, seed=2))


def test_the_file_has_ten_features_in_order_of_time() -> None:
    rows = list(csv.DictReader(churn.as_csv(made(50)).decode().splitlines()))
    assert len(rows) == 50
    assert len(rows[0]) == 13
    assert [row["event_time"] for row in rows] == sorted(row["event_time"] for row in rows)
    assert rows[0]["event_time"] == "2026-01-01T00:00:00Z"
    assert {row["churned"] for row in rows} == {"0", "1"}
    assert {row["paperless"] for row in rows} == {"true", "false"}
    assert "" in {row["discount"] for row in rows}
    assert len({row["customer_id"] for row in rows}) == 50


def test_without_labels_there_is_no_label() -> None:
    assert b"churned" not in churn.as_csv(made(5), labels=False)


@pytest.mark.parametrize("drift", [0.0, 0.5, 1.0])
def test_customers_leave_as_often_as_the_truth_says(drift: float) -> None:
    outcomes = made(8000, drift=drift)
    expected = sum(outcome.probability for outcome in outcomes)
    spread = math.sqrt(sum(outcome.probability * (1 - outcome.probability) for outcome in outcomes))
    assert abs(sum(outcome.churned for outcome in outcomes) - expected) < 4 * spread


def test_drift_makes_the_old_truth_useless() -> None:
    outcomes = made(drift=1.0)
    happened = [outcome.churned for outcome in outcomes]
    new = churn.auc(happened, [outcome.probability for outcome in outcomes])
    old = churn.auc(happened, [churn.probability(outcome.customer) for outcome in outcomes])
    assert new > 0.8
    assert new - old > 0.15


def test_features_are_what_a_model_is_asked_with() -> None:
    names = set(churn.features(made(1)[0].customer))
    assert len(names) == 10
    assert names.isdisjoint({"customer_id", "event_time", "churned"})


@pytest.mark.parametrize(
    ("truth", "scores", "area"),
    [
        pytest.param([False, True], [0.1, 0.9], 1.0, id="right"),
        pytest.param([True, False], [0.1, 0.9], 0.0, id="turned"),
        pytest.param([True, False], [0.5, 0.5], 0.5, id="tied"),
        pytest.param([False, True, False, True], [0.1, 0.4, 0.35, 0.8], 1.0, id="four"),
        pytest.param([False, False, True, True], [0.1, 0.4, 0.35, 0.8], 0.75, id="sklearn's example"),
    ],
)
def test_auc(truth: list[bool], scores: list[float], area: float) -> None:
    assert churn.auc(truth, scores) == area


def test_auc_of_one_class_does_not_exist() -> None:
    assert math.isnan(churn.auc([True, True], [0.1, 0.2]))
