"""The gate's sentence: value, sign and threshold; what cannot be computed never passes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.training.image import Image

pytestmark = pytest.mark.training
NAN = math.nan
ALONE = "; there is no champion to beat"

CASES = [
    pytest.param({}, 0.7, None, None, 1, f"auc 0.7000, and no bar is set{ALONE}", id="no bar"),
    pytest.param({"min": 0.7}, 0.7, None, None, 1, f"auc 0.7000 ≥ the bar 0.7{ALONE}", id="at the bar"),
    pytest.param({"min": 0.7}, 0.69, None, None, 0, f"auc 0.6900 < the bar 0.7{ALONE}", id="below"),
    pytest.param(
        {"min": 0.6}, 0.7, 0.7, None, 1, "auc 0.7000 ≥ the bar 0.6; auc 0.7000 ≥ the champion's 0.7000", id="as good"
    ),
    pytest.param({"min": 0.6}, 0.7, 0.8, None, 0, "auc 0.7000 < the champion's 0.8000", id="worse"),
    pytest.param(
        {"min": 0.9}, 0.7, 0.8, None, 0, "auc 0.7000 < the bar 0.9; auc 0.7000 < the champion's 0.8000", id="both"
    ),
    pytest.param({"margin": 0.01}, 0.705, 0.7, None, 0, "auc 0.7050 < the champion's 0.7000 + 0.01", id="margin"),
    pytest.param({"margin": 0.01}, 0.72, 0.7, None, 1, "auc 0.7200 ≥ the champion's 0.7000 + 0.01", id="margin won"),
    pytest.param(
        {"metric": "logloss", "min": 0.4}, 0.5, None, None, 0, f"logloss 0.5000 > the bar 0.4{ALONE}", id="less is more"
    ),
    pytest.param(
        {"metric": "brier", "margin": 0.1}, 0.25, 0.3, None, 0, "brier 0.2500 > the champion's 0.3000 - 0.1", id="brier"
    ),
    pytest.param(
        {"metric": "logloss"}, 0.3, 0.3, None, 1, "logloss 0.3000 ≤ the champion's 0.3000", id="as good, less is more"
    ),
    pytest.param({}, NAN, None, None, 0, f"auc does not exist on this holdout{ALONE}", id="nan"),
    pytest.param({"min": 0.5}, NAN, None, None, 0, f"auc does not exist on this holdout{ALONE}", id="nan and bar"),
    pytest.param({"metric": "brier", "min": 9}, NAN, 0.5, None, 0, "brier does not exist on this holdout", id="less"),
    pytest.param({}, 0.9, NAN, None, 0, "the champion's auc does not exist on this holdout", id="champion nan"),
    pytest.param(
        {"min": 0.5}, 0.9, None, "it is gone", 1,
        "auc 0.9000 ≥ the bar 0.5; not comparable with the champion: it is gone", id="not comparable",
    ),
    pytest.param(
        {"min": 0.95}, 0.9, None, "it is gone", 0,
        "auc 0.9000 < the bar 0.95; not comparable with the champion: it is gone", id="not comparable and below",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("gate", "value", "champion", "why_not", "passed", "says"), CASES)
def test_the_gate(
    image: Image,
    gate: dict[str, Any],
    value: float,
    champion: float | None,
    why_not: str | None,
    passed: int,
    says: str,
) -> None:
    found = image.value("decide", gate=gate, value=value, champion=champion, why_not=why_not)
    assert (found["passed"], found["reason"]) == (passed, says)
    assert found["comparable"] == (why_not is None)


def test_scores_that_are_no_numbers_have_no_metric(image: Image) -> None:
    """By ranks alone a NaN has a place, and an AUC would come out that looks like one."""
    found = image.value("metrics", labels=[0, 1, 0, 1], scores=[0.1, NAN, 0.2, 0.9])
    assert {name for name, value in found.items() if not math.isnan(value)} == {"accuracy", "f1", "base_rate"}


def test_certain_scores_have_a_finite_log_loss(image: Image) -> None:
    found = image.value("metrics", labels=[0, 1, 1], scores=[0.0, 1.0, 0.0])
    assert found["logloss"] == pytest.approx(-math.log(1e-15) / 3)
