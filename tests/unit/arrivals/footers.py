"""Writes Parquet footers byte by byte, good ones and others."""

from __future__ import annotations

import struct
from collections.abc import Sequence

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12
INT64_TYPE, OPTIONAL, REPEATED = 2, 1, 2
Field = tuple[int, int, bytes]


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def integer(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def binary(text: str | bytes) -> bytes:
    body = text.encode() if isinstance(text, str) else text
    return varint(len(body)) + body


def listed(kind: int, elements: Sequence[bytes]) -> bytes:
    size = len(elements)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + varint(size)
    return head + b"".join(elements)


def struct_of(*fields: Field) -> bytes:
    found, last = b"", 0
    for number, kind, value in fields:
        delta = number - last
        found += (bytes([delta << 4 | kind]) if 0 < delta < 16 else bytes([kind]) + integer(number)) + value
        last = number
    return found + b"\0"


def column(name: str | bytes, *, repeated: bool = False) -> bytes:
    how = (3, I32, integer(REPEATED if repeated else OPTIONAL))
    return struct_of((1, I32, integer(INT64_TYPE)), how, (4, BINARY, binary(name)))


def group(name: str, children: int) -> bytes:
    return struct_of((3, I32, integer(OPTIONAL)), (4, BINARY, binary(name)), (5, I32, integer(children)))


def metadata(columns: Sequence[bytes], rows: int = 5, *, top: int | None = None, more: Sequence[Field] = ()) -> bytes:
    root = struct_of((4, BINARY, binary("schema")), (5, I32, integer(len(columns) if top is None else top)))
    schema = (2, LIST, listed(STRUCT, [root, *columns]))
    return struct_of((1, I32, integer(2)), schema, (3, I64, integer(rows)), (4, LIST, listed(STRUCT, [])), *more)


def file(footer: bytes, magic: bytes = b"PAR1", length: int | None = None, padding: int = 20) -> bytes:
    size = len(footer) if length is None else length
    return b"PAR1" + bytes(padding) + footer + struct.pack("<I", size) + magic
