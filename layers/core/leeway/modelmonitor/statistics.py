"""`statistics.json`, as SageMaker Model Monitor's analyzer writes it.

Counts, means, deviations, bounds and sums are exact. Of the distribution of a number, what is known is how many values
are at most each of the baseline's quantiles: at those it is exact, and between two of them the values are taken to lie
evenly. A column of few values, whose quantiles coincide, has all of them at its quantiles, and its buckets are exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import Any

from leeway.drift.detector import Counts
from leeway.drift.moments import Moments
from leeway.drift.reference import Feature, Reference, single
from leeway.drift.windows import Window

QUANTILES = 31  # of a column of many values, as the training writes them
BUCKETS = 10
BETWEEN = 16  # values that stand for those between two quantiles
C, K = 0.64, 2048.0  # parameters of the analyzer's sketch
Point = tuple[float, float, int]  # above which value, up to which, and how many


def statistics(reference: Reference, window: Window, *, even: bool = False) -> dict[str, Any]:
    """The file, of an hour or of the baseline itself.

    With `even` the sketch has values between quantiles too, for an analyzer that compares at every value.
    """
    features = [
        _feature(feature, window.counts[feature.name], window.moments.get(feature.name), even=even)
        for feature in reference.all
        if feature.name in window.counts
    ]
    return {"version": 0.0, "dataset": {"item_count": window.rows}, "features": features}


def of_baseline(reference: Reference, document: Mapping[str, Any]) -> Window:
    """The training part as a window: from `baseline.json`, what its features were."""
    counts, moments = {}, {}
    for feature in reference.features:
        found = document["features"][feature.name]
        events = tuple(round(share * reference.rows) for share in feature.shares)
        counts[feature.name] = Counts(rows=reference.rows, events=events)
        if feature.numeric and found["count"] and found.get("mean") is not None:
            moments[feature.name] = Moments(
                count=found["count"],
                mean=found["mean"],
                spread=found["std"] ** 2 * found["count"],
                low=found["min"],
                high=found["max"],
            )
    return Window(records=reference.rows, rows=reference.rows, counts=counts, moments=moments)


def inferred(feature: Feature) -> str:
    """The type by which the analyzer calls it."""
    return {"int": "Integral", "float": "Fractional", "date": "Fractional"}.get(feature.type, "String")


def _feature(feature: Feature, counts: Counts, moments: Moments | None, *, even: bool) -> dict[str, Any]:
    missing = counts.events[-1]
    common = {"num_present": counts.rows - missing, "num_missing": missing}
    found: dict[str, Any] = {"name": feature.name, "inferred_type": inferred(feature)}
    if not feature.numeric:
        return found | {"string_statistics": {"common": common, **_texts(feature, counts)}}
    numbers = _numbers(feature, counts, moments, even=even) if moments is not None else {}
    return found | {"numerical_statistics": {"common": common, **numbers}}


def _texts(feature: Feature, counts: Counts) -> dict[str, Any]:
    """Texts that training did not know by themselves are one, without a name."""
    *known, others, _ = counts.events
    listed = sorted(zip(feature.texts, known, strict=True), key=lambda pair: -pair[1])
    buckets = [{"value": text, "count": count} for text, count in listed if count]
    distinct = float(len(buckets) + bool(others))
    return {"distinct_count": distinct, "distribution": {"categorical": {"buckets": buckets}}}


def _numbers(feature: Feature, counts: Counts, moments: Moments, *, even: bool) -> dict[str, Any]:
    points = list(_points(feature, counts, moments))
    held = list(_evenly(feature, points)) if even else [(high, count) for _, high, count in points]
    return {
        "mean": moments.mean,
        "sum": moments.mean * moments.count,
        "std_dev": moments.std,
        "min": moments.low,
        "max": moments.high,
        "distribution": {
            "kll": {
                "buckets": _buckets(feature, points, moments),
                "sketch": {"parameters": {"c": C, "k": K}, "data": sketch(held)},
            }
        },
    }


def _points(feature: Feature, counts: Counts, moments: Moments) -> Iterator[Point]:
    """The values between each two edges; beyond the outer ones the bounds of the window are the ends."""
    ends = [*(min(max(short(edge), moments.low), moments.high) for edge in feature.edges), moments.high]
    upto = [*counts.events[:-1], counts.rows - counts.events[-1]]
    low, before = moments.low, 0
    for end, count in zip(ends, upto, strict=True):
        if count > before:
            yield low, end, count - before
        low, before = end, max(count, before)


def _evenly(feature: Feature, points: Sequence[Point]) -> Iterator[tuple[float, int]]:
    """Values with how often they are, laid evenly between each two quantiles; a column of few values stays as it is."""
    for low, high, count in points:
        pieces = 1 if len(feature.edges) < QUANTILES or low >= high else min(BETWEEN, count)
        for number in range(1, pieces + 1):
            value = low + (high - low) * number / pieces
            share = count * number // pieces - count * (number - 1) // pieces
            yield (float(floor(value)) if feature.type == "int" else value), share


def _buckets(feature: Feature, points: Sequence[Point], moments: Moments) -> list[dict[str, float]]:
    """Ten of equal width, the lower bound within, and in the last one the upper one too."""
    width = (moments.high - moments.low) / BUCKETS
    bounds = [moments.low + width * n for n in range(BUCKETS)] + [moments.high]
    below = [0.0] * (BUCKETS + 1)  # how many lie below each bound
    few = len(feature.edges) < QUANTILES
    for low, high, count in points:
        for n in range(1, BUCKETS):
            below[n] += count * (
                _at(bounds, high, n) if few or low >= high else _between(feature, low, high, bounds[n])
            )
    below[BUCKETS] = sum(count for _, _, count in points)
    whole = [round(value) for value in below]
    return [
        {"lower_bound": bounds[n], "upper_bound": bounds[n + 1], "count": float(whole[n + 1] - whole[n])}
        for n in range(BUCKETS)
    ]


def _at(bounds: Sequence[float], value: float, number: int) -> float:
    """Whether a value lies below a bound."""
    return float(bisect_right(bounds, value, hi=BUCKETS) <= number)


def _between(feature: Feature, low: float, high: float, bound: float) -> float:
    """The part of the values above `low`, up to `high`, that lies below the bound."""
    if feature.type == "int" and floor(high) > floor(low):
        low, high, bound = floor(low), floor(high), ceil(bound) - 1
    return min(max((bound - low) / (high - low), 0.0), 1.0)


def sketch(points: Sequence[tuple[float, int]]) -> list[list[float]]:
    """Values with how often they are, as the levels of a KLL sketch: one of level n stands for 2**n values.

    As many as the analyzer keeps one by one are all of level 0.
    """
    if sum(count for _, count in points) <= K:
        return [[value for value, count in points for _ in range(count)]]
    levels = max(count for _, count in points).bit_length()
    return [[value for value, count in points if count >> level & 1] for level in range(levels)]


def numbers(found: Mapping[str, Any]) -> list[tuple[float, float]]:
    """The distribution of a feature of the file, as values in rising order, each once, with how often they are."""
    weights: dict[float, float] = {}
    data = found["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"]
    for level, values in enumerate(data):
        for value in values:
            weights[value] = weights.get(value, 0.0) + 2.0**level
    return sorted(weights.items())


def short(value: float) -> float:
    """The shortest number that is this one in single precision: 59.9 of 59.900001525878906."""
    for digits in range(6, 10):
        found = float(f"{value:.{digits}g}")
        if single(found) == single(value):
            return found
    return value
