"""Shares of an hour, counted: of any files, in any order and grouping, they merge into the count of the whole hour.

Of Python 3.10, for the instances of a Processing job count by it as the monitor's function does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

from leeway.counting import connected
from leeway.drift.capture import windows
from leeway.drift.reference import Reference
from leeway.drift.windows import Window
from leeway.request import Takes
from leeway.spec import ModelSpec

FORMAT = 1  # of what a job is given, and of what it answers


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The window of some files, which are told by their marks; `failed` says why others could not be counted."""

    files: frozenset[str] = frozenset()
    window: Window = field(default_factory=Window)
    failed: str = ""

    def merge(self, other: Counted) -> Counted:
        """Of the files of both; ValueError for a file that is in both, which would count twice."""
        if twice := self.files & other.files:
            raise ValueError(f"{len(twice)} files were counted twice")
        return Counted(
            files=self.files | other.files,
            window=self.window.merge(other.window),
            failed="; ".join(sorted({self.failed, other.failed} - {""})),
        )

    def to_json(self) -> dict[str, Any]:
        """As it lies in S3."""
        return {"files": sorted(self.files), "window": self.window.to_json(), "failed": self.failed}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Counted:
        """Of what `to_json` gave; what an older Leeway kept names no files, and is counted again."""
        files = document["files"]
        return cls(
            files=frozenset([files] if isinstance(files, str) else files),
            window=Window.from_json(document["window"]),
            failed=document.get("failed", ""),
        )


def count(
    paths: Sequence[Path],
    spec: ModelSpec,
    reference: Reference,
    between: tuple[datetime, datetime],
    *,
    folder: str | Path,
    memory: str,
) -> Window:
    """The window of what files hold between two moments; `folder` and `memory` (as 400MB) are DuckDB's."""
    data = spec.data
    takes = Takes(columns=data.columns, beside=frozenset({data.id, data.label, data.event_time, data.weight}))
    found = windows(connected(folder, memory), paths, takes, spec.model.problem, reference, between=between)
    return reduce(Window.merge, found.values(), Window())
