"""What scanners find in the templates, the policies and the code: nothing but what has its reason in reasons.toml."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.scan import scanners
from tests.scan.scanners import ROOT, Finding
from tests.template.stack import Stack

pytestmark = pytest.mark.scan


@pytest.fixture
def plain(stack: Stack, tmp_path: Path) -> Path:
    """The template as CloudFormation gets it."""
    path = tmp_path / "plain.json"
    path.write_text(json.dumps(stack.plain), encoding="utf-8")
    return path


def holds(scanner: str, findings: Iterable[Finding]) -> None:
    """Each finding has a reason, and each reason a finding."""
    found, reasons = sorted(set(findings)), scanners.reasons(scanner)
    assert [one for one in found if not any(reason.covers(one) for reason in reasons)] == [], "mend it, or say why not"
    assert [reason for reason in reasons if not any(reason.covers(one) for one in found)] == [], "needless by now"
    assert [reason for reason in reasons if len(reason.why) < 20] == []


def test_checkov(plain: Path) -> None:
    holds("checkov", scanners.checkov([ROOT / "template.yaml", plain]))


def test_cfn_lint(plain: Path) -> None:
    holds("cfn-lint", [*scanners.cfn_lint(ROOT / "template.yaml"), *scanners.cfn_lint(plain)])


def test_cfn_guard(plain: Path) -> None:
    holds("cfn-guard", scanners.cfn_guard(plain))


def test_parliament(stack: Stack) -> None:
    kept = {policy.id: policy.properties["PolicyDocument"] for policy in stack.of("AWS::IAM::ManagedPolicy")}
    for role in stack.roles():
        for policy in role.properties.get("Policies", []):
            kept[role.id] = policy["PolicyDocument"]
    holds("parliament", scanners.parliament(kept))


def test_bandit() -> None:
    holds("bandit", scanners.bandit())
