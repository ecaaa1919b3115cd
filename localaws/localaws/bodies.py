"""Bodies that nobody holds in memory: one that comes in piece by piece, and a part of a file that goes out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from localaws.errors import AwsError

CHUNK = 2**20  # bytes that are held at a time


class Incoming(io.RawIOBase):
    """What a client sends, as it comes: `length` bytes, or all that there is where the length is not known.

    Reading raises AwsError IncompleteBody where the client goes away in the middle.
    """

    def __init__(self, source: Any, length: int | None) -> None:
        super().__init__()
        self._source = source
        self._remaining = length

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer, or less of it at the end."""
        wanted = len(buffer) if self._remaining is None else min(len(buffer), self._remaining)
        found = self._source.read(wanted) if wanted else b""
        found = found.encode() if isinstance(found, str) else found
        if self._remaining is not None:
            if wanted and not found:
                self._remaining = 0
                raise AwsError("IncompleteBody", _INCOMPLETE)
            self._remaining -= len(found)
        buffer[: len(found)] = found
        return len(found)

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, or all that is left."""
        return b"".join(self.pieces()) if size is None or size < 0 else bytes(super().read(size) or b"")

    def pieces(self) -> Iterator[bytes]:
        """All that is left, piece by piece."""
        while piece := super().read(CHUNK if self._remaining is None else min(CHUNK, self._remaining)):
            yield piece

    def drain(self) -> None:
        """Reads what nobody asked for, so that the next request is found behind it."""
        try:
            for _ in self.pieces():
                pass
        except AwsError:
            self._remaining = 0


_INCOMPLETE = "You did not provide the number of bytes specified by the Content-Length HTTP header"


class FilePart(io.RawIOBase):
    """`length` bytes of a file from `start` on; the file may be deleted while it is read."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        super().__init__()
        self.length = length
        self._position, self._end = start, start + length
        self._file = os.open(path, os.O_RDONLY)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer, or less of it at the end."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, or all that is left; nothing once it is closed, as of a response of urllib3."""
        left = self._end - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        found = [] if self.closed else [os.pread(self._file, wanted, self._position)]
        while found and (missing := wanted - sum(map(len, found))) and found[-1]:
            found.append(os.pread(self._file, missing, self._position + wanted - missing))
        self._position += sum(map(len, found))
        return found[0] if len(found) == 1 else b"".join(found)

    def send(self, connection: int) -> None:
        """All that is left, from the file to a socket without a copy in between."""
        while self._position < self._end:
            sent = os.sendfile(connection, self._file, self._position, min(self._end - self._position, 2**30))
            if not sent:
                raise BrokenPipeError("the file is shorter than it was")
            self._position += sent

    def close(self) -> None:
        """Gives the file back."""
        if not self.closed:
            os.close(self._file)
        super().close()

    def __enter__(self) -> Self:
        return self
