"""What a version's windows are compared with: its baseline as lists of events, each with its share of the rows."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nextafter
from typing import Any

SCORE = "score"  # the model's answer, a feature as any other; a column of this name is told apart by its place
MOST_TEXTS = 50  # categories that are events of their own; the rest are one
NUMERIC = {"int", "float", "date"}


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature, or the score.

    Of a number the events are "at most this edge", of a text "is this one", then "is another one"; the last event is
    always "is missing". `shares` are those of all rows in the baseline.
    """

    name: str
    type: str
    edges: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    shares: tuple[float, ...]

    @property
    def numeric(self) -> bool:
        """Whether its events are edges."""
        return self.type in NUMERIC

    def event(self, number: int) -> str:
        """An event in words."""
        if number == len(self.shares) - 1:
            return "is missing"
        if self.numeric:
            return f"is at most {self.edges[number]:g}"
        return f"is {self.texts[number]}" if number < len(self.texts) else "is a value that training knew less well"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A version's baseline of so many `rows`: `features` in the model's order, and `score`.

    Of a binary model, `rates` say how often the scores of each bin came true.
    """

    features: tuple[Feature, ...]
    score: Feature | None = None
    rates: tuple[float, ...] = ()
    rows: int = 0

    @property
    def all(self) -> tuple[Feature, ...]:
        """Features, then the score."""
        return (*self.features, *([self.score] if self.score else []))

    def to_json(self) -> dict[str, Any]:
        """For those who count by it elsewhere."""
        return {
            "features": [vars(feature) for feature in self.features],
            "score": vars(self.score) if self.score else None,
            "rates": self.rates,
            "rows": self.rows,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reference:
        """Of what `to_json` gave."""
        score = document["score"]
        return cls(
            features=tuple(map(_kept, document["features"])),
            score=_kept(score) if score else None,
            rates=tuple(document["rates"]),
            rows=document["rows"],
        )


def reference(baseline: Mapping[str, Any], evaluation: Mapping[str, Any] | None, names: Sequence[str]) -> Reference:
    """Of `baseline.json` and `evaluation.json` of a run; ValueError where they are none."""
    try:
        return _reference(baseline, evaluation, names)
    except (KeyError, TypeError, AttributeError, ArithmeticError, struct.error) as error:
        raise ValueError(f"the baseline or the evaluation is not whole: {type(error).__name__}") from error


def _reference(baseline: Mapping[str, Any], evaluation: Mapping[str, Any] | None, names: Sequence[str]) -> Reference:
    found = baseline["features"]
    scores = (evaluation or {}).get("scores") or {}
    return Reference(
        features=tuple(_feature(name, found[name], baseline["rows"]) for name in names),
        score=_score(scores) if scores.get("edges") else None,
        rates=tuple(scores.get("rates", ())),
        rows=int(baseline["rows"]),
    )


def _feature(name: str, found: Mapping[str, Any], rows: int) -> Feature:
    present = found["count"] / rows if rows else 0.0
    if found["type"] in NUMERIC:
        edges = dict(zip(found["quantiles"], found["cumulative"], strict=True))  # of equal edges the last says it all
        if list(edges) != sorted(edges) or (found["min"] is not None and found["min"] > found["max"]):
            raise ValueError(f"the baseline of {name} is out of order: {found['min']} to {found['max']}")
        shares = [share * present for share in edges.values()]
        return Feature(name=name, type=found["type"], edges=tuple(map(single, edges)), shares=(*shares, 1 - present))
    kept = dict(sorted(found["shares"].items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_TEXTS])
    others = max(0.0, 1 - sum(kept.values())) * present
    shares = [share * present for share in kept.values()]
    return Feature(name=name, type=found["type"], texts=tuple(kept), shares=(*shares, others, 1 - present))


def _kept(found: Mapping[str, Any]) -> Feature:
    lists = {name: tuple(found[name]) for name in ("edges", "texts", "shares")}
    return Feature(name=found["name"], type=found["type"], **lists)


def _score(scores: Mapping[str, Any]) -> Feature:
    edges = tuple(map(single, scores["edges"]))
    return Feature(name=SCORE, type="float", edges=edges, shares=(*scores["cumulative"], 0.0))


def single(value: float) -> float:
    """The nearest number of single precision, which is what the model sees."""
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found


def last(edge: float) -> float:
    """The largest number of double precision whose nearest one of single precision is at most such an edge."""
    after = struct.unpack("i", struct.pack("f", edge + 0.0))[0] + (1 if edge >= 0 else -1)
    middle: float = (edge + struct.unpack("f", struct.pack("i", after))[0]) / 2  # exact, and goes to the even one
    return middle if single(middle) <= edge else nextafter(middle, -inf)
