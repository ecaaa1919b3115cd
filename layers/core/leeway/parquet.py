"""What the end of a Parquet file says: its columns and the number of its rows. Its pages are DuckDB's to read.

A file ends with a footer in Thrift's compact protocol, the footer's length in four bytes, and the magic bytes it began
with. Pure standard library, and the same on Python 3.10 (the training image).
Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leeway.cells import listed
from leeway.errors import Rejected
from leeway.rows import Header, header_of, needed
from leeway.spec import Data
from leeway.thrift import BINARY, I32, I64, LIST, STRUCT, Thrift

MAGIC, ENCRYPTED = b"PAR1", b"PARE"
LAST = 8  # bytes behind the footer
LARGEST = 16 * 2**20  # bytes of a footer
THROUGH = 2**18  # bytes of a footer that is read to its end, and not only to the number of rows
MOST_COLUMNS = 20_000
MOST_ROWS = 2**40
SCHEMA, ROWS, ENCRYPTION = 2, 3, 8  # fields of FileMetaData
TYPE, REPETITION, NAME, CHILDREN = 1, 3, 4, 5  # fields of SchemaElement
REPEATED = 2
SECRET = "is an encrypted Parquet file; allowed: one that anybody can read"  # noqa: S105  a sentence


@dataclass(frozen=True, kw_only=True)
class Footer:
    """Columns at the top level, in their order; `nested` are those that hold no single value a row."""

    names: tuple[str, ...]
    nested: frozenset[str]
    rows: int


@dataclass(frozen=True, kw_only=True)
class _Element:
    name: str = ""
    children: int = 0
    nested: bool = False


def is_parquet(start: bytes) -> bool:
    """Whether a file that begins so claims to be Parquet."""
    return start.startswith((MAGIC, ENCRYPTED))


def end_length(last: bytes, size: int) -> int:
    """Bytes from the footer to the end of a file of `size` bytes, by its last ones; LAST where they make no sense."""
    length = int.from_bytes(last[-8:-4], "little")
    sane = last.endswith(MAGIC) and 0 < length <= min(LARGEST, size - LAST - len(MAGIC))
    return length + LAST if sane else LAST


def footer(end: bytes, size: int) -> Footer:
    """The footer in the end of a file, which is at least `end_length` long; raises Rejected for all that is none."""
    if end.endswith(ENCRYPTED):
        raise Rejected(SECRET)
    if not end.endswith(MAGIC):
        raise Rejected("is a Parquet file that is cut off; upload it again")
    length = end_length(end, size)
    if LARGEST < int.from_bytes(end[-8:-4], "little") < size:
        raise Rejected(f"is a Parquet file whose footer is over {LARGEST:,} bytes; write it in larger row groups")
    if length == LAST or len(end) < length:
        raise Rejected("is a damaged Parquet file: the length of its footer makes no sense")
    try:
        return _metadata(end[-length:-LAST])
    except _Secret:
        raise Rejected(SECRET) from None
    except Rejected as error:
        raise Rejected(f"is a damaged Parquet file: its footer {error}") from error


def header(found: Footer, data: Data) -> Header:
    """The columns as a header; raises Rejected where one lacks, is there twice, or holds no single value a row."""
    known = header_of(found.names, data)
    if nested := [name for name in needed(data) if name in found.nested]:
        raise Rejected(f"{listed(nested)} hold lists or structures; allowed: columns of one value a row")
    return known


class _Secret(Rejected):
    """A footer that anybody can read, of columns that not everybody can."""


def _metadata(body: bytes) -> Footer:
    thrift = Thrift(body)
    elements: Sequence[_Element] | None = None
    rows: int | None = None
    for number, kind in thrift.fields():
        if (number, kind) == (SCHEMA, LIST):
            elements = _elements(thrift)
        elif (number, kind) == (ROWS, I64):
            rows = thrift.integer()
        elif (number, kind) == (ENCRYPTION, STRUCT):
            raise _Secret
        else:
            thrift.skip(kind)
        if elements is not None and rows is not None and len(body) > THROUGH:
            break
    if elements is None or rows is None or not 0 <= rows <= MOST_ROWS:
        raise Rejected("tells no columns and rows")
    top = _top(elements)
    nested = frozenset(one.name for one in top if one.nested)
    return Footer(names=tuple(one.name for one in top), nested=nested, rows=rows)


def _elements(thrift: Thrift) -> list[_Element]:
    kind, size = thrift.elements()
    if kind != STRUCT or size > MOST_COLUMNS:
        raise Rejected(f"tells no columns, or too many; allowed: up to {MOST_COLUMNS:,}")
    return [_element(thrift) for _ in range(size)]


def _element(thrift: Thrift) -> _Element:
    name, children, single, repeated = "", 0, False, False
    for number, kind in thrift.fields():
        if (number, kind) == (NAME, BINARY):
            name = thrift.text()
        elif (number, kind) == (CHILDREN, I32):
            children = thrift.integer()
        elif (number, kind) == (REPETITION, I32):
            repeated = thrift.integer() == REPEATED
        else:
            single = single or number == TYPE
            thrift.skip(kind)
    if children < 0:
        raise Rejected("tells columns that make no sense")
    return _Element(name=name.strip(), children=children, nested=repeated or not single or children > 0)


def _top(elements: Sequence[_Element]) -> list[_Element]:
    """The columns of the first element, which is the table; each is followed by what it holds."""
    found: list[_Element] = []
    at, below = 1, 0
    for _ in range(elements[0].children if elements else 0):
        if at >= len(elements):
            break
        found.append(elements[at])
        below = 1
        while below and at < len(elements):
            below += elements[at].children - 1
            at += 1
    if not elements or below or at != len(elements) or len(found) != elements[0].children:
        raise Rejected("tells columns that make no sense")
    return found
