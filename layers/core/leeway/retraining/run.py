"""One run: a training that was decided on, from its record to its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from leeway import keys

# How far a run is: its record is written, its execution is known, or how it ended.
RECORDED, EXECUTING = "Recorded", "Executing"
SUCCEEDED, REFUSED, BROKEN = "Succeeded", "Refused", "Broken"
VERDICTS = frozenset({SUCCEEDED, REFUSED})  # these consume what they considered

# Why it began.
DATA, SCHEDULE, MANUAL, REEVALUATE, DRIFT = "data", "schedule", "manual", "reevaluate", "drift"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A recorded wish for a training, of a person (manual) or of the rollout (reevaluate).

    `identity` is the ARN of the person, by which approvals know people; `by` is a name.
    """

    sort_key: str
    trigger: str
    at: datetime
    by: str = ""
    reason: str = ""
    identity: str = ""


@dataclass(frozen=True, kw_only=True)
class Run:
    """`key` says what would be trained, so that the same again is the next `attempt`; `token` makes a start idempotent.

    `manifest` is the key of its folder, `champion` an S3 URI, `requests` the sort keys of the wishes it fulfils, and
    `asked_by` the ARNs of the people whose wishes these are.
    """

    model: str
    created: datetime
    key: str
    attempt: int
    trigger: str
    manifest: str
    champion: str
    definition: str
    files: int
    rows: int
    requests: tuple[str, ...] = ()
    asked_by: tuple[str, ...] = ()
    status: str = RECORDED
    execution: str = ""
    ended: datetime | None = None
    why: str = ""
    package: str = ""

    @property
    def token(self) -> str:
        """ClientRequestToken: 64 hex digits."""
        return keys.digest(self.key, self.attempt)

    @property
    def id(self) -> str:
        """Names its folder `runs/<model>/<id>/`."""
        return self.token[:20]

    @property
    def name(self) -> str:
        """Display name of the execution, at most 55 of the 82 characters: by it a lost answer is found again."""
        return f"{self.model}-{self.token[:24]}"

    @property
    def sort_key(self) -> str:
        """Orders runs by time."""
        return f"{keys.RUN}{keys.stamp(self.created)}#{self.id}"

    @property
    def folder(self) -> str:
        """Key of what the run writes, without a slash at the end."""
        return f"runs/{self.model}/{self.id}"


def run_key(*, model: str, manifest: str, definition: str, champion: str) -> str:
    """Names what is trained, by content: sha256 of manifest and rendered definition, and the champion's URI."""
    return keys.digest(model, manifest, definition, champion)


def next_attempt(key: str, history: Iterable[Run]) -> int:
    """One more than the highest attempt of this key: a token is never used for a second run."""
    return max((run.attempt for run in history if run.key == key), default=0) + 1
