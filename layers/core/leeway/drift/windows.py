"""What an hour holds, as counts that add up: hours, files and shards in any order come to the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leeway.cells import Value
from leeway.drift.detector import Counts
from leeway.drift.moments import Moments, moments
from leeway.drift.reference import Feature, Reference, single


@dataclass(frozen=True, kw_only=True)
class Window:
    """Records and rows, counts of each feature and of the score by name, and what could not be used, by its reason.

    `moments` are of features that are numbers. Sums of floats differ in their last digit by the order in which they
    were added, so windows that are equal may have others.
    """

    records: int = 0
    rows: int = 0
    counts: Mapping[str, Counts] = field(default_factory=dict)
    unused: Mapping[str, int] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict, compare=False)

    def merge(self, other: Window) -> Window:
        """Of both."""
        names = [*self.counts, *(name for name in other.counts if name not in self.counts)]
        return Window(
            records=self.records + other.records,
            rows=self.rows + other.rows,
            counts={name: _merged(self.counts.get(name), other.counts.get(name)) for name in names},
            unused=_added(self.unused, other.unused),
            moments=_joined(self.moments, other.moments),
        )

    def to_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {
            "records": self.records,
            "rows": self.rows,
            "unused": dict(self.unused),
            "counts": {name: [one.rows, *one.events] for name, one in self.counts.items()},
            "moments": {name: one.to_json() for name, one in self.moments.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Window:
        """Of what `to_json` gave."""
        counts = {name: Counts(rows=rows, events=tuple(events)) for name, (rows, *events) in document["counts"].items()}
        found = {name: Moments.from_json(values) for name, values in document.get("moments", {}).items()}
        return cls(
            records=document["records"],
            rows=document["rows"],
            unused=document["unused"],
            counts=counts,
            moments=found,
        )


def of_rows(reference: Reference, rows: Iterable[tuple[tuple[Value, ...], float]]) -> Window:
    """A window of one record."""
    found = [(*values, score) for values, score in rows]
    counts, numbers = {}, {}
    for place, feature in enumerate(reference.all):
        column = [values[place if feature is not reference.score else -1] for values in found]
        events = [0] * len(feature.shares)
        for value in column:
            for event in happened(feature, value):
                events[event] += 1
        counts[feature.name] = Counts(rows=len(found), events=tuple(events))
        if feature.numeric and (told := moments(float(value) for value in column if value is not None)):
            numbers[feature.name] = told
    return Window(records=1, rows=len(found), counts=counts, moments=numbers)


def happened(feature: Feature, value: Value) -> Iterable[int]:
    """The events that a value is, by their numbers."""
    if value is None:
        return (len(feature.shares) - 1,)
    if feature.numeric:
        return range(bisect_left(feature.edges, single(float(value))), len(feature.edges))
    text = str(value) if feature.type != "bool" else ("true" if value else "false")
    return (feature.texts.index(text) if text in feature.texts else len(feature.texts),)


def distance(feature: Feature, counts: Counts | None) -> float | None:
    """By how much the share of an event differs from the baseline's, where it differs most; None without rows."""
    if counts is None or not counts.rows:
        return None
    pairs = zip(counts.events, feature.shares, strict=True)
    return max(abs(hits / counts.rows - share) for hits, share in pairs)


def _merged(one: Counts | None, two: Counts | None) -> Counts:
    if one is None or two is None:
        return one or two or Counts(rows=0, events=())
    return one.merge(two)


def _joined(one: Mapping[str, Moments], two: Mapping[str, Moments]) -> dict[str, Moments]:
    return {**one, **{name: one[name].merge(found) if name in one else found for name, found in two.items()}}


def _added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    return {reason: one.get(reason, 0) + two.get(reason, 0) for reason in sorted({*one, *two})}
