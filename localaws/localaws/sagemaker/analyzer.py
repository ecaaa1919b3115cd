"""What Model Monitor's analyzer finds of data quality, as far as a story needs it (reference 2.3, 3.2 to 3.5, 3.9).

Captured records go through the definition's preprocessing script and are compared with the baseline's files, feature by
feature. It is written anew from what is documented; the real one is a container of AWS's own.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from types import SimpleNamespace
from typing import Any

C = 1.8  # of the two-sample correction (reference 3.5)
KEPT = 2048  # values that a sketch keeps one by one
Row = Mapping[str, Any]
Weights = list[tuple[float, float]]  # values in rising order, each with how often it is


class BadRecord(Exception):
    """The preprocessing script or a baseline file is not one that the analyzer takes."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Violations, files by name, and metrics by name."""

    violations: list[dict[str, str]]
    files: dict[str, Any]
    metrics: dict[str, float]


def rows(script: bytes, bodies: Iterable[bytes], start: datetime, end: datetime) -> list[Row]:
    """The flat records of the captured files, of a window of time alone (reference 3.12)."""
    handler = _handler(script)
    found: list[Row] = []
    for line in (line for body in bodies for line in body.splitlines() if line.strip()):
        record = json.loads(line)
        if start <= datetime.fromisoformat(record["eventMetadata"]["inferenceTime"]) < end:
            try:
                given = handler(_record(record))
            except Exception as error:  # whatever a script of somebody's raises, as the analyzer reports it
                raise BadRecord(f"preprocess_handler: {error!r}") from error
            found += given if isinstance(given, list) else [given]
    return found


def _handler(script: bytes) -> Callable[[Any], Any]:
    module: dict[str, Any] = {"__name__": "preprocess"}
    exec(compile(script, "preprocess.py", "exec"), module)  # noqa: S102  it is the script's purpose to be run
    if "preprocess_handler" not in module:
        raise BadRecord("the script has no preprocess_handler")
    handler: Callable[[Any], Any] = module["preprocess_handler"]
    return handler


def _record(record: Mapping[str, Any]) -> SimpleNamespace:
    halves = {f"endpoint_{half.lower()}": _half(record, f"endpoint{half}") for half in ("Input", "Output")}
    return SimpleNamespace(event_metadata=SimpleNamespace(**record["eventMetadata"]), **halves)


def _half(record: Mapping[str, Any], name: str) -> SimpleNamespace | None:
    found = record["captureData"].get(name)
    return SimpleNamespace(**{"observedContentType": "", **found}) if found else None


def analysed(found: Sequence[Row], constraints: Mapping[str, Any], statistics: Mapping[str, Any]) -> Found:
    """Everything about the rows of a window, against the baseline's two files."""
    before = {one["name"]: one for one in statistics["features"]}
    names = sorted({name for row in found for name in row})
    files = {"version": 0.0, "dataset": {"item_count": float(len(found))}}
    features = {name: [row.get(name) for row in found] for name in names}
    violations = list(_columns(names, [one["name"] for one in constraints["features"]]))
    metrics: dict[str, float] = {}
    general = constraints.get("monitoring_config", {})
    for one in constraints["features"]:
        if one["name"] not in features:
            continue
        values = features[one["name"]]
        present = [value for value in values if value is not None]
        metrics[f"feature_non_null_{one['name']}"] = float(len(present))
        config = general | one.get("monitoring_config_overrides", {})
        violations += _checked(one, values, present, config)
        distance = _distance(present, before.get(one["name"], {}), config)
        if distance is not None:
            metrics[f"feature_baseline_drift_{one['name']}"] = distance
            violations += _far(one, distance, config)
    described = [_described(name, values) for name, values in features.items()]
    return Found(
        violations=violations,
        files={"statistics.json": files | {"features": described}, "constraints.json": dict(constraints)},
        metrics=metrics if general.get("emit_metrics") == "Enabled" else {},
    )


def _columns(there: Sequence[str], wanted: Sequence[str]) -> Iterator[dict[str, str]]:
    for name, check, one, other in (
        ("Missing columns", "missing_column_check", wanted, there),
        ("Extra columns", "extra_column_check", there, wanted),
    ):
        if set(one) - set(other):
            said = f"Number of columns in current dataset: {len(there)}, in baseline constraints: {len(wanted)}"
            yield _violation(name, check, f"There are {name.lower()} in current dataset. {said}")


def _checked(one: Row, values: Sequence[Any], present: Sequence[Any], config: Row) -> Iterator[dict[str, str]]:
    share = len(present) / len(values) if values else 1.0
    if share < one.get("completeness", 0.0) - 1e-9:
        yield _violation(
            one["name"], "completeness_check", f"Value: {share} does not meet the constraint requirement! "
        )
    fitting = sum(isinstance(value, int | float) for value in present) / max(len(present), 1)
    wanted = one["inferred_type"]
    matches = fitting if wanted in {"Integral", "Fractional"} else 1 - fitting if wanted == "String" else 1.0
    if present and matches < config.get("datatype_check_threshold", 1.0):
        said = f"Data type match requirement is not met. Expected data type: {wanted}, Observed: {matches:.2%}"
        yield _violation(one["name"], "data_type_check", said)
    domains = (one.get("string_constraints") or {}).get("domains")
    inside = sum(value in domains for value in present) / max(len(present), 1) if domains else 1.0
    if present and inside < config.get("domain_content_threshold", 1.0):
        said = f"Value: {inside} does not meet the constraint requirement! "
        yield _violation(one["name"], "categorical_values_check", said)


def _distance(present: Sequence[Any], before: Row, config: Row) -> float | None:
    """L-infinity of two distributions, corrected where the method is Robust (reference 3.5)."""
    compared = config.get("distribution_constraints", {})
    if compared.get("perform_comparison") != "Enabled" or not present:
        return None
    if "numerical_statistics" in before:
        old = _weights(before["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"])
        new = sorted(Counter(float(value) for value in present if isinstance(value, int | float)).items())
        if not old or not new:
            return None
        found = max(abs(_share(old, value) - _share(new, value)) for value, _ in [*old, *new])
        counts = float(sum(weight for _, weight in old)), float(sum(weight for _, weight in new))
    elif "string_statistics" in before:
        buckets = before["string_statistics"]["distribution"]["categorical"]["buckets"]
        known, seen = {one["value"]: float(one["count"]) for one in buckets}, Counter(map(str, present))
        counts = float(sum(known.values())), float(len(present))
        shares = (known.get(text, 0) / counts[0] - seen[text] / counts[1] for text in {*known, *seen})
        found = max(map(abs, shares))
    else:
        return None
    correction = C * sqrt(sum(counts) / (counts[0] * counts[1])) if compared["comparison_method"] == "Robust" else 0.0
    return max(0.0, found - correction)


def _far(one: Row, distance: float, config: Row) -> Iterator[dict[str, str]]:
    compared, is_text = config["distribution_constraints"], one["inferred_type"] == "String"
    threshold = compared.get("categorical_comparison_threshold" if is_text else "comparison_threshold", 0.1)
    if distance > threshold:
        said = f"Baseline drift distance: {distance} exceeds threshold: {threshold}"
        yield _violation(one["name"], "baseline_drift_check", said)


def _weights(levels: Sequence[Sequence[float]]) -> Weights:
    """The values of a sketch: one of level n stands for 2**n (reference 3.2)."""
    found: Counter[float] = Counter()
    for level, values in enumerate(levels):
        for value in values:
            found[value] += 2**level
    return sorted((value, float(count)) for value, count in found.items())


def _share(weights: Sequence[tuple[float, float]], value: float) -> float:
    """Of those that are at most this value."""
    place = bisect_right(weights, value, key=lambda pair: pair[0])
    return sum(weight for _, weight in weights[:place]) / sum(weight for _, weight in weights)


def _violation(name: str, check: str, description: str) -> dict[str, str]:
    return {"feature_name": name, "constraint_check_type": check, "description": description}


def _described(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """One feature of statistics.json."""
    present = [value for value in values if value is not None]
    common = {"num_present": float(len(present)), "num_missing": float(len(values) - len(present))}
    numbers = sorted(float(value) for value in present if isinstance(value, int | float))
    if numbers and len(numbers) == len(present):
        kind = "Integral" if all(isinstance(value, int) for value in present) else "Fractional"
        return {"name": name, "inferred_type": kind, "numerical_statistics": {"common": common, **_numbers(numbers)}}
    counts = Counter(map(str, present)).most_common()
    buckets = [{"value": text, "count": float(count)} for text, count in counts]
    texts = {"distinct_count": float(len(counts)), "distribution": {"categorical": {"buckets": buckets}}}
    return {"name": name, "inferred_type": "String", "string_statistics": {"common": common, **texts}}


def _numbers(values: Sequence[float]) -> dict[str, Any]:
    mean, low, high = sum(values) / len(values), values[0], values[-1]
    width, level = (high - low) / 10, 0
    bounds = [low + width * number for number in range(10)] + [high]
    below = [bisect_right(values, bound) - (bound in values) * values.count(bound) for bound in bounds[:-1]]
    ends = [*below[1:], len(values)]
    while len(values) >> level > KEPT:
        level += 1
    kept: list[list[float]] = [[] for _ in range(level)] + [list(values[(1 << level) // 2 :: 1 << level])]
    return {
        "mean": mean, "sum": sum(values), "std_dev": sqrt(sum((one - mean) ** 2 for one in values) / len(values)),
        "min": low, "max": high,
        "distribution": {"kll": {
            "buckets": [
                {"lower_bound": bounds[n], "upper_bound": bounds[n + 1], "count": float(ends[n] - below[n])}
                for n in range(10)
            ],
            "sketch": {"parameters": {"c": 0.64, "k": float(KEPT)}, "data": kept},
        }},
    }  # fmt: skip
