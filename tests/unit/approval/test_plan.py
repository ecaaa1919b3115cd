"""What may be approved without a person: every reason against it leaves the version to one, and says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from leeway.approval.decisions import (
    Approve,
    Approving,
    Candidate,
    Evidence,
    Hold,
    Look,
    Observed,
    Say,
    Verdict,
    Wait,
)
from leeway.approval.observe import verdict
from leeway.approval.plan import plan
from leeway.retraining.run import SUCCEEDED, Run
from leeway.spec import Gate

pytestmark = pytest.mark.unit

GATE = Gate(metric="auc", min=0.7)
OLD = "s3://artifacts/runs/churn/two/model.tar.gz"
SAID = "version 3 approved: mode auto, auc 0.81 ≥ 0.7, beat version 2 (0.79)"
RUN = Run(
    model="churn",
    created=datetime(2026, 11, 26, tzinfo=UTC),
    key="k",
    attempt=1,
    trigger="data",
    manifest="manifests/churn/m",
    champion=OLD,
    definition="d",
    files=1,
    rows=500,
    status=SUCCEEDED,
    package="arn:3",
)
FOUND = Candidate(
    run=RUN,
    version=3,
    arn="arn:3",
    status="PendingManualApproval",
    note="",
    model_data="s3://artifacts/runs/churn/three/model.tar.gz",
    rejected=False,
)
PASSED = Verdict(passed=True, outcome="passed", reason="good", metric="auc", value=0.81, bar=0.7, champion_value=0.79)
EVIDENCE = Evidence(verdict=PASSED, model="churn", judged="a" * 64, lies_there="a" * 64, gate=GATE)
SEEN = Observed(mode="auto", gate=GATE, candidate=FOUND, champion=OLD, serving=2, evidence=EVIDENCE)


def test_what_everything_speaks_for_is_approved_with_its_figures() -> None:
    assert plan(SEEN) == Approve(version=3, arn="arn:3", why=SAID)


def test_the_first_version_beats_nobody() -> None:
    run = replace(RUN, champion="s3://artifacts/champions/none")
    verdict = replace(PASSED, champion_value=None)
    seen = replace(
        SEEN,
        candidate=replace(FOUND, run=run),
        champion=run.champion,
        serving=None,
        evidence=replace(EVIDENCE, verdict=verdict),
    )
    decided = plan(seen)
    assert isinstance(decided, Approve)
    assert decided.why == "version 3 approved: mode auto, auc 0.81 ≥ 0.7, nothing serves yet"


def test_a_metric_that_is_better_when_small_is_under_its_bar() -> None:
    seen = replace(SEEN, evidence=replace(EVIDENCE, verdict=replace(PASSED, metric="rmse", value=1.5, bar=2.0)))
    decided = plan(seen)
    assert isinstance(decided, Approve)
    assert "rmse 1.5 ≤ 2, beat" in decided.why


def test_the_evidence_is_read_only_where_nothing_else_stands_against_it() -> None:
    assert isinstance(plan(replace(SEEN, evidence=None)), Look)
    assert isinstance(plan(replace(SEEN, evidence=None, halted="the kill switch is on")), Hold)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"mode": "manual"}, "manual", id="manual"),
        pytest.param({"candidate": None}, "nothing-registered", id="nothing"),
        pytest.param({"candidate": replace(FOUND, status="Approved")}, "decided", id="approved-by-a-person"),
        pytest.param({"candidate": replace(FOUND, status="Rejected")}, "decided", id="rejected"),
        pytest.param({"coming": 2}, "rollout", id="another-is-on-its-way"),
    ],
)
def test_what_is_no_news_is_waited_for_in_silence(changes: dict[str, Any], code: str) -> None:
    decided = plan(replace(SEEN, **changes))
    assert isinstance(decided, Wait)
    assert decided.code == code


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        pytest.param({"halted": "the model is paused"}, "halted", "the model is paused", id="paused"),
        pytest.param({"candidate": replace(FOUND, rejected=True)}, "rejected-before-3", "rejected", id="set-back"),
        pytest.param({"approved": 3}, "approved-before-3", "somebody set it back", id="approved-once"),
        pytest.param({"champion": "s3://artifacts/runs/x"}, "other-champion-3", "version 2 serves", id="champion"),
        pytest.param(
            {"champion": "s3://artifacts/none", "serving": None}, "other-champion-3", "nothing serves", id="deleted"
        ),
    ],
)
def test_what_stands_against_it_is_said(changes: dict[str, Any], code: str, says: str) -> None:
    decided = plan(replace(SEEN, **changes))
    assert isinstance(decided, Hold)
    assert decided.code == code
    assert says in decided.why


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"verdict": None}, "no-verdict-3", id="no-gate"),
        pytest.param({"verdict": replace(PASSED, passed=False, outcome="refused")}, "gate-3", id="refused"),
        pytest.param({"verdict": replace(PASSED, outcome="not comparable")}, "gate-3", id="not-comparable"),
        pytest.param({"judged": ""}, "no-lineage-3", id="no-lineage"),
        pytest.param({"model": "fraud"}, "no-lineage-3", id="lineage-of-another"),
        pytest.param({"lies_there": ""}, "no-artefact-3", id="artefact-gone"),
        pytest.param({"lies_there": "b" * 64}, "swapped-3", id="swapped"),
        pytest.param({"gate": replace(GATE, min=0.8)}, "other-gate-3", id="another-bar"),
        pytest.param({"gate": None}, "other-gate-3", id="bar-unknown"),
    ],
)
def test_evidence_that_does_not_hold_leaves_it_to_a_person(changes: dict[str, Any], code: str) -> None:
    decided = plan(replace(SEEN, evidence=replace(EVIDENCE, **changes)))
    assert isinstance(decided, Hold)
    assert decided.code == code
    assert decided.why.startswith("version 3 is left to a person: ")


def test_an_approval_of_ours_is_told_once_it_is_in_the_registry_whatever_the_mode_is_by_then() -> None:
    ours = replace(FOUND, status="Approved", note=SAID)
    begun = Approving(version=3, why=SAID)
    assert plan(replace(SEEN, candidate=ours, approving=begun)) == Say(version=3, why=SAID)
    assert plan(replace(SEEN, candidate=ours, approving=begun, mode="manual")) == Say(version=3, why=SAID)


def test_a_persons_approval_is_not_taken_for_ours() -> None:
    theirs = replace(FOUND, status="Approved", note="looks right")
    assert isinstance(plan(replace(SEEN, candidate=theirs, approving=Approving(version=3, why=SAID))), Wait)


def test_an_approval_that_was_begun_and_not_made_is_judged_again() -> None:
    begun = replace(SEEN, approving=Approving(version=3, why=SAID))
    assert plan(begun) == Approve(version=3, arn="arn:3", why=SAID)
    assert isinstance(plan(replace(begun, halted="the kill switch is on")), Hold)


GOOD = {"passed": 1, "outcome": "passed", "reason": "good", "metric": "auc", "value": 0.81, "min": None}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"passed": "1"}, id="text"),
        pytest.param({"passed": 7}, id="seven"),
        pytest.param({"value": None}, id="no-value"),
        pytest.param({"value": float("nan")}, id="nan"),
        pytest.param({"value": "0.99"}, id="value-a-text"),
        pytest.param({"outcome": None}, id="no-outcome"),
        pytest.param({"metric": ["auc"]}, id="metric-a-list"),
    ],
)
def test_a_gate_that_says_less_than_everything_says_nothing(changes: dict[str, Any]) -> None:
    assert verdict(GOOD) is not None
    assert verdict(GOOD | changes) is None
