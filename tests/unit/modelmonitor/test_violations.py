"""What Model Monitor found, in our words: the shapes are those of its saved runs and of its documentation."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leeway.drift.timeline import BAR
from leeway.modelmonitor import violations
from leeway.modelmonitor.violations import Violation

pytestmark = pytest.mark.unit
HOUR = datetime(2026, 3, 2, 3, tzinfo=UTC)
DRIFT = {
    "feature_name": "tenure",
    "constraint_check_type": "baseline_drift_check",
    "description": "Baseline drift distance: 0.31 exceeds threshold: 0.1",
}
MISSING = {
    "feature_name": "tenure",
    "constraint_check_type": "completeness_check",
    "description": "Value: 0.71 does not meet the constraint requirement! ",
}
QUALITY = {"metric_name": "auc", "constraint_check_type": "LessThanThreshold", "description": "0.6 is below 0.7"}
BIAS = {"facet": "sex", "facet_value": "f", "metric_name": "DPPL", "constraint_check_type": "bias_drift_check"}


def test_what_is_written_is_read_again() -> None:
    found = violations.read({"violations": [DRIFT]})
    assert found == [Violation(feature="tenure", check="baseline_drift_check", description=DRIFT["description"])]
    assert violations.document(found) == {"violations": [DRIFT]}
    assert violations.read(json.loads(json.dumps(violations.document([])))) == []


def test_without_a_file_nothing_was_violated() -> None:
    assert violations.read(None) == []
    told = violations.status(HOUR, [], execution="Completed")
    assert (told.verdict, told.evidence, told.culprits) == ("stable", 0.0, ())


def test_each_feature_is_told_once_with_all_its_checks() -> None:
    found = violations.read({"violations": [DRIFT, QUALITY, MISSING, BIAS]})
    told = violations.status(HOUR, found, execution="CompletedWithViolations")
    assert (told.verdict, told.evidence) == ("drifted", BAR)
    assert [one.feature for one in told.culprits] == ["tenure", "auc", "DPPL"]
    assert told.culprits[0].since == HOUR
    assert told.culprits[0].what == (
        "baseline_drift_check (Baseline drift distance: 0.31 exceeds threshold: 0.1); "
        "completeness_check (Value: 0.71 does not meet the constraint requirement!)"
    )
    assert told.why.startswith("drift: Model Monitor found 4 violations; tenure: baseline_drift_check (")


@pytest.mark.parametrize(
    ("execution", "reason", "why"),
    [
        ("Failed", "Job inputs had no data", "unknown: no traffic"),
        ("Failed", "it broke", "unknown: Model Monitor's execution is Failed: it broke"),
        ("InProgress", "", "unknown: Model Monitor's execution is InProgress"),
        ("Stopped", "", "unknown: Model Monitor's execution is Stopped"),
    ],
)
def test_what_was_not_completed_says_nothing(execution: str, reason: str, why: str) -> None:
    told = violations.status(HOUR, [], execution=execution, reason=reason)
    assert (told.verdict, told.why) == ("unknown", why)


@pytest.mark.parametrize(
    "found",
    [[], {}, {"violations": "none"}, {"violations": ["x"]}, {"violations": [{"feature_name": "x"}]},
     {"violations": [{"constraint_check_type": "x"}]}],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_such_file_is_refused(found: Any) -> None:
    with pytest.raises(ValueError, match=r"constraint_violations\.json"):
        violations.read(found)
