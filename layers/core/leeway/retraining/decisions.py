"""What a retraining plan is told, and what it may decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leeway.arrivals.pending import Pending
from leeway.retraining.manifest import Manifest
from leeway.retraining.run import Request, Run
from leeway.retraining.verdict import Progress, Verdict


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What only a start needs; no `manifest` where the kill switch is on, for then nothing needs it."""

    kill_switch: bool
    manifest: Manifest | None = None


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm of the model that is in ALARM, since when, and what keeps it from acting ("" for nothing)."""

    name: str
    since: datetime
    silenced: str = ""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One model as read now; no decision depends on the order of what is in it.

    `alarms` are those in ALARM, `alarms_unread` is why they could not be read, `told` what people were told last.
    """

    applied_at: datetime
    definition: str
    paused: bool = False
    skipped_at: datetime | None = None
    pending: Sequence[Pending] = ()
    requests: Sequence[Request] = ()
    recent: Sequence[Run] = ()
    alarms: Sequence[Alarm] = ()
    alarms_unread: str = ""
    told: str = ""
    run: Run | None = None
    progress: Progress | None = None
    stock: Stock | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """Something is due: read the stock and plan again."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """Record a run; it fulfils all `requests` (sort keys), those of the people `asked_by` (ARNs) among them."""

    trigger: str
    why: str
    manifest: Manifest
    requests: tuple[str, ...]
    asked_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SendStart:
    """The active run is recorded and its execution is not known: find it, or start it."""

    run: Run


@dataclass(frozen=True, kw_only=True)
class CloseRun:
    """The active run is over."""

    run: Run
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Skip:
    """Say once that what was due starts nothing: drop the requests, take the schedule's time as done."""

    code: str
    why: str
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing to do before `until` (None: before the next idle look); `silent` is not worth a journal entry."""

    code: str
    why: str
    until: datetime | None = None
    silent: bool = False


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Tell people why an alarm starts nothing; `key` stands for the alarm and the reason, so that it is told once."""

    key: str
    code: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Due:
    """A trigger whose time has come, with what set it off in words."""

    trigger: str
    why: str


Decision = Look | Start | SendStart | CloseRun | Skip | Wait | Tell
