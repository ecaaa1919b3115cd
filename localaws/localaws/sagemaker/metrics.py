"""The metrics that a training prints: every value, in order, by the image's own expressions or those of a request."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

METRIC = re.compile(r"(?:#011|\t)(train|validation)-([A-Za-z0-9_@.\-]+):([^\s#]+)")
ROUND = re.compile(r"\[\d+\]")
Series = dict[str, list[float]]


def series_of(request: Mapping[str, Any], text: str) -> Series:
    """All values of each metric; the image's own expressions are those of a request that brings none (screening)."""
    definitions = request.get("AlgorithmSpecification", {}).get("MetricDefinitions")
    return image_series(text) if definitions is None else defined_series(text, definitions)


def last(series: Series) -> dict[str, float]:
    """The last value of each metric: what SageMaker calls final."""
    return {name: values[-1] for name, values in series.items()}


def defined_series(text: str, definitions: Iterable[Mapping[str, str]]) -> Series:
    """What a definition's first group finds in the log."""
    found: Series = {}
    for definition in definitions:
        for match in re.finditer(definition["Regex"], text):
            with contextlib.suppress(ValueError, IndexError):  # no number, or no group
                found.setdefault(definition["Name"], []).append(float(match[1]))
    return found


def image_series(text: str) -> Series:
    """By the XGBoost image's own expressions; a tab is printed as #011."""
    found: Series = {}
    for line in text.splitlines():
        if ROUND.search(line):
            for part, metric, value in METRIC.findall(line):
                with contextlib.suppress(ValueError):  # a line of the user's own that looks like it
                    found.setdefault(f"{part}:{metric}", []).append(float(value))
    return found


def final_metrics(text: str) -> dict[str, float]:
    """The last value of each metric, by the image's own expressions."""
    return last(image_series(text))
