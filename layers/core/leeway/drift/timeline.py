"""Windows in their order become a verdict: drifted, stable or unknown, with culprits, since when, and in which words.

Pure: the same windows give the same verdict whenever and however often they are folded, so one that grew by a late file
is folded again from there on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from leeway.drift.detector import ALPHA, DELTA, Counts, Detector, Track
from leeway.drift.reference import Feature, Reference
from leeway.drift.windows import Window

HOUR = 3600  # seconds
MIN_ROWS = 100
BAR = 1 / ALPHA
WORTH_TELLING = 10.0  # evidence of a feature

Verdict = Literal["drifted", "stable", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Culprit:
    """A feature that speaks for drift: its evidence, in which hour it began to grow, and what changed in words."""

    feature: str
    evidence: float
    since: datetime
    what: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """What is known after a window; `evidence` counts against BAR."""

    verdict: Verdict
    evidence: float
    why: str
    culprits: tuple[Culprit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """All windows so far: the detector, and rows that wait for more of them because they are too few by themselves."""

    detector: Detector
    waiting: Window = field(default_factory=Window)
    waiting_since: int = 0

    @classmethod
    def begin(cls, reference: Reference) -> Timeline:
        """Before the first window of a version."""
        return cls(detector=Detector.fresh({feature.name: feature.shares for feature in reference.all}))

    def after(
        self, hour: datetime, window: Window, reference: Reference, *, delta: float = DELTA, min_rows: int = MIN_ROWS
    ) -> tuple[Timeline, Status]:
        """With one window more, and what is known by then.

        Fewer than `min_rows` rows say nothing: they are counted with those of the hours after them.
        """
        number = int(hour.timestamp()) // HOUR
        gathered, since = self.waiting.merge(window), self.waiting_since if self.waiting.rows else number
        if gathered.rows < min_rows:
            return replace(self, waiting=gathered, waiting_since=since), self._unknown(gathered, min_rows)
        shares = {feature.name: feature.shares for feature in reference.all}
        detector = self.detector.look(since, gathered.counts, shares, delta)
        return Timeline(detector=detector), _status(detector, gathered, reference)

    def _unknown(self, gathered: Window, min_rows: int) -> Status:
        """What was found before stays, but nothing new is said: neither drift nor its absence."""
        why = f"{gathered.rows:,} of the {min_rows:,} rows that a verdict takes"
        if gathered.unused:
            reasons = ", ".join(f"{count:,} because {reason}" for reason, count in gathered.unused.items())
            why = f"{why}; records without use: {reasons}"
        return Status(verdict="unknown", evidence=self.detector.evidence, why=f"unknown: {why}")

    def to_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        tracks = {name: {"logs": track.logs, "since": track.since} for name, track in self.detector.tracks.items()}
        return {"tracks": tracks, "waiting": self.waiting.to_json(), "waiting_since": self.waiting_since}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Timeline:
        """Of what `to_json` gave."""
        tracks = {
            name: Track(logs=tuple(track["logs"]), since=tuple(track["since"]))
            for name, track in document["tracks"].items()
        }
        waiting = Window.from_json(document["waiting"])
        return cls(detector=Detector(tracks=tracks), waiting=waiting, waiting_since=document["waiting_since"])


def judged(window: Window, status: Status, refused: str) -> tuple[Window, Status]:
    """An hour whose constraints were `refused` is unknown, and its records are counted as without use.

    Its rows are folded all the same, so that nothing is lost once the constraints are mended.
    """
    if not refused:
        return window, status
    unused = {**window.unused, "the constraints are refused": window.records}
    why = f"unknown: {refused}"
    return replace(window, unused=unused), Status(verdict="unknown", evidence=status.evidence, why=why)


def uncounted(status: Status, why: str) -> Status:
    """Of an hour of which some files could not be counted: what the others say stays, but nothing new is said."""
    return Status(verdict="unknown", evidence=status.evidence, why=f"unknown: {why}")


def _status(detector: Detector, window: Window, reference: Reference) -> Status:
    evidence = detector.evidence
    bar = f"evidence {_number(evidence)} against a bar of {_number(BAR)}"
    culprits = tuple(_culprits(detector, window, reference))
    if evidence < BAR:
        return Status(verdict="stable", evidence=evidence, why=f"no drift: {bar}", culprits=culprits)
    told = "; ".join(f"{one.feature}: {one.what}, since {one.since:%Y-%m-%d %H:%M}" for one in culprits[:3])
    return Status(verdict="drifted", evidence=evidence, why=f"drift: {bar}; {told}", culprits=culprits)


def _culprits(detector: Detector, window: Window, reference: Reference) -> list[Culprit]:
    features = {feature.name: feature for feature in reference.all}
    found = []
    for name in detector.culprits():
        track = detector.tracks[name]
        if track.evidence < WORTH_TELLING or name not in window.counts:
            continue
        what = _change(features[name], window.counts[name], track.events)
        since = datetime.fromtimestamp(track.began * HOUR, UTC)
        found.append(Culprit(feature=name, evidence=track.evidence, since=since, what=what))
    return found


def _change(feature: Feature, counts: Counts, events: list[int]) -> str:
    """What is seen of the event that speaks loudest; of a number, rather its median where that has moved."""
    shares = [hits / max(counts.rows, 1) for hits in counts.events]
    event = max(events, key=lambda number: abs(shares[number] - feature.shares[number]))
    if feature.numeric and event < len(feature.edges):
        before, now = (median(feature, each) for each in (feature.shares, shares))
        if before is not None and now is not None and f"{before:.3g}" != f"{now:.3g}":
            return f"median {before:.3g} → {now:.3g}"
    return f"{feature.event(event)} in {feature.shares[event]:.1%} → {shares[event]:.1%} of rows"


def median(feature: Feature, shares: tuple[float, ...] | list[float]) -> float | None:
    """Of the rows that have a value, the edge that half of them do not exceed, between two edges by their shares."""
    present = 1 - shares[-1] if shares else 0.0
    before = 0.0
    for place, edge in enumerate(feature.edges):
        if present and shares[place] >= present / 2:
            width = shares[place] - before
            below = feature.edges[place - 1] if place else edge
            return edge if width <= 0 else below + (edge - below) * (present / 2 - before) / width
        before = shares[place] if shares else 0.0
    return None


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
