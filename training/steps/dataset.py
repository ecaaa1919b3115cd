"""The rows of a manifest: every one checked, de-duplicated, inside the window, in an order of their own, and parted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leeway.cells import shown
from leeway.spec import ModelSpec
from steps.engine import Database
from steps.lines import lines
from steps.samples import Samples, take
from steps.staging import REPORTED, Staging


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


def gather(database: Database, staging: Staging, spec: ModelSpec) -> Dataset:
    """Make `samples` of what was read."""
    files = staging.files
    samples = take(database, staging, spec, [file.number for file in files if file.refused])
    bad = [(file.path.name, bad.line, bad.reason) for file in files for bad in file.faults]
    tallies = [file.tally for file in files]
    return Dataset(
        staging=staging,
        samples=samples,
        bad=[*bad[:REPORTED], *_strangers(database, staging, spec)],
        rows=sum(tally.good + tally.bad for tally in tallies),
        bad_rows=sum(tally.bad for tally in tallies),
    )


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
