"""The columns of a map: hours, or as many of them together as fit, with how far each feature was from its baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from math import sqrt

from leeway.drift.distances import ROBUST
from leeway.drift.records import Report
from leeway.drift.timeline import MIN_ROWS
from leeway.drift.windows import Window, distance
from leeway_cli.drift.look import Look

HOUR = 3600
STEPS = (1, 2, 3, 6, 12, 24, 48, 168, 336, 672)  # hours in a column


@dataclass(frozen=True, kw_only=True)
class Column:
    """Some hours in a row; `distances` by feature, None where too few rows say anything."""

    begin: datetime
    step: int
    hours: Sequence[Report]
    window: Window
    distances: Mapping[str, float | None]

    @property
    def verdict(self) -> str:
        """The worst that is known: drifted, stable, unknown, or nothing where there is no report."""
        said = {one.status.verdict for one in self.hours}
        return next((one for one in ("drifted", "stable", "unknown") if one in said), "")


def columns(found: Look, room: int) -> list[Column]:
    """At most `room` of them; each begins at a whole step of the day, or of the days since 1970."""
    step = next((one for one in STEPS if len(_places(found, one)) <= room), STEPS[-1])
    by_place: dict[int, list[Report]] = {}
    for one in found.hours:
        by_place.setdefault(int(one.hour.timestamp()) // (step * HOUR), []).append(one)
    return [
        _column(found, datetime.fromtimestamp(place * step * HOUR, UTC), step, by_place.get(place, []))
        for place in _places(found, step)
    ]


def _places(found: Look, step: int) -> range:
    """The steps since 1970 that the hours lie in."""
    first, last = (int(at.timestamp()) for at in (found.begin, found.end))
    return range(first // (step * HOUR), -(-last // (step * HOUR)))


def _column(found: Look, begin: datetime, step: int, hours: Sequence[Report]) -> Column:
    window = reduce(Window.merge, (one.window for one in hours), Window())
    return Column(begin=begin, step=step, hours=hours, window=window, distances=distances(found, window))


def distances(found: Look, window: Window) -> dict[str, float | None]:
    """Of each feature, as far as the rows say; what chance alone makes of so many rows is none."""
    return {feature.name: _told(distance(feature, window.counts.get(feature.name)), window.rows, found.reference.rows)
            for feature in found.reference.all}  # fmt: skip


def _told(found: float | None, rows: int, of_baseline: int) -> float | None:
    if found is None or rows < MIN_ROWS:
        return None
    chance = ROBUST * sqrt((rows + of_baseline) / (rows * of_baseline)) if of_baseline else 0.0
    return found if found > chance else 0.0


def level(found: float, delta: float) -> int:
    """How dark: 0 within what is tolerated, then up to 2, 4, 8 times that, and beyond."""
    return sum(found > delta * times for times in (1, 2, 4, 8))


def ranked(found: Look, shown: Sequence[Column]) -> list[str]:
    """Features, those that speak for drift first, then by how far they were; in the model's order where even."""
    loud = [one.feature for one in found.culprits]
    farthest = {
        feature.name: max((column.distances[feature.name] or 0.0 for column in shown), default=0.0)
        for feature in found.reference.all
    }
    others = sorted((name for name in farthest if name not in loud), key=lambda name: -farthest[name])
    return [*(name for name in loud if name in farthest), *others]
