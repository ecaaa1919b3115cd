"""What is odd about the data, and allowed: for the report, so that nobody has to find it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from serving.encoders import Encoders
from steps.engine import Database
from steps.matrices import codes_of

NAMED = 5  # columns in a sentence


def odd(features: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Of a baseline's features: those with one value, with none, and with more categories than are kept."""
    return {
        "constant_columns": [name for name, found in features.items() if found["count"] and _constant(found)],
        "empty_columns": [name for name, found in features.items() if not found["count"]],
        "capped_categories": {
            name: {"categories": found["distinct"], "kept": len(found["shares"])}
            for name, found in features.items()
            if found.get("distinct", 0) > len(found.get("shares", ()))
        },
    }


def _constant(found: Mapping[str, Any]) -> bool:
    """Missing or not says something too, so a column with gaps is not constant."""
    one = found["distinct"] == 1 if "distinct" in found else found["min"] == found["max"]
    return bool(one) and not found["missing"]


def unseen(database: Database, encoders: Encoders) -> dict[str, int]:
    """Rows with a category that the train part lacks or that is not kept, by column: the model takes it for missing."""
    counts = {
        encoders.names[int(place[1:])]: _unknown(database, place, known)
        for place, known in codes_of(database, encoders).items()
        if place != "label"
    }
    return {name: count for name, count in counts.items() if count}


def _unknown(database: Database, place: str, known: np.ndarray) -> int:
    counts = database.rows(
        f"SELECT {place}, count(*) FROM samples WHERE part > 0 AND {place} IS NOT NULL GROUP BY {place}"
    )
    return sum(count for code, count in counts if np.isnan(known[int(code)]))


def sentences(report: Mapping[str, Any]) -> Iterator[str]:
    """What is odd in a report."""
    files = report["counts"]["files"]
    if strangers := report["counts"].get("unknown_class"):
        yield f"{strangers} rows have a class that the train part lacks, and are left out"
    if names := report.get("constant_columns"):
        yield f"constant in the train part: {_listed(names)}"
    if names := report.get("empty_columns"):
        yield f"without any value in the train part: {_listed(names)}"
    for name, found in list(report.get("capped_categories", {}).items())[:NAMED]:
        yield f"{name} has {found['categories']:,} categories, and the {found['kept']:,} most frequent are kept"
    if counts := report.get("unseen_categories"):
        shown = [f"{name} ({count} rows)" for name, count in counts.items()]
        yield f"categories that the model does not know, read as missing: {_listed(shown)}"
    if lacking := report.get("absent_columns"):
        shown = [f"{name} ({len(places)} of {files} files)" for name, places in lacking.items()]
        yield f"columns that files lack, read as missing: {_listed(shown)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
