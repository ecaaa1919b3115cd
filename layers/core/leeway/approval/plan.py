"""Decides whether a version may be approved without a person: pure, each decision with its reason.

Everything must speak for it; what is missing, changed or unknown leaves it to a person, and is said.
"""

from __future__ import annotations

from leeway.approval.decisions import Approve, Candidate, Decision, Evidence, Hold, Look, Observed, Say, Verdict, Wait
from leeway.rollout.order import APPROVED, PENDING

AUTO = "auto"
PASSED = "passed"  # the gate's outcome; "not comparable" passes the bar, and is for a person to judge
HALTED = "halted"


def plan(seen: Observed) -> Decision:
    """The one next step for one model."""
    found = seen.candidate
    if found is not None and _is_ours(found, seen):
        return Say(version=found.version, why=found.note)
    if seen.mode != AUTO:
        return Wait(code="manual", why="a person approves")
    if found is None:
        return Wait(code="nothing-registered", why="no training has registered a version")
    if found.status != PENDING:
        return Wait(code="decided", why=f"version {found.version} is {found.status}")
    return _decided_before(found, seen) or _not_now(found, seen) or _judge(found, seen)


def _is_ours(found: Candidate, seen: Observed) -> bool:
    """Whether the registry holds an approval that was begun here; a person's would have another note."""
    begun = seen.approving
    return begun is not None and (found.version, found.status, found.note) == (begun.version, APPROVED, begun.why)


def _decided_before(found: Candidate, seen: Observed) -> Hold | None:
    """What was decided once is never decided again here, even where somebody set it back."""
    if found.rejected:
        return _left(found, "rejected-before", "it was rejected before")
    if found.version <= seen.approved:
        return _left(found, "approved-before", "it was approved before, and somebody set it back")
    return None


def _not_now(found: Candidate, seen: Observed) -> Hold | Wait | None:
    if seen.halted:
        return Hold(code=HALTED, why=f"version {found.version} waits for approval, for {seen.halted}")
    if seen.coming is not None:
        return Wait(code="rollout", why=f"version {seen.coming} is approved and does not serve yet", soon=True)
    if found.run.champion != seen.champion:
        other = f"version {seen.serving} serves" if seen.serving else "nothing serves"
        return _left(found, "other-champion", f"it was not compared with what serves now: {other}")
    return None


def _judge(found: Candidate, seen: Observed) -> Decision:
    evidence = seen.evidence
    if evidence is None:
        return Look()
    if wrong := _other_artefact(found, evidence):
        return wrong
    verdict = evidence.verdict
    if verdict is None:
        return _left(found, "no-verdict", "its gate.json is missing or cannot be read")
    if not verdict.passed or verdict.outcome != PASSED:
        return _left(found, "gate", f"the gate says {verdict.outcome}: {verdict.reason}")
    if evidence.gate != seen.gate:
        return _left(found, "other-gate", "it was judged by another [gate] than the one in force")
    return Approve(version=found.version, arn=found.arn, why=_why(found, seen, verdict))


def _other_artefact(found: Candidate, evidence: Evidence) -> Hold | None:
    if not evidence.judged or evidence.model != found.run.model:
        return _left(found, "no-lineage", "its lineage.json is missing, or of another model")
    if not evidence.lies_there:
        return _left(found, "no-artefact", f"there is nothing at {found.model_data}, or it is no artefact of ours")
    if evidence.lies_there != evidence.judged:
        now, then = evidence.lies_there[:12], evidence.judged[:12]
        return _left(found, "swapped", f"{found.model_data} has sha256 {now}…, and {then}… was judged")
    return None


def _why(found: Candidate, seen: Observed, verdict: Verdict) -> str:
    said = f"{verdict.metric} {verdict.value:.4g}"
    if verdict.bar is not None:
        said += f" {'≥' if verdict.value >= verdict.bar else '≤'} {verdict.bar:.4g}"
    if seen.serving is None:
        return f"version {found.version} approved: mode auto, {said}, nothing serves yet"
    its = "" if verdict.champion_value is None else f" ({verdict.champion_value:.4g})"
    return f"version {found.version} approved: mode auto, {said}, beat version {seen.serving}{its}"


def _left(found: Candidate, code: str, why: str) -> Hold:
    """The code names the version, so that the same reason is said again for another one."""
    return Hold(code=f"{code}-{found.version}", why=f"version {found.version} is left to a person: {why}")
