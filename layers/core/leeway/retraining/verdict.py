"""How an execution ended: Succeeded, Refused (a report of ours says why) or Broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leeway.retraining.run import BROKEN, REFUSED, SUCCEEDED
from leeway.retraining.words import plain

UNDER_WAY = frozenset({"Executing", "Stopping"})
GONE = "Gone"  # stands for the status of an execution that SageMaker does not know


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a step wrote of its own decision: `passed` is None for a report that is missing or cannot be read."""

    passed: bool | None = None
    reason: str = "no reason given"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """An execution as it is now, and, once it has ended, what its steps wrote and registered."""

    status: str
    reason: str = ""
    failed_step: str = ""
    package: str = ""
    ready: Report = Report()
    gate: Report = Report()

    @property
    def under_way(self) -> bool:
        """Whether it may still go on."""
        return self.status in UNDER_WAY


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """An outcome with its sentence, and the version that was registered."""

    outcome: str
    why: str
    package: str = ""

    @property
    def version(self) -> int | None:
        """The version number, which is the end of a package's ARN."""
        number = self.package.rpartition("/")[2]
        return int(number) if number.isdecimal() else None


def report(document: Any, flag: str) -> Report:
    """Read gate.json or prepare.json; only the numbers 0 and 1 are a decision."""
    if not isinstance(document, Mapping):
        return Report()
    value, reason = document.get(flag), document.get("reason")
    passed = bool(value) if isinstance(value, int) and value in {0, 1} else None
    return Report(passed=passed, reason=plain(reason) if isinstance(reason, str) and reason else Report.reason)


def judge(progress: Progress) -> Verdict:
    """The verdict on an execution that has ended."""
    if progress.status == "Succeeded":
        verdict = Verdict(outcome=SUCCEEDED, why="", package=progress.package)
        what = "the training ended, and no version was found" if verdict.version is None else _registered(verdict)
        reason = f"; {progress.gate.reason}" if progress.gate.passed else ""
        return Verdict(outcome=SUCCEEDED, why=what + reason, package=progress.package)
    if progress.status != "Stopped":
        if progress.ready.passed is False:
            return Verdict(outcome=REFUSED, why=f"the data is not ready: {progress.ready.reason}")
        if progress.gate.passed is False:
            return Verdict(outcome=REFUSED, why=f"refused by the gate: {progress.gate.reason}")
    if progress.failed_step:
        return Verdict(outcome=BROKEN, why=f"step {plain(progress.failed_step)}")
    said = f": {plain(progress.reason)}" if progress.reason else ""
    return Verdict(outcome=BROKEN, why=f"the execution is {progress.status}{said}")


def _registered(verdict: Verdict) -> str:
    return f"version {verdict.version} registered"
