"""Reading and writing of the steps' files: JSON as bytes that depend on content alone, folders that SageMaker fills."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Sorted, indented; a number that does not exist (NaN is no JSON) is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_finite(document), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_bytes((text + "\n").encode())


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_json(path: Path) -> dict[str, Any]:
    """An object of a file."""
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def only(folder: Path, pattern: str) -> Path:
    """The one file in a folder that a job's input filled; its name there is up to S3's prefix."""
    found = sorted(path for path in folder.rglob(pattern) if path.is_file())
    if len(found) != 1:
        raise FileNotFoundError(f"{folder} holds {len(found)} files {pattern}, not one")
    return found[0]


def sha256(body: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(body).hexdigest()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Comma, quotes where needed, a newline at each end: one way to write a table.

    Python 3.10 leaves a cell with a lone carriage return bare, and cannot read it again: such a row is quoted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        bare, quoted = (
            csv.writer(target, lineterminator="\n", quoting=how) for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
        )
        for row in chain([header], rows):
            (quoted if any("\r" in cell for cell in row) else bare).writerow(row)
