"""Reads Thrift's compact protocol, as much as a Parquet footer needs; any bytes give values or Rejected.

Every value takes at least a byte, so the work is bounded by the bytes, and by STEPS.
Pure standard library, and the same on Python 3.10 (the training image).
Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Iterator

from leeway.errors import Rejected

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(1, 14)
WIDTHS = {BYTE: 1, DOUBLE: 8, UUID: 16}
INTEGERS = frozenset({I16, I32, I64})
DEEPEST = 32
STEPS = 500_000  # values and fields that are read of one document


class Thrift:
    """A place in a document; what reads a value moves on behind it."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at, self._steps = body, 0, 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and type of each field of a struct; the caller reads or skips each value before the next."""
        number = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            number = number + delta if delta else self.integer()
            yield number, kind

    def elements(self) -> tuple[int, int]:
        """Type and number of the elements of a list, which come next."""
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        if size > len(self._body) - self._at:
            raise Rejected("a list is longer than the file")
        return head & 15, size

    def integer(self) -> int:
        """A signed number."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def text(self) -> str:
        """A text."""
        try:
            return self._take(self._varint()).decode()
        except UnicodeDecodeError as error:
            raise Rejected("a text is not UTF-8") from error

    def skip(self, kind: int, depth: int = 0) -> None:
        """Move on behind a field's value."""
        if depth > DEEPEST:
            raise Rejected("is nested too deeply")
        if kind in WIDTHS:
            self._take(WIDTHS[kind])
        elif kind in INTEGERS:
            self._varint()
        elif kind == BINARY:
            self._take(self._varint())
        elif kind in {LIST, SET, MAP}:
            self._skip_elements(kind, depth)
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        elif kind not in {TRUE, FALSE}:  # these two are their own values
            raise Rejected(f"there is no type {kind}")

    def _skip_elements(self, kind: int, depth: int) -> None:
        if kind == MAP:
            size = self._varint()
            kinds = self._byte() if size else 0
            inner = [kinds >> 4, kinds & 15]
        else:
            one, size = self.elements()
            inner = [one]
        for _ in range(size):
            for each in inner:
                self.skip(BYTE if each in {TRUE, FALSE} else each, depth + 1)

    def _byte(self) -> int:
        return self._take(1)[0]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise Rejected("a number is too long")

    def _take(self, size: int) -> bytes:
        self._steps += 1
        if self._steps > STEPS:
            raise Rejected("holds too many values")
        start, self._at = self._at, self._at + size
        if self._at > len(self._body):
            raise Rejected("ends too early")
        return self._body[start : self._at]
