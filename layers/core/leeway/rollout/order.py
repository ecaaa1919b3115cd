"""The order of approvals: what is known of each version, and which of the approved ones came last. Pure.

The registry keeps no time of approval, and every later edit of a version sends "Approved" again. So the last status
seen is kept for each version, with the time of the transition; what nobody saw is inferred, and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

APPROVED, REJECTED, PENDING = "Approved", "Rejected", "PendingManualApproval"
STATUS_FIELD = "ModelApprovalStatus"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is kept of one version; times are epoch milliseconds of the registry's clock.

    `unapproved_at` is when it was last known not to be approved, `served` whether it has ever served, `rejected`
    whether it was ever seen rejected.
    An approval that is `inferred` came at `approved_at` or before; once its version has served, its place is settled.
    Approvals up to `lost_at` are used up: the version was tried on them and did not win.
    `approvers` are the ARNs of who is known to have approved it since it was not, each with the time of the last one;
    `maker` is that of who registered it.
    """

    version: int
    arn: str
    status: str
    approved_at: int = 0
    inferred: bool = False
    unapproved_at: int = 0
    served: bool = False
    rejected: bool = False
    lost_at: int = 0
    revision: int = 0
    maker: str = ""
    approvers: Mapping[str, int] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        """Whether it is approved, by an approval that is not used up."""
        return self.status == APPROVED and self.approved_at > self.lost_at


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the registry says now; `maker` and `by` are ARNs of who registered it and who changed it last."""

    version: int
    arn: str
    status: str
    modified: int
    maker: str = ""
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What an event said; `fields` are those that the update changed, None in events that do not tell."""

    status: str
    modified: int
    fields: tuple[str, ...] | None


def learn(before: Seen | None, truth: Truth, hint: Hint | None) -> Seen:
    """What is known after a look, prompted by an event or by none. The same in any order, and any number of times."""
    known = before or Seen(version=truth.version, arn=truth.arn, status="")
    unapproved = max(known.unapproved_at, _unapproved(truth, hint))
    known = replace(known, rejected=known.rejected or _rejected(truth, hint), maker=known.maker or truth.maker)
    told, truth = truth, _latest(known, truth)
    if truth.status != APPROVED:
        return replace(
            known, status=truth.status, approved_at=0, inferred=False, unapproved_at=unapproved, approvers={}
        )
    at = _approval(known, truth, hint)
    known = replace(known, approvers=_approvers(known, at, told.by if _same(at, told.modified) else "", unapproved))
    # Of two changes within one millisecond the approval is the later: it is what the registry says.
    if at and at >= unapproved:
        latest = at if known.inferred else max(at, known.approved_at)
        return replace(known, status=APPROVED, approved_at=latest, inferred=False, unapproved_at=unapproved)
    if known.status == APPROVED and known.approved_at >= unapproved:
        return replace(known, unapproved_at=unapproved)
    return replace(known, status=APPROVED, approved_at=truth.modified, inferred=True, unapproved_at=unapproved)


def _approvers(known: Seen, at: int, by: str, unapproved: int) -> Mapping[str, int]:
    """Who approved since it was last not approved; `by` is "" where what approved is not the registry's last change."""
    known_ones = {arn: when for arn, when in known.approvers.items() if when >= unapproved}
    return known_ones | ({by: max(at, known_ones.get(by, 0))} if by and at and at >= unapproved else {})


def _same(event: int, change: int) -> bool:
    """Whether an event's time is that of a change in the registry; some events have whole seconds."""
    return event == change or event == change - change % 1000


def _latest(known: Seen, truth: Truth) -> Truth:
    """What the registry said last: of two looks at once, the earlier may be kept last."""
    last = max(known.approved_at, known.unapproved_at)
    return truth if truth.modified >= last else replace(truth, status=known.status, modified=last)


def _unapproved(truth: Truth, hint: Hint | None) -> int:
    """The latest moment at which the version was, as far as this look tells, not approved.

    An event of the registry's last change, or of a later one, that says another status than the registry is not its.
    """
    if truth.status != APPROVED:
        return truth.modified
    told = hint is not None and hint.status in {REJECTED, PENDING} and hint.modified < truth.modified
    return hint.modified if hint and told else 0


def _rejected(truth: Truth, hint: Hint | None) -> bool:
    """Whether it is rejected, or was before the registry's last change; a later event would be forged."""
    told = hint is not None and hint.status == REJECTED and hint.modified < truth.modified
    return truth.status == REJECTED or told


def _approval(known: Seen, truth: Truth, hint: Hint | None) -> int:
    """The time of the approval that a hint tells of, 0 where it tells of none: an edit of something else.

    An event that does not tell what changed (a registration, or an old one) is an approval if none was known by then.
    """
    if hint is None or hint.status != APPROVED:
        return 0
    at = min(hint.modified, truth.modified)
    unknown = known.status != APPROVED or (known.inferred and at <= known.approved_at)
    told = STATUS_FIELD in hint.fields if hint.fields is not None else unknown
    return at if told else 0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The version that should serve; `unsure` where nobody saw which of several approvals came last."""

    desired: Seen | None
    unsure: tuple[int, ...] = ()


def choose(packages: Sequence[Seen], serving: int | None) -> Choice:
    """The approved version with the latest approval, then the highest number; approvals that are used up do not count.

    Where the serving version is not approved any more, one that has served before goes first: back to what is known.
    """
    approved = [seen for seen in packages if seen.stands]
    withdrawn = any(seen.version == serving and not seen.stands for seen in packages)
    known = [seen for seen in approved if seen.served] if withdrawn else []
    candidates = known or approved
    desired = max(candidates, key=lambda seen: (seen.approved_at, seen.version), default=None)
    inferred = tuple(sorted(seen.version for seen in candidates if seen.inferred))
    unsure = inferred if desired is not None and desired.version in inferred and len(inferred) > 1 else ()
    return Choice(desired=desired, unsure=unsure)


def choose_without(rejected: int, packages: Sequence[Seen], serving: int | None) -> Choice:
    """What would be chosen if one more version were rejected."""
    return choose([replace(p, status=REJECTED) if p.version == rejected else p for p in packages], serving)
