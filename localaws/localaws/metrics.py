"""Metrics by minute: what was counted, and what is sampled; one point of a period by its statistic."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from localaws.errors import NotEmulated
from localaws.journal import Journal
from localaws.statistics import extended, is_extended

MINUTE, DAY = 60, 86_400
# How long points are kept, and how wide they become after that. Source: CloudWatch user guide, "Metrics retention".
RETENTION = ((15 * DAY, 300), (63 * DAY, 3600), (455 * DAY, 0))
COUNTED, SAMPLED = "metrics.counted", "metrics.sampled"
Key = tuple[str, str, frozenset[tuple[str, str]]]


def key_of(namespace: str, name: str, dimensions: Mapping[str, str]) -> Key:
    """A metric is its namespace, its name and all of its dimensions."""
    return namespace, name, frozenset(dimensions.items())


@dataclass(kw_only=True)
class Point:
    """The values of one period, each with its number; of a statistic set only count, sum and bounds are known."""

    count: float = 0
    total: float = 0
    low: float = math.inf
    high: float = -math.inf
    values: Counter[float] = field(default_factory=Counter)
    width: int = MINUTE  # seconds

    def add(self, value: float, count: float = 1) -> None:
        """Some equal values."""
        self.count += count
        self.total += value * count
        if value < self.low:  # noqa: PLR1730  min() and max() take twice as long, of what is done most
            self.low = value
        if value > self.high:  # noqa: PLR1730  the same
            self.high = value
        self.values[value] += int(count)

    def add_set(self, count: float, total: float, low: float, high: float) -> None:
        """A statistic set, whose values are not known."""
        self.count, self.total = self.count + count, self.total + total
        self.low, self.high = min(self.low, low), max(self.high, high)

    def merge(self, other: Point) -> None:
        """Another period's values too."""
        self.add_set(other.count, other.total, other.low, other.high)
        self.values.update(other.values)

    def statistic(self, name: str) -> float | None:
        """A statistic by CloudWatch's name; of sets whose values are not known there are only the plain ones."""
        if not self.count:
            return None
        known = {"SampleCount": self.count, "Sum": self.total, "Minimum": self.low, "Maximum": self.high}
        if name == "Average":
            return self.total / self.count
        if name in known:
            return known[name]
        if is_extended(name):
            return extended(name, self.values) if self.count == self.values.total() else None
        raise NotEmulated(f"the statistic {name}")


class Metrics:
    """Counted values by minute; of a sample, which AWS takes each minute, only what changes is kept."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal or Journal()
        self.counted: dict[Key, dict[int, Point]] = {}
        self.sampled: dict[Key, list[tuple[int, float]]] = {}
        # The last minute of each metric that holds anything new.
        self.newest: dict[Key, int] = {}
        # Those that came from functions' logs.
        self.embedded: set[Key] = set()
        self._aged: dict[Key, int] = {}

    def add(self, key: Key, moment: float, value: float, count: float = 1) -> None:
        """Count some equal values at an epoch second."""
        self.point(key, moment).add(value, count)

    def point(self, key: Key, moment: float) -> Point:
        """The minute that a moment lies in, to be added to."""
        minute = _minute(moment)
        self.newest[key] = max(minute, self.newest.get(key, 0))
        self._journal.note(COUNTED, (*key, minute))
        by_minute = self.counted.setdefault(key, {})
        if minute not in by_minute:
            by_minute[minute] = Point()
            self._age(key, minute)
        return by_minute[minute]

    def _age(self, key: Key, now: int) -> None:
        """Once a day, what is old becomes wider points, and what is very old goes."""
        if now - self._aged.setdefault(key, now) < DAY:
            return
        self._aged[key] = now
        for start, point in sorted(self.counted[key].items(), key=lambda entry: entry[0]):
            width = next((wide for age, wide in reversed(RETENTION) if now - start > age), None)
            if width is None:
                return
            if point.width < width or not width:
                self._widen(key, start, width)

    def _widen(self, key: Key, start: int, width: int) -> None:
        """A point becomes part of one of that width; of width 0, of none."""
        point = self.counted[key].pop(start)
        self._journal.note(COUNTED, (*key, start))
        if width:
            aligned = start // width * width
            self.counted[key].setdefault(aligned, Point(width=width)).merge(point)
            self._journal.note(COUNTED, (*key, aligned))

    def sample(self, key: Key, moment: float, value: float) -> None:
        """From this minute on the metric has the value."""
        taken = self.sampled.setdefault(key, [])
        if not taken or taken[-1][1] != value:
            taken.append((_minute(moment), value))
            self.newest[key] = taken[-1][0]
            self._journal.note(SAMPLED, key)

    def take_back(self, key: tuple[str, str, frozenset[tuple[str, str]], int], point: Point) -> None:
        """A minute that was kept over a restart."""
        metric, minute = key[:3], key[3]
        self.counted.setdefault(metric, {})[minute] = point
        self.newest[metric] = max(minute, self.newest.get(metric, 0))

    def take_back_samples(self, key: Key, taken: list[tuple[int, float]]) -> None:
        """Samples that were kept over a restart."""
        self.sampled[key] = taken
        self.newest[key] = max(taken[-1][0], self.newest.get(key, 0))

    def period(self, key: Key, start: int, seconds: int) -> Point:
        """All that falls into the seconds from `start` on."""
        found, minutes = Point(), range(start, start + seconds, MINUTE)
        by_minute = self.counted.get(key, {})
        for minute in minutes:
            if minute in by_minute and by_minute[minute].width <= seconds:
                found.merge(by_minute[minute])
        if key in self.sampled:
            for _, value in self._samples(key, minutes):
                found.add(value)
        return found

    def _samples(self, key: Key, minutes: range) -> Iterator[tuple[int, float]]:
        taken = self.sampled[key]
        for minute in minutes:
            place = bisect.bisect_right(taken, (minute, math.inf))
            if place:
                yield minute, taken[place - 1][1]


def _minute(moment: float) -> int:
    return int(moment // MINUTE * MINUTE)
