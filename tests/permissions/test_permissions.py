"""Each role may do what it does, and nothing else: by what it asks for in all runs, and by two evaluators.

Where one fails: `idle` names grants that nothing asks for (take them out of template.yaml, or let a run in runs.py need
them), `denied` names requests that no grant covers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.permissions.evaluators import ALLOWED, Question, ours, theirs
from tests.permissions.grants import Document, Grant, grants, policies, resource_policies, resource_policy, without
from tests.permissions.probes import PROBES
from tests.permissions.recording import Asked, Recording
from tests.permissions.report import elsewhere, page
from tests.permissions.runs import ROOT, RUNS, record
from tests.template.stack import Stack

pytestmark = pytest.mark.permissions
SAGEMAKERS = {
    "leeway-pipeline",
    "leeway-serving",
    "leeway-monitoring",
}  # of these, some grants only an account shows to be needed


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The roles' policies, and what was asked for by them."""

    recording: Recording
    policies: dict[str, list[Document]]
    resources: dict[str, Document]

    @property
    def roles(self) -> list[str]:
        return sorted(self.policies)

    def question(self, asked: Asked, documents: list[Document] | None = None) -> Question:
        """What is asked for, by the role's policies or by others in their place."""
        identity = tuple(self.policies[asked.role] if documents is None else documents)
        return Question(asked=asked, identity=identity, resource=resource_policy(self.resources, asked))

    def witnesses(self) -> dict[Grant, Asked | None]:
        """For each grant a request that is denied without it."""
        return {grant: self._witness(grant) for role in self.roles for grant in grants(role, self.policies[role])}

    def _witness(self, grant: Grant) -> Asked | None:
        left = without(self.policies[grant.role], grant)
        of_action = [asked for asked in self.recording.of(grant.role) if asked.action == grant.action]
        of_action.sort(key=lambda asked: (_order(self.recording.asked[asked]), asked))
        return next((asked for asked in of_action if ours(self.question(asked, left)) != ALLOWED), None)


def _order(run: str) -> int:
    return list(RUNS).index(run)


@pytest.fixture(scope="module")
def evidence(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    recording = record(tmp_path_factory.mktemp("runs"))
    return Evidence(recording=recording, policies=policies(stack), resources=resource_policies(stack))


@pytest.fixture(scope="module")
def witnesses(evidence: Evidence) -> dict[Grant, Asked | None]:
    return evidence.witnesses()


def both(questions: list[Question]) -> list[str]:
    """What both say of each; a question on which they differ fails."""
    mine, others = [ours(one) for one in questions], theirs(questions)
    pairs = zip(questions, mine, others, strict=True)
    assert [(one.asked, first, second) for one, first, second in pairs if first != second] == [], "they disagree"
    return mine


def test_every_role_was_seen_at_work(evidence: Evidence) -> None:
    assert {asked.role for asked in evidence.recording.asked} == set(evidence.roles)
    assert len(evidence.recording.asked) > 500


def test_nothing_is_denied(evidence: Evidence) -> None:
    assert evidence.recording.denied == set()
    asked = sorted(evidence.recording.asked)
    found = both([evidence.question(one) for one in asked])
    assert [(one, said) for one, said in zip(asked, found, strict=True) if said != ALLOWED] == []


def test_nothing_is_granted_that_nobody_asks_for(witnesses: dict[Grant, Asked | None]) -> None:
    """Neither idle (never asked for) nor dead (it covers nothing that its action takes)."""
    idle = {grant for grant, asked in witnesses.items() if asked is None}
    assert {grant for grant in idle if grant.role not in SAGEMAKERS} == set()
    assert [grant for grant in idle if not elsewhere(grant)] == []
    assert len(witnesses) > 200


def test_each_grant_is_missed_when_it_is_taken_away(evidence: Evidence, witnesses: dict[Grant, Asked | None]) -> None:
    mutants = [
        evidence.question(asked, without(evidence.policies[grant.role], grant))
        for grant, asked in witnesses.items()
        if asked
    ]
    assert ALLOWED not in both(mutants)
    assert len(mutants) > 180


def test_what_nobody_may_do_is_denied(evidence: Evidence) -> None:
    forbidden = [asked for probe in PROBES for asked in probe.of(evidence.roles)]
    found = both([evidence.question(asked) for asked in forbidden])
    assert [asked for asked, said in zip(forbidden, found, strict=True) if said == ALLOWED] == []
    assert len(forbidden) >= 60
    permitted = [probe.by(role) for probe in PROBES for role in sorted(probe.may)]
    assert set(both([evidence.question(asked) for asked in permitted])) == {ALLOWED}


def test_each_condition_keeps_something_out(evidence: Evidence) -> None:
    """Without any one condition of a role's own policy something forbidden is allowed."""
    loose = set()
    for role in evidence.roles:
        asked = [probe.by(role) for probe in PROBES if role not in probe.may]
        for document in evidence.policies[role]:
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow" and "Condition" in statement:
                    wider = {key: value for key, value in statement.items() if key != "Condition"}
                    more = [*evidence.policies[role], document | {"Statement": [wider]}]
                    if all(ours(evidence.question(one, more)) != ALLOWED for one in asked):
                        loose.add((role, statement["Sid"]))
    # Registering is bound twice: NoApprovalPolicy denies what this condition would let in.
    assert loose == {("leeway-pipeline", "RegisterForApproval")}


def test_the_page_is_up_to_date(evidence: Evidence, witnesses: dict[Grant, Asked | None]) -> None:
    needed = {
        grant: evidence.recording.asked[asked] if asked else elsewhere(grant) for grant, asked in witnesses.items()
    }
    denied = sum(1 for probe in PROBES for _ in probe.of(evidence.roles))
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    rows = [asdict(grant) | {"needed_by": said} for grant, said in sorted(needed.items())]
    (build / "permissions.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    text = page(needed, denied)
    (build / "permissions.md").write_text(text, encoding="utf-8")
    kept = Path(ROOT / "docs/permissions.md")
    before = kept.read_text(encoding="utf-8") if kept.exists() else ""
    assert text == before, "grants or runs have changed: cp build/permissions.md docs/permissions.md, and read it"
