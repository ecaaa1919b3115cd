"""The rows of a manifest: every one checked, de-duplicated, inside the window, in an order of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway.cells import Label
from leeway.errors import Rejected
from leeway.rows import Bad, Row, Table, Tally
from leeway.spec import BINARY, Data

REPORTED = 10_000  # bad rows in the report
Place = tuple[int, int]  # file and line, by which a row is found again


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A row that counts."""

    row: Row
    place: Place


@dataclass(kw_only=True)
class Dataset:
    """What was read, and what became of the rest. `samples` are ordered by time and id, not by file."""

    paths: Sequence[Path]
    samples: list[Sample] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    absent: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    bad: list[tuple[str, int, str]] = field(default_factory=list)
    rows: int = 0
    bad_rows: int = 0
    duplicates: int = 0
    out_of_window: int = 0
    newest: datetime | None = None

    @property
    def labels(self) -> list[Label]:
        """The label of each sample."""
        return [sample.row.label for sample in self.samples]


def read(manifest: Mapping[str, Any], folder: Path, data: Data, problem: str = BINARY) -> Dataset:
    """All files that the manifest names. A file that another version of the rules let in may be refused here."""
    files = manifest["train"]
    dataset = Dataset(paths=[_find(folder, Path(entry["key"]).name) for entry in files])
    kept: dict[tuple[str, datetime | None], Sample] = {}
    for number, entry in enumerate(files):
        for sample in _read_file(dataset, number, datetime.fromisoformat(entry["accepted_at"]), data, problem):
            key = (sample.row.id, sample.row.at)
            dataset.duplicates += key in kept
            kept[key] = sample  # the file later in the manifest wins, and in a file the later line
    dataset.samples = sorted(kept.values(), key=_order)
    _cut(dataset, data)
    return dataset


def _find(folder: Path, name: str) -> Path:
    path = folder / name
    if path.is_file():
        return path
    found = sorted(folder.rglob(name))
    if not found:
        raise FileNotFoundError(f"the manifest names {name}, which is not among the job's inputs")
    return found[0]


def _read_file(dataset: Dataset, number: int, arrived: datetime, data: Data, problem: str) -> list[Sample]:
    path, tally, samples = dataset.paths[number], Tally(), []
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            table = Table(lines, data, arrived, problem)
            for row in table:
                tally.add(row)
                if isinstance(row, Row):
                    samples.append(Sample(row=row, place=(number, row.line)))
                else:
                    _report(dataset, path.name, row)
    except (Rejected, UnicodeDecodeError) as error:
        dataset.refused[path.name] = str(error) if isinstance(error, Rejected) else "is not UTF-8"
        return []
    dataset.columns |= {*table.header.names, *table.header.absent}
    for name in table.header.absent:
        dataset.absent.setdefault(name, []).append(path.name)
    dataset.ignored |= set(table.header.ignored)
    dataset.rows += tally.good + tally.bad
    dataset.bad_rows += tally.bad
    if reason := tally.refusal():
        dataset.refused[path.name] = reason
        return []
    return samples


def _report(dataset: Dataset, name: str, bad: Bad) -> None:
    if len(dataset.bad) < REPORTED:
        dataset.bad.append((name, bad.line, bad.reason))


def _order(sample: Sample) -> tuple[float, str]:
    return (sample.row.at.timestamp() if sample.row.at else 0.0, sample.row.id)


def _cut(dataset: Dataset, data: Data) -> None:
    """The window runs back from the newest event time in the data: no clock, so one manifest gives the same rows."""
    times = [sample.row.at for sample in dataset.samples if sample.row.at]
    if not times:
        return
    dataset.newest = max(times)
    start = dataset.newest - data.window
    inside = [sample for sample in dataset.samples if sample.row.at is None or sample.row.at > start]
    dataset.out_of_window = len(dataset.samples) - len(inside)
    dataset.samples = inside


def raw_rows(dataset: Dataset, samples: Sequence[Sample], data: Data) -> Iterator[list[str]]:
    """The cells of some samples as they came, by `sorted(dataset.columns)`: read again, for memory's sake."""
    wanted: dict[int, dict[int, int]] = {}
    for position, sample in enumerate(samples):
        wanted.setdefault(sample.place[0], {})[sample.place[1]] = position
    found: list[list[str]] = [[] for _ in samples]
    columns = sorted(dataset.columns)
    for number, places in wanted.items():
        with dataset.paths[number].open(encoding="utf-8-sig", newline="") as lines:
            table = Table(lines, data)
            for line, _, cells in table.raw():
                if line in places and not isinstance(cells, str):
                    named = dict(zip(table.header.names, cells, strict=True))
                    found[places[line]] = [named.get(name, "").strip() for name in columns]
    yield from found
