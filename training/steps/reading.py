"""The part of Prepare that is done for each file by itself: nothing here depends on which other files are there.

So the files of a manifest may be read by several instances, each of which has some of them (`steps.states`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.rows import Bad
from leeway.spec import ModelSpec
from steps.engine import Database
from steps.judging import judge
from steps.lines import lines
from steps.staging import Staged, Staging, stage


def named(manifest: Mapping[str, Any], folder: Path) -> list[Staged]:
    """The files that a manifest names, in its order; the path of one that is not below the folder leads nowhere."""
    there = {path.name: path for path in sorted(folder.rglob("*"), reverse=True) if path.is_file()}
    names = [Path(entry["key"]).name for entry in manifest["train"]]
    arrived = [datetime.fromisoformat(entry["accepted_at"]) for entry in manifest["train"]]
    return [
        Staged(number=number, path=there.get(name, folder / name), arrived=arrived[number])
        for number, name in enumerate(names)
    ]


def read(database: Database, files: Sequence[Staged], spec: ModelSpec) -> Staging:
    """Make `raw` and `judged` of files, and note at each what it came to.

    A file that another version of the rules let in may be refused here.
    """
    staging = stage(database, files, spec)
    judge(database, staging, spec)
    good = dict(database.rows("SELECT file, count(*) FROM judged GROUP BY file"))
    for file in files:
        file.good = good.get(file.number, 0)
        file.faults, file.bad = _faults(database, file, spec), []
        file.refused = file.refused or file.tally.refusal() or ""
    return staging


def _faults(database: Database, file: Staged, spec: ModelSpec) -> list[Bad]:
    """The bad rows of a file by their lines."""
    where = lines(database, file, [place for place, _ in file.bad], spec.data)
    found = [Bad(line=where[place][0], reason=reason, lines=where[place][1]) for place, reason in file.bad]
    return sorted([*file.faults, *found], key=lambda bad: bad.line)
