"""The beginning of a CSV file, as much as says what it holds, read by the rules that read every drop."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leeway import gzipped, parquet
from leeway.errors import Rejected
from leeway.rows import Table, lines_of
from leeway.spec import Data
from leeway_cli.exits import Usage
from leeway_cli.inference.profile import Profile, profile

BYTES, ROWS = 4 * 2**20, 100_000  # of a file, at most; what comes after is not read


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Lines from the header on; `whole`: they are the whole file. A column that the header names twice has no profile.

    `rows` are those with as many cells as the header, which is all that the profiles know.
    """

    file: Path
    lines: list[str]
    whole: bool
    rows: int
    profiles: Mapping[str, Profile]
    twice: tuple[str, ...]

    def __str__(self) -> str:
        return f"{'all' if self.whole else 'the first'} {self.rows:,} rows of {self.file.name}"

    def of(self, name: str, option: str) -> Profile:
        """The column that an option names; raises Usage where there is none of that name, or two."""
        if name in self.twice:
            raise Usage(f"{option} {name}: the header names it twice; give each column a name of its own")
        if name not in self.profiles:
            raise Usage(f"{option} {name}: there is no such column; there are: {_listed(list(self.profiles))}")
        return self.profiles[name]


def read(file: Path, label: str, *, most_bytes: int = BYTES, most_rows: int = ROWS) -> Sample:
    """Read a bounded beginning; raises Usage for no file, Rejected for a file that no model could be made of."""
    body = _beginning(file, most_bytes + 1)
    try:
        return _sample(file, body, label, most_bytes, most_rows)
    except Rejected as error:
        says = str(error).replace(f"{label}, {label}", label)  # the probe's two roles are one column
        hint = "; --label names a column of the first line, as it stands there" if "header lacks" in says else ""
        raise Rejected(f"{file}: {says}{hint}") from error


def _beginning(file: Path, size: int) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(size)
    except FileNotFoundError as error:
        raise Usage(f"there is no file {file}") from error
    except IsADirectoryError as error:
        raise Usage(f"{file} is a folder; name one file of it") from error
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror or error}") from error


def _text(file: Path, body: bytes, most_bytes: int) -> tuple[bytes, bool]:
    """The beginning of the text, and whether it is all."""
    if parquet.is_parquet(body):
        made = shlex.quote(f"{file.stem}.csv")
        copy = f"COPY (FROM '{file}' LIMIT {ROWS}) TO '{file.stem}.csv'"
        raise Rejected(
            "is Parquet: models take it, but a sample is wanted as CSV, for instance by "
            f"duckdb -c {shlex.quote(copy)}, then leeway init {made}"
        )
    whole = len(body) <= most_bytes
    if not body.startswith(gzipped.MAGIC):
        return body[:most_bytes], whole
    found = gzipped.unpack(body[:most_bytes], whole=whole, most=most_bytes)
    return found.body, found.whole


def _sample(file: Path, body: bytes, label: str, most_bytes: int, most_rows: int) -> Sample:
    text, whole = _text(file, body, most_bytes)
    lines = lines_of(text, whole=whole, allowed="CSV or gzipped CSV")
    if not whole and not lines:
        raise Rejected(f"has no end of line in its first {most_bytes:,} bytes")
    if len(lines) > most_rows + 1:
        lines, whole = lines[: most_rows + 1], False
    # Of a specification only the label is known yet: it finds the header's delimiter.
    table = Table(lines, Data(id=label, label=label, columns=()))
    names = table.header.names
    counters: list[Counter[str]] = [Counter() for _ in names]
    rows, cut = 0, len(lines)
    for line, _, cells in table.raw():
        if isinstance(cells, str):
            cut = line - 1
            continue
        cut = len(lines)
        if len(cells) == len(names):
            rows += 1
            for counter, cell in zip(counters, cells, strict=True):
                counter[cell] += 1
    if not rows:
        raise Rejected(f"has a header and no rows with its {len(names)} cells")
    profiles = {name: profile(name, counter) for name, counter in zip(names, counters, strict=True)}
    twice = tuple(dict.fromkeys(name for name, count in Counter(names).items() if count > 1))
    return Sample(
        file=file,
        lines=lines if whole else lines[:cut],  # a row that the end of the sample cuts is no bad row
        whole=whole,
        rows=rows,
        profiles={name: found for name, found in profiles.items() if name not in twice},
        twice=twice,
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:30]) + (f" and {len(names) - 30:,} more" if len(names) > 30 else "")
