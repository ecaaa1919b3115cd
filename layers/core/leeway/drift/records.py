"""What the monitor keeps in S3: for each version one document of its open hours, and one for each hour as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leeway.drift.shares import Counted
from leeway.drift.timeline import Culprit, Status, Timeline
from leeway.drift.windows import Window

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class State:
    """`timeline` is after the hour `settled`; `hours` came later, and late files may change them.

    `limits` is the digest of the constraints by which the newest look has judged; `ready` are hours that a job has
    counted, and no look has folded yet.
    """

    timeline: Timeline
    settled: datetime | None
    hours: Mapping[datetime, Counted]
    limits: str = ""
    ready: Mapping[datetime, Counted] = field(default_factory=dict)

    def after(self, hour: datetime, counted: Counted, timeline: Timeline, *, settles: bool) -> State:
        """With one hour more, the hours in their order; one that settles is in the timeline from then on."""
        others = {at: one for at, one in self.hours.items() if at != hour}
        state = replace(self, ready={at: one for at, one in self.ready.items() if at > hour})
        if settles:
            return replace(state, timeline=timeline, settled=hour, hours=others)
        return replace(state, hours={**others, hour: counted})

    def to_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {
            "format": FORMAT,
            "settled": self.settled.isoformat() if self.settled else None,
            "timeline": self.timeline.to_json(),
            "limits": self.limits,
            "hours": _to_json(self.hours),
            "ready": _to_json(self.ready),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> State:
        """Of what `to_json` gave; ValueError for what another version of Leeway wrote."""
        if document.get("format") != FORMAT:
            raise ValueError(f"the monitor's state has format {document.get('format')}; this is {FORMAT}")
        return cls(
            timeline=Timeline.from_json(document["timeline"]),
            settled=datetime.fromisoformat(document["settled"]) if document["settled"] else None,
            limits=document.get("limits", ""),
            hours=_from_json(document["hours"]),
            ready=_from_json(document.get("ready", {})),
        )


def _to_json(hours: Mapping[datetime, Counted]) -> dict[str, Any]:
    return {hour.isoformat(): counted.to_json() for hour, counted in hours.items()}


def _from_json(document: Mapping[str, Any]) -> dict[datetime, Counted]:
    return {datetime.fromisoformat(hour): Counted.from_json(one) for hour, one in document.items()}


def report(
    hour: datetime, version: int, window: Window, status: Status, violated: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """What is known of one hour, for people and for the command line; `violated` as Model Monitor tells it."""
    return {
        "hour": hour.isoformat(),
        "version": version,
        "verdict": status.verdict,
        "evidence": status.evidence,
        "why": status.why,
        "culprits": [
            {"feature": one.feature, "evidence": one.evidence, "since": one.since.isoformat(), "what": one.what}
            for one in status.culprits
        ],
        "violations": list(violated),
        **{name: value for name, value in window.to_json().items() if name != "moments"},
    }


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report as it is read again; `quality` is what labels say, where there are any, and `judged` in words."""

    hour: datetime
    version: int
    window: Window
    status: Status
    quality: Mapping[str, Any] = field(default_factory=dict)
    judged: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Report:
        """Of what `report` gave; KeyError, TypeError or ValueError for what is none."""
        culprits = tuple(
            Culprit(
                feature=one["feature"],
                evidence=one["evidence"],
                since=datetime.fromisoformat(one["since"]),
                what=one["what"],
            )
            for one in document["culprits"]
        )
        return cls(
            hour=datetime.fromisoformat(document["hour"]),
            version=document["version"],
            window=Window.from_json(document),
            quality=document.get("quality") or {},
            judged=str((document.get("quality_verdict") or {}).get("why", "")),
            status=Status(
                verdict=document["verdict"], evidence=document["evidence"], why=document["why"], culprits=culprits
            ),
        )


def state_key(model: str, version: int) -> str:
    """Where a version's state lies."""
    return f"monitoring/{model}/v{version}/state.json"


def report_key(model: str, version: int, hour: datetime) -> str:
    """Where the report of an hour lies."""
    return f"monitoring/{model}/v{version}/{hour:%Y/%m/%d/%H}.json"


def capture_prefix(endpoint: str, slot: str, hour: datetime) -> str:
    """Where SageMaker puts the captures of an hour."""
    return f"capture/{endpoint}/{slot}/{hour:%Y/%m/%d/%H}/"
