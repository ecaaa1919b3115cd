"""What an approval plan is told, and what it may decide."""

from __future__ import annotations

from dataclasses import dataclass

from leeway.retraining.run import Run
from leeway.spec import Gate


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The version that the latest training registered: its run as the table has it, and the registry's word on it.

    `rejected` is whether it has ever been seen rejected, whatever it is now; `note` is what was said with its status.
    """

    run: Run
    version: int
    arn: str
    status: str
    note: str
    model_data: str
    rejected: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What gate.json says; `champion_value` is None where nothing was compared with."""

    passed: bool
    outcome: str
    reason: str
    metric: str
    value: float
    bar: float | None
    champion_value: float | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the run's folder holds, None or "" where it is missing or cannot be read.

    `judged` is the sha256 of the artefact that was judged, `lies_there` of what the version's address holds now, `gate`
    the rules that it was judged by.
    """

    verdict: Verdict | None
    model: str
    judged: str
    lies_there: str
    gate: Gate | None


@dataclass(frozen=True, kw_only=True)
class Approving:
    """An approval that was begun, written before the registry was told."""

    version: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Everything that a decision depends on.

    `champion` is the S3 URI of what serves, of the placeholder where nothing does; `serving` its version. `coming` is
    an approved version that is not yet what serves. `approved` is the last version that was approved here.
    """

    mode: str
    gate: Gate
    candidate: Candidate | None = None
    champion: str = ""
    serving: int | None = None
    coming: int | None = None
    halted: str = ""
    approved: int = 0
    approving: Approving | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """Nothing stands against it so far: read what the run wrote, and hash the artefact."""


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Set Approved, with `why` as the note that the registry keeps."""

    version: int
    arn: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Say:
    """An approval of ours is in the registry, and is not yet in the journal."""

    version: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Hold:
    """The version is left to a person, or to later, for a reason that somebody has to know."""

    code: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to do; `soon` while something is in progress."""

    code: str
    why: str
    soon: bool = False


Decision = Look | Approve | Say | Hold | Wait
