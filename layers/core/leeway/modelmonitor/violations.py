"""`constraint_violations.json`: what is out of its bounds, as Model Monitor says it, and what that is in our words.

Texts of `description` differ from one version of the analyzer to the next, so they are shown and never parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.drift.timeline import BAR, Culprit, Status

NAMES = ("constraint_violations.json", "constraints_violations.json")  # of the analyzer; of a page on own containers
DONE = {"Completed", "CompletedWithViolations"}
NO_DATA = "Job inputs had no data"  # the reason of a Failed execution: an hour without traffic


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One check that did not hold. `feature` is a column, a metric of quality, or a facet."""

    feature: str
    check: str
    description: str

    def to_json(self) -> dict[str, str]:
        """As Model Monitor writes it."""
        return {
            "feature_name": self.feature,
            "constraint_check_type": self.check,
            "description": self.description,
        }


def document(found: Iterable[Violation]) -> dict[str, Any]:
    """The file."""
    return {"violations": [one.to_json() for one in found]}


def read(found: Any) -> list[Violation]:
    """Of the file of any kind of monitor; None, for there is no file where nothing was violated, is none.

    Raises ValueError for what is none.
    """
    if found is None:
        return []
    listed = found.get("violations") if isinstance(found, Mapping) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ValueError("constraint_violations.json has no list of violations")
    return [_violation(number, one) for number, one in enumerate(listed)]


def _violation(number: int, one: Any) -> Violation:
    if not isinstance(one, Mapping):
        raise ValueError(f"violation {number} of constraint_violations.json is no object")
    check = one.get("constraint_check_type")
    feature = next((one[name] for name in ("feature_name", "metric_name", "facet", "label") if one.get(name)), None)
    if not isinstance(check, str) or not isinstance(feature, str):
        raise ValueError(f"violation {number} of constraint_violations.json names no check, or nothing that it is of")
    return Violation(feature=feature, check=check, description=str(one.get("description", "")).strip())


def status(hour: datetime, found: Sequence[Violation], *, execution: str, reason: str = "") -> Status:
    """Our verdict of an execution of Model Monitor; `execution` is its status, and `reason` why it failed.

    A threshold has no evidence: what it is past counts as the bar, what is within as nothing. Only an execution that
    was completed says anything.
    """
    if execution not in DONE:
        said = "no traffic" if NO_DATA in reason else f"Model Monitor's execution is {execution}"
        more = f": {reason}" if reason and NO_DATA not in reason else ""
        return Status(verdict="unknown", evidence=0.0, why=f"unknown: {said}{more}")
    if not found:
        return Status(verdict="stable", evidence=0.0, why="no drift: Model Monitor found no violation")
    culprits = tuple(
        Culprit(feature=feature, evidence=BAR, since=hour, what="; ".join(_told(one) for one in of))
        for feature, of in _by_feature(found).items()
    )
    told = "; ".join(f"{one.feature}: {one.what}" for one in culprits[:3])
    count = f"{len(found)} violation{'s' if len(found) > 1 else ''}"
    return Status(verdict="drifted", evidence=BAR, why=f"drift: Model Monitor found {count}; {told}", culprits=culprits)


def _by_feature(found: Iterable[Violation]) -> dict[str, list[Violation]]:
    grouped: dict[str, list[Violation]] = {}
    for one in found:
        grouped.setdefault(one.feature, []).append(one)
    return grouped


def _told(one: Violation) -> str:
    return f"{one.check} ({one.description})" if one.description else one.check
