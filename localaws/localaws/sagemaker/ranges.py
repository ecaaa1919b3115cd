"""Ranges of hyperparameters: where each is searched for, on its scale, and how a value is written.

A numeric range is searched evenly on its own scale: `to_scale` and `from_scale` are where that scale is data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WIDE = 100.0  # from here on, largest to smallest, Auto takes the logarithmic scale
NUMERIC = {"IntegerParameterRanges": int, "ContinuousParameterRanges": float}
CATEGORICAL = "CategoricalParameterRanges"
SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "Linear": (lambda x: x, lambda t: t),
    "Logarithmic": (math.log, math.exp),
    "ReverseLogarithmic": (lambda x: -math.log1p(-x), lambda t: -math.expm1(-t)),
}
ALLOWED = {int: ("Auto", "Linear", "Logarithmic"), float: ("Auto", *SCALES)}


@dataclass(frozen=True, kw_only=True)
class Numeric:
    """A range of numbers; `scale` is the one that is used, never Auto."""

    name: str
    low: float
    high: float
    whole: bool
    scale: str

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of the range on its scale."""
        to_scale, _ = SCALES[self.scale]
        return to_scale(self.low), to_scale(self.high)

    def written(self, at: float) -> str:
        """The hyperparameter's text for a place on the scale."""
        _, from_scale = SCALES[self.scale]
        value = min(max(from_scale(at), self.low), self.high)
        return str(round(value)) if self.whole else repr(value)


@dataclass(frozen=True, kw_only=True)
class Categorical:
    """A choice; the values are texts as they were given, quotes included."""

    name: str
    values: tuple[str, ...]


Range = Numeric | Categorical


def ranges_of(given: Mapping[str, Any]) -> list[Range]:
    """The ranges of a request that has been checked, by name."""
    found: list[Range] = [_numeric(kind, one) for kind, one in _numbers(given)]
    found += [Categorical(name=one["Name"], values=tuple(one["Values"])) for one in given.get(CATEGORICAL) or []]
    return sorted(found, key=lambda one: one.name)


def range_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the numbers and the scales of a request."""
    for kind, one in _numbers(given):
        name, scale = one["Name"], one.get("ScalingType", "Auto")
        try:
            low, high = kind(one["MinValue"]), kind(one["MaxValue"])
        except ValueError:
            yield f"MinValue and MaxValue of {name} must be numbers of its type"
            continue
        if low > high:
            yield f"MinValue of {name} is greater than its MaxValue"
        if scale not in ALLOWED[kind]:
            yield f"ScalingType {scale} is not for the integer range {name}"
        elif scale == "Logarithmic" and low <= 0:
            yield f"logarithmic scaling of {name} needs values greater than 0"
        elif scale == "ReverseLogarithmic" and not 0 <= low <= high < 1:
            yield f"reverse logarithmic scaling of {name} needs a range within 0<=x<1.0"


def names_of(given: Mapping[str, Any]) -> list[str]:
    """All names that a request has ranges for."""
    return [one["Name"] for kind in (*NUMERIC, CATEGORICAL) for one in given.get(kind) or []]


def _numbers(given: Mapping[str, Any]) -> Iterator[tuple[type[int | float], Mapping[str, Any]]]:
    for member, kind in NUMERIC.items():
        for one in given.get(member) or []:
            yield kind, one


def _numeric(kind: type[int | float], one: Mapping[str, Any]) -> Numeric:
    low, high, scale = float(one["MinValue"]), float(one["MaxValue"]), one.get("ScalingType", "Auto")
    if scale == "Auto":
        scale = "Logarithmic" if low > 0 and high / low >= WIDE else "Linear"
    return Numeric(name=one["Name"], low=low, high=high, whole=kind is int, scale=scale)
