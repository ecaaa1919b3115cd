"""Metrics in a function's log: lines in the embedded metric format become metrics, as CloudWatch Logs extracts them.

Source: CloudWatch user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localaws.metrics import Key, key_of

Measured = tuple[Key, float, float]  # a metric, an epoch second, a value


def embedded(output: str) -> Iterator[Measured]:
    """What lines of a log measure; a line that is no such document, or is not valid, measures nothing."""
    for line in output.splitlines():
        if '"_aws"' not in line or not line.lstrip().startswith("{"):
            continue
        try:
            yield from _measured(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _measured(document: dict[str, Any]) -> list[Measured]:
    about = document["_aws"]
    at = float(about["Timestamp"]) / 1000
    found = []
    for directive in about["CloudWatchMetrics"]:
        for names in directive["Dimensions"] or [[]]:
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive["Metrics"]:
                key, values = key_of(directive["Namespace"], metric["Name"], dimensions), document[metric["Name"]]
                found += [(key, at, float(value)) for value in (values if isinstance(values, list) else [values])]
    return found
