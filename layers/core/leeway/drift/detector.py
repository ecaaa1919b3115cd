"""The alarm: evidence, over windows of time, that some feature has left its baseline by more than is tolerated.

Each feature is a list of events with a share in the baseline: "at most this edge", or "is this category". Under H0 each
share is within `delta` of the baseline's. A CUSUM of binomial likelihood ratios, M <- max(M, 1) * LR, for each event,
side and bet is an e-detector, and so is the mean of many, whatever they have to do with each other: without drift the
mean reaches 1/ALPHA no sooner than after 1/ALPHA windows on average. Shin, Ramdas and Rinaldo, arXiv 2203.03532.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log
from statistics import median_low

BETS = (0.02, 0.05, 0.1, 0.2)  # by how much more than is tolerated a share may have moved
SIDES = (1, -1)
DELTA = 0.05
ALPHA = 0.001


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a window holds of one feature: rows with a value, and those of each event, in the baseline's order."""

    rows: int
    events: tuple[int, ...]

    def merge(self, other: Counts) -> Counts:
        """Of the rows of both."""
        pairs = zip(self.events, other.events, strict=True)
        return Counts(rows=self.rows + other.rows, events=tuple(one + two for one, two in pairs))


@dataclass(frozen=True, kw_only=True)
class Track:
    """One feature over time: ln M of each event, side and bet, and in which window each began to grow."""

    logs: tuple[float, ...]
    since: tuple[int, ...]

    @property
    def evidence(self) -> float:
        """The largest M."""
        return exp(max(self.logs, default=-inf))

    @property
    def began(self) -> int:
        """The window in which the largest M began to grow; of several that have reached their bound, most of them."""
        top = max(self.logs, default=-inf)
        return median_low(since for one, since in zip(self.logs, self.since, strict=True) if one == top)

    @property
    def events(self) -> list[int]:
        """The events of the largest M, by their numbers: several where M has reached its bound."""
        top, cells = max(self.logs, default=-inf), len(SIDES) * len(BETS)
        return sorted({place // cells for place, one in enumerate(self.logs) if one == top})


@dataclass(frozen=True, kw_only=True)
class Detector:
    """All features of a model, its score among them, by name."""

    tracks: Mapping[str, Track]

    @classmethod
    def fresh(cls, shares: Mapping[str, Sequence[float]]) -> Detector:
        """Before any window."""
        cells = {name: len(events) * len(SIDES) * len(BETS) for name, events in shares.items()}
        return cls(tracks={name: Track(logs=(0.0,) * cell, since=(0,) * cell) for name, cell in cells.items()})

    @property
    def evidence(self) -> float:
        """That something has drifted; to be believed from 1/ALPHA on."""
        logs = [one for track in self.tracks.values() for one in track.logs]
        return sum(map(exp, logs)) / len(logs) if logs else 0.0

    def culprits(self) -> list[str]:
        """Features by their evidence, the strongest first."""
        return sorted(self.tracks, key=lambda name: -self.tracks[name].evidence)

    def look(
        self, window: int, counts: Mapping[str, Counts], shares: Mapping[str, Sequence[float]], delta: float = DELTA
    ) -> Detector:
        """After one more window, of which `window` is the number; a feature without rows stays as it was.

        No M grows beyond what is an alarm by itself: more would keep it up long after the drift has passed.
        """
        highest = 1 + log(sum(len(track.logs) for track in self.tracks.values()) / ALPHA) if self.tracks else 0.0
        return Detector(
            tracks={
                name: _looked(track, window, counts[name], shares[name], delta, highest) if name in counts else track
                for name, track in self.tracks.items()
            }
        )


def _looked(track: Track, window: int, counts: Counts, shares: Sequence[float], delta: float, highest: float) -> Track:
    logs, since, place = list(track.logs), list(track.since), 0
    for share, hits in zip(shares, counts.events, strict=True):
        for side in SIDES:
            bound = share + side * delta
            for bet in BETS:
                if 0 < bound < 1 and counts.rows:
                    if logs[place] <= 0:
                        logs[place], since[place] = 0.0, window
                    logs[place] += log_ratio(bound, beyond(bound, side * bet), hits, counts.rows - hits)
                    logs[place] = min(logs[place], highest)
                place += 1
    return Track(logs=tuple(logs), since=tuple(since))


def beyond(bound: float, step: float) -> float:
    """A share that far beyond the bound; where there is none, half way to the end."""
    found = bound + step
    end = 1.0 if step > 0 else 0.0
    return found if 0 < found < 1 else (bound + end) / 2


def log_ratio(bound: float, other: float, hits: int, misses: int) -> float:
    return hits * log(other / bound) + misses * log((1 - other) / (1 - bound))
