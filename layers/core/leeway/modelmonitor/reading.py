"""`statistics.json` of an execution, read as a window: how often each event of our baseline was."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from leeway.drift.detector import Counts
from leeway.drift.moments import Moments
from leeway.drift.reference import Feature, Reference, single
from leeway.drift.windows import Window
from leeway.modelmonitor.statistics import numbers


def window(reference: Reference, document: Mapping[str, Any]) -> Window:
    """As exact as the sketches are. Raises ValueError for what is no statistics.json."""
    try:
        return _window(reference, document)
    except (KeyError, TypeError, AttributeError, ArithmeticError, struct.error) as error:
        raise ValueError(f"it is no statistics.json: {type(error).__name__}") from error


def _window(reference: Reference, document: Mapping[str, Any]) -> Window:
    rows = int(document["dataset"]["item_count"])
    given = {one["name"]: one for one in document["features"]}
    counts, moments = {}, {}
    for feature in reference.features:
        found = given.get(feature.name, {})
        common = next((found[kind]["common"] for kind in found if kind.endswith("_statistics")), None)
        if common is None:
            continue
        present, missing = int(common["num_present"]), int(common["num_missing"])
        events = _upto(feature, found, present) if feature.numeric else _texts(feature, found, present)
        counts[feature.name] = Counts(rows=present + missing, events=(*events, missing))
        of_numbers = found.get("numerical_statistics", {})
        if feature.numeric and present and "mean" in of_numbers:
            moments[feature.name] = _moments(of_numbers, present)
    return Window(records=rows, rows=rows, counts=counts, moments=moments)


def _upto(feature: Feature, found: Mapping[str, Any], present: int) -> list[int]:
    """How many values are at most each edge; none where the analyzer took them for texts."""
    if "distribution" not in found.get("numerical_statistics", {}):
        return [0] * len(feature.edges)
    weights = numbers(found)
    whole = sum(weight for _, weight in weights)
    shares = [sum(weight for value, weight in weights if single(value) <= edge) for edge in feature.edges]
    return [round(present * share / whole) if whole else 0 for share in shares]


def _texts(feature: Feature, found: Mapping[str, Any], present: int) -> list[int]:
    listed = found.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets", [])
    there = {str(one["value"]): int(one["count"]) for one in listed}
    known = [there.get(text, 0) for text in feature.texts]
    return [*known, max(present - sum(known), 0)]


def _moments(found: Mapping[str, Any], present: int) -> Moments:
    return Moments(
        count=present,
        mean=found["mean"],
        spread=found["std_dev"] ** 2 * present,
        low=found["min"],
        high=found["max"],
    )
