"""Statistics of a period's values by CloudWatch's names: percentiles, trimmed and winsorized means, and their like.

Source: CloudWatch user guide, "CloudWatch statistics definitions". CloudWatch estimates them from sketches; these are
exact. Of values below zero there are no percentiles, and none of a set of which only count, sum and bounds are known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from localaws.errors import NotEmulated

_SHORT = re.compile(r"(p|tm|wm|tc|ts)(\d{1,2}(?:\.\d+)?|100)")
_LONG = re.compile(r"(TM|WM|TC|TS|PR)\((\d*(?:\.\d+)?)(%?):(\d*(?:\.\d+)?)(%?)\)")
IQM = "TM(25%:75%)"


def is_extended(name: str) -> bool:
    """Whether a name is one of these."""
    return name == "IQM" or bool(_SHORT.fullmatch(name) or _LONG.fullmatch(name))


def extended(name: str, values: Mapping[float, int]) -> float | None:
    """The statistic of values by their numbers; None of none."""
    if not values or min(values) < 0:
        return None
    if short := _SHORT.fullmatch(name):
        if short[1] == "p":
            return percentile(values, float(short[2]) / 100)
        return _between(short[1].upper(), values, 0.0, float(short[2]) / 100)
    found = _LONG.fullmatch(IQM if name == "IQM" else name)
    mixed = found and found[2] and found[4] and found[3] != found[5]
    if not found or mixed:
        raise NotEmulated(f"the statistic {name}")
    kind, low, high = found[1], found[2], found[4]
    if kind == "PR" or "%" not in found[3] + found[5]:
        bounds = (float(low) if low else -math.inf, float(high) if high else math.inf)
        return _within(kind, values, *bounds)
    return _between(kind, values, float(low or 0) / 100, float(high or 100) / 100)


def percentile(values: Mapping[float, int], share: float) -> float | None:
    """The smallest value that so many are not above."""
    wanted, passed = math.ceil(share * sum(values.values())), 0
    for value in sorted(values):
        passed += values[value]
        if passed >= wanted:
            return value
    return None


def _between(kind: str, values: Mapping[float, int], low: float, high: float) -> float | None:
    """By shares: a value that a bound cuts counts with what is left of it."""
    count, passed = sum(values.values()), 0.0
    first, last = low * count, high * count
    kept: dict[float, float] = {}
    for value in sorted(values):
        kept[value] = max(0.0, min(last, passed + values[value]) - max(first, passed))
        passed += values[value]
    if kind == "WM":
        inside = [value for value, weight in kept.items() if weight > 0]
        bottom, top = min(inside), max(inside)
        return sum(min(max(value, bottom), top) * number for value, number in values.items()) / count
    return _of(kind, kept, count)


def _within(kind: str, values: Mapping[float, int], low: float, high: float) -> float | None:
    """By values: above the lower bound, and up to the upper one."""
    if kind == "WM":
        raise NotEmulated("a winsorized mean with bounds that are no percentages")
    kept = {value: float(number) for value, number in values.items() if low < value <= high}
    return _of(kind, kept, sum(values.values()))


def _of(kind: str, kept: Mapping[float, float], count: int) -> float | None:
    weight = sum(kept.values())
    total = sum(value * share for value, share in kept.items())
    if kind == "TM":
        return total / weight if weight else None
    return {"TC": weight, "TS": total, "PR": 100 * weight / count}[kind]
