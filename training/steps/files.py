"""Reading and writing of the steps' files: JSON as bytes that depend on content alone, folders that SageMaker fills."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Sorted, indented, no NaN."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_bytes((text + "\n").encode())


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
    """Comma, quotes where needed, a newline at each end: one way to write a table."""
    import csv

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
