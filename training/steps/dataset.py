"""The rows of a manifest: every one checked, de-duplicated, inside the window, in an order of their own, and parted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.cells import shown
from leeway.rows import Bad, Tally
from leeway.spec import ModelSpec
from steps.engine import Database
from steps.judging import judge
from steps.lines import lines
from steps.samples import Samples, take
from steps.staging import REPORTED, Staged, Staging, stage


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What was read, and what became of the rest; the samples themselves are in the database."""

    staging: Staging
    samples: Samples
    bad: list[tuple[str, int, str]]
    rows: int
    bad_rows: int

    @property
    def refused(self) -> dict[str, str]:
        """Name and reason of each file that was left out."""
        return {file.path.name: file.refused for file in self.staging.files if file.refused}

    @property
    def ignored(self) -> set[str]:
        """Columns that nobody declared."""
        return {name for file in self.staging.files if file.header for name in file.header.ignored}

    @property
    def absent(self) -> dict[str, list[str]]:
        """Columns that some files lack, each with those files."""
        found: dict[str, list[str]] = {}
        for file in self.staging.files:
            for name in file.header.absent if file.header else ():
                found.setdefault(name, []).append(file.path.name)
        return found


def read(database: Database, manifest: Mapping[str, Any], folder: Path, spec: ModelSpec) -> Dataset:
    """All files that the manifest names. A file that another version of the rules let in may be refused here."""
    files = [
        Staged(number=number, path=_find(folder, Path(entry["key"]).name), arrived=_moment(entry["accepted_at"]))
        for number, entry in enumerate(manifest["train"])
    ]
    staging = stage(database, files, spec)
    judge(database, staging, spec)
    good = dict(database.rows("SELECT file, count(*) FROM judged GROUP BY file"))
    found = {file.number: _faults(database, file, spec) for file in files}
    tallies = {file.number: _tally(good.get(file.number, 0), found[file.number], file) for file in files}
    for file in files:
        file.refused = file.refused or tallies[file.number].refusal() or ""
    samples = take(database, staging, spec, [file.number for file in files if file.refused])
    bad = [(file.path.name, bad.line, bad.reason) for file in files for bad in found[file.number]]
    return Dataset(
        staging=staging,
        samples=samples,
        bad=[*bad[:REPORTED], *_strangers(database, staging, spec)],
        rows=sum(tally.good + tally.bad for tally in tallies.values()),
        bad_rows=sum(tally.bad for tally in tallies.values()),
    )


def _find(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_file():
        return path
    found = sorted(folder.rglob(name))
    if not found:
        raise FileNotFoundError(f"the manifest names {name}, which is not among the job's inputs")
    return found[0]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _faults(database: Database, file: Staged, spec: ModelSpec) -> list[Bad]:
    """The bad rows of a file by their lines."""
    where = lines(database, file, [place for place, _ in file.bad], spec.data)
    found = [Bad(line=where[place][0], reason=reason, lines=where[place][1]) for place, reason in file.bad]
    return sorted([*file.faults, *found], key=lambda bad: bad.line)


def _tally(good: int, bad: list[Bad], file: Staged) -> Tally:
    return Tally(good=good, bad=sum(one.lines for one in bad) + file.unlisted, first_bad=bad[:1])


def _strangers(database: Database, staging: Staging, spec: ModelSpec) -> Iterator[tuple[str, int, str]]:
    """File, line and reason of rows whose class the train part lacks."""
    strange = database.rows(
        f"SELECT raw.file, place, {staging.column(spec.data.label)} FROM samples JOIN raw ON raw.rowid = place"
        f" WHERE part IS NULL ORDER BY place LIMIT {REPORTED}"
    )
    for file in staging.files:
        answers = {place: answer.strip() for number, place, answer in strange if number == file.number}
        for place, (line, _) in lines(database, file, list(answers), spec.data).items():
            yield file.path.name, line, f"{spec.data.label} is {shown(answers[place])}, which the train part lacks"
