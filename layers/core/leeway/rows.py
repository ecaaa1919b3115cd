"""What a valid file is, header and rows: the one answer, for arrivals and for the steps of a training.

Pure standard library, and the same on Python 3.10 (the training image) and on Lambda's. No `csv.Sniffer`: it guesses.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leeway.cells import Label, Value, features, listed, parse_id, parse_label, parse_time, parse_weight, shown
from leeway.errors import Rejected
from leeway.spec import BINARY, Data

DELIMITERS = (",", ";", "\t")
BAD_SHARE = 0.01  # over this share of bad rows, the file is bad
AHEAD = timedelta(days=1)  # an event time later than its file by more is a slip, and would move the window
KEPT = 20  # bad rows that are kept with their reasons
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
OTHER_FORMATS = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip or Excel", b"PAR1": "Parquet", b"Obj\x01": "Avro"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A good row. `values` are in the order of the spec's columns; `answer` is the label as it was written."""

    line: int
    id: str
    at: datetime | None
    label: Label
    answer: str
    values: tuple[Value, ...]
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A bad row; `lines` is how many lines of the file went with it (an open quote takes many)."""

    line: int
    reason: str
    lines: int = 1


@dataclass(frozen=True, kw_only=True)
class Header:
    """The columns of a file; `ignored` are those that no one declared, `absent` nullable ones that it lacks."""

    names: tuple[str, ...]
    ignored: tuple[str, ...]
    absent: tuple[str, ...] = ()
    delimiter: str = ","


def lines_of(body: bytes, *, whole: bool = True, allowed: str = "CSV") -> list[str]:
    """Lines of a file's bytes, ends kept; of a beginning only (`whole` false) without the last, cut line.

    `allowed` is what a file of another format is told.
    """
    for magic, name in OTHER_FORMATS.items():
        if body.startswith(magic):
            raise Rejected(f"is a {name} file; allowed: {allowed}")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Rejected("is UTF-16; allowed: UTF-8")
    if not whole:
        body = body[: body.rfind(b"\n") + 1]
    try:
        return LINE.findall(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Rejected(f"is not UTF-8 (byte {error.start})") from error


def needed(data: Data) -> list[str]:
    """The columns that are read from a file, in the order in which they are named to people."""
    keys = (data.id, data.event_time, data.label, data.weight)
    return [name for name in keys if name] + [column.name for column in data.columns]


def read_header(line: str, data: Data) -> Header:
    """The header in a file's first line; the delimiter is the one that finds most of the columns in it."""
    wanted = needed(data)
    found = [(delimiter, _split(line, delimiter)) for delimiter in DELIMITERS]
    delimiter, names = max(found, key=lambda pair: len(set(wanted) & set(pair[1])))
    return header_of(names, data, delimiter)


def header_of(names: Sequence[str], data: Data, delimiter: str = ",") -> Header:
    """The header of these columns; raises Rejected where one is there twice, or lacks that may not be missing.

    A nullable column came into the specification after some files: to those it is missing in every row.
    """
    wanted, may_lack = dict.fromkeys(needed(data)), {column.name for column in data.columns if column.nullable}
    count = Counter(names)
    absent = tuple(name for name in wanted if name not in count and name in may_lack)
    if missing := [name for name in wanted if name not in count and name not in may_lack]:
        raise Rejected(f"the header lacks {listed(missing)}; it is: {shown(delimiter.join(names), 200)}")
    if twice := [name for name in wanted if count[name] > 1]:
        raise Rejected(f"the header names {listed(twice)} twice")
    ignored = tuple(name for name in count if name not in wanted)
    return Header(names=tuple(names), ignored=ignored, absent=absent, delimiter=delimiter)


class Rules:
    """What a row of a file with this header must be.

    `arrived` is when the file came, by which a time in the future is known; None where nothing is known of that. The
    label is read as `problem` has it.
    """

    def __init__(self, header: Header, data: Data, arrived: datetime | None = None, problem: str = BINARY) -> None:
        self._latest = None if arrived is None else arrived + AHEAD
        self.data, self.problem, self.header = data, problem, header
        where = {name: position for position, name in enumerate(header.names)}
        self._id, self._label = where[data.id], where[data.label]
        self._time = where[data.event_time] if data.event_time else None
        self._weight = where[data.weight] if data.weight else None
        self._features = [where.get(column.name) for column in data.columns]

    def judge(self, line: int, lines: int, cells: list[str] | str) -> Row | Bad:
        """The row of these cells, or what is wrong with it."""
        try:
            return self._row(line, cells)
        except Rejected as error:
            return Bad(line=line, reason=str(error), lines=lines)

    def fault(self, cells: list[str] | str) -> str | None:
        """Why what `Table.raw` gives is no row at all."""
        if isinstance(cells, str):
            return cells
        if len(cells) != len(self.header.names):
            return f"has {len(cells)} cells, and the header {len(self.header.names)}"
        return None

    def _row(self, line: int, cells: list[str] | str) -> Row:
        if (fault := self.fault(cells)) or isinstance(cells, str):
            raise Rejected(fault or "")
        answer = cells[self._label].strip()
        return Row(
            line=line,
            id=parse_id(self.data.id, cells[self._id]),
            at=None if self._time is None else self._moment(cells[self._time]),
            label=parse_label(self.data, answer, self.problem),
            answer=answer,
            values=features(self.data.columns, ["" if place is None else cells[place] for place in self._features]),
            weight=1.0 if self._weight is None else parse_weight(self.data.weight or "", cells[self._weight]),
        )

    def _moment(self, cell: str) -> datetime:
        at = parse_time(self.data.event_time or "", cell)
        if self._latest is not None and at > self._latest:
            raise Rejected(f"{self.data.event_time} is in the future: {at.isoformat()}")
        return at


class Table:
    """Rows of one file, good and bad, in its order; raises Rejected at once where the header is wrong.

    `lines` are text with line ends kept, as of `lines_of` or of a file opened with `newline=""`; for the rest see
    `Rules`.
    """

    def __init__(
        self, lines: Iterable[str], data: Data, arrived: datetime | None = None, problem: str = BINARY
    ) -> None:
        self._lines = iter(lines)
        blank = 0
        first = next(self._lines, None)
        while first is not None and not first.strip("\ufeff \t\r\n"):
            first, blank = next(self._lines, None), blank + 1
        if first is None:
            raise Rejected("is empty")
        self._start = blank + 2  # the line after the header
        self.header = read_header(first.lstrip("\ufeff"), data)
        self.rules = Rules(self.header, data, arrived, problem)

    def raw(self) -> Iterator[tuple[int, int, list[str] | str]]:
        """First line, number of lines and cells of each row, or what is wrong; rows with nothing in them left out."""
        reader = csv.reader(_without_nul(self._lines), delimiter=self.header.delimiter, strict=True)
        while True:
            before = reader.line_num
            cells: list[str] | str
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                cells = f"is not CSV: {error}"
            if isinstance(cells, str) or any(cell.strip() for cell in cells):
                yield self._start + before, reader.line_num - before, cells

    def __iter__(self) -> Iterator[Row | Bad]:
        for line, lines, cells in self.raw():
            yield self.rules.judge(line, lines, cells)


@dataclass(kw_only=True)
class Tally:
    """What a file, or a sample of it, came to."""

    good: int = 0
    bad: int = 0
    first_bad: list[Bad] = field(default_factory=list)
    event_from: datetime | None = None
    event_to: datetime | None = None

    def add(self, row: Row | Bad) -> None:
        """Count one row."""
        if isinstance(row, Bad):
            self.bad += row.lines
            if len(self.first_bad) < KEPT:
                self.first_bad.append(row)
            return
        self.good += 1
        if row.at:
            self.event_from = min(self.event_from or row.at, row.at)
            self.event_to = max(self.event_to or row.at, row.at)

    def refusal(self) -> str | None:
        """Why the file is bad as a whole, if it is."""
        total = self.good + self.bad
        if not total:
            return "has a header and no rows"
        if self.bad <= BAD_SHARE * total:
            return None
        first = self.first_bad[0]
        return f"{self.bad} of {total} rows are bad, more than {BAD_SHARE:.0%}; line {first.line}: {first.reason}"


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _without_nul(lines: Iterable[str]) -> Iterator[str]:
    """NUL is an error to Python 3.10's csv and a character to later ones: here it is one that no value may hold."""
    return (line.replace("\0", "\ufffd") if "\0" in line else line for line in lines)
