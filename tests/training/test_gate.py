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
    pytest.param(
        {"margin": 0.01}, 0.72, 0.7, None, 1,
        "auc 0.7200 ≥ the champion's 0.7000 + 0.01", id="margin won",
    ),
    pytest.param(
        {"metric": "logloss", "min": 0.4}, 0.5, None, None, 0, f"logloss 0.5000 > the bar 0.4{ALONE}", id="less is more"
    ),
    pytest.param(
        {"metric": "brier", "margin": 0.1}, 0.25, 0.3, None, 0, "brier 0.2500 > the champion's 0.3000 - 0.1", id="brier"
    ),
    pytest.param(
        {"metric": "logloss"}, 0.3, 0.3, None, 1,
        "logloss 0.3000 ≤ the champion's 0.3000", id="as good, less is more",
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
    found = image.value("decide", gate=gate, evidence={"value": value, "champion": champion, "why_not": why_not})
    assert (found["passed"], found["reason"]) == (passed, says)
    assert found["comparable"] == (why_not is None)


def test_scores_that_are_no_numbers_have_no_metric(image: Image) -> None:
    """By ranks alone a NaN has a place, and an AUC would come out that looks like one."""
    found = image.value("metrics", labels=[0, 1, 0, 1], scores=[0.1, NAN, 0.2, 0.9])
    assert {name for name, value in found.items() if not math.isnan(value)} == {"accuracy", "f1", "base_rate"}


def test_certain_scores_have_a_finite_log_loss(image: Image) -> None:
    found = image.value("metrics", labels=[0, 1, 1], scores=[0.0, 1.0, 0.0])
    assert found["logloss"] == pytest.approx(-math.log(1e-15) / 3)


def judged(image: Image, gate: dict[str, Any], **evidence: Any) -> dict[str, Any]:
    found: dict[str, Any] = image.value("decide", gate=gate, evidence={"value": 0.8} | evidence)
    return found


MORE = {"value": 0.1, "low": 0.05, "high": 0.15}
GROUPS = {"groups": [{"column": "kind", "name": "c", "rows": 40, "value": 0.61}], "ignored": []}
FEW = [{"column": "kind", "name": f"d{n}", "rows": 9 - n} for n in range(7)]
NEXT = [f"kind = d{n} ({9 - n} rows)" for n in range(1, 5)]
IGNORED = "ignored slices (under 30 rows, or without the metric): kind = d0 (9 rows)"
WORST = "worst slice kind = c (40 rows)"
ONLY = "auc 0.8000, and no bar is set"
LIMIT = {"max_calibration_error": 0.05}
EVIDENCE = {
    "interval": (
        {}, {"champion": 0.7, "difference": MORE}, "passed",
        "auc 0.8000 ≥ the champion's 0.7000 (difference +0.1000, 95% interval +0.0500 to +0.1500)",
    ),
    "no interval": (
        {}, {"champion": 0.9, "difference": {"value": -0.1, "low": None, "high": None}}, "refused",
        "auc 0.8000 < the champion's 0.9000 (difference -0.1000, too few rows for an interval)",
    ),
    "few rows": (
        {}, {"rows": 49}, "too little data",
        "too little data: the holdout has 49 rows, and gate.min_holdout is 50",
    ),
    "rows enough": ({"min_holdout": 10}, {"rows": 10}, "passed", f"auc 0.8000, and no bar is set{ALONE}"),
    "few positives": (
        {"min": 0.9}, {"rarest": 9}, "too little data",
        "too little data: the holdout has 9 rows of its rarer class; at least 10 are needed",
    ),
    "not comparable": (
        {}, {"why_not": "it is gone"}, "not comparable",
        "auc 0.8000, and no bar is set; not comparable with the champion: it is gone",
    ),
    "calibrated": (
        LIMIT, {"calibration_error": 0.05, "mean_score": 0.117, "base_rate": 0.12}, "passed",
        f"{ONLY}; expected calibration error 0.0500 ≤ the limit 0.05 (mean score 0.1170, base rate 0.1200){ALONE}",
    ),
    "all too high": (
        LIMIT, {"calibration_error": 0.23, "mean_score": 0.346, "base_rate": 0.117}, "refused",
        f"expected calibration error 0.2300 > the limit 0.05 (mean score 0.3460, base rate 0.1170){ALONE}",
    ),
    "no calibration": (
        {"max_calibration_error": 0.05}, {"calibration_error": NAN}, "refused",
        f"the expected calibration error does not exist on this holdout{ALONE}",
    ),
    "worst slice": (
        {"slices": ["kind"], "slice_min": 0.65}, {"slices": GROUPS}, "refused",
        f"worst slice kind = c (40 rows): auc 0.6100 < the bar 0.65 of slices{ALONE}",
    ),
    "worst slice good": (
        {"slices": ["kind"], "slice_min": 0.6, "min": 0.7}, {"slices": GROUPS | {"ignored": FEW[:1]}}, "passed",
        f"auc 0.8000 ≥ the bar 0.7; {WORST}: auc 0.6100 ≥ the bar 0.6 of slices; {IGNORED}{ALONE}",
    ),
    "slices without a bar": ({"slices": ["kind"]}, {"slices": GROUPS}, "passed", ONLY + ALONE),
    "small slices": (
        {"slices": ["kind"], "slice_min": 0.6}, {"slices": {"ignored": FEW}}, "refused",
        f"no slice is large enough to be judged; {IGNORED}, {', '.join(NEXT)} and 2 more{ALONE}",
    ),
    "no such column": (
        {"slices": ["knd"]}, {"slices": {"lacking": ["knd"]}}, "refused",
        f"the data lack the columns of gate.slices: knd{ALONE}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("gate", "evidence", "outcome", "says"), EVIDENCE.values(), ids=EVIDENCE)
def test_what_else_the_gate_looks_at(
    image: Image, gate: dict[str, Any], evidence: dict[str, Any], outcome: str, says: str
) -> None:
    found = judged(image, gate, **evidence)
    assert (found["outcome"], found["reason"]) == (outcome, says)
    assert found["passed"] == int(outcome in {"passed", "not comparable"})


def test_a_perfectly_honest_score_has_no_calibration_error(image: Image) -> None:
    assert image.value("calibration", scores=[0.25] * 4 + [1.0, 0.0], happened=[1, 0, 0, 0, 1, 0]) == 0
    assert image.value("calibration", scores=[0.9, 0.9, 0.2], happened=[1, 0, 0]) == pytest.approx(1 / 3)
    assert math.isnan(image.value("calibration", scores=[NAN], happened=[1]))
