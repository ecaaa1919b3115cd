"""The formats of files: plain and gzipped CSV, which is opened as text, and Parquet, which DuckDB reads."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import IO

from leeway import gzipped, parquet
from leeway.errors import Rejected

GZIP = gzipped.MAGIC
FLOOR = 1 << 20  # bytes that a gzip file may hold whatever its size
UNREADABLE = (UnicodeDecodeError, EOFError, OSError, zlib.error)


def kind_of(path: Path) -> bytes:
    """The first bytes, by which the format is known."""
    with path.open("rb") as source:
        return source.read(4)


def is_parquet(path: Path) -> bool:
    """Whether the file claims to be Parquet."""
    return parquet.is_parquet(kind_of(path))


def footer(path: Path) -> parquet.Footer:
    """The footer of a Parquet file; raises Rejected where it has none that makes sense."""
    size = path.stat().st_size
    with path.open("rb") as source:
        source.seek(-min(size, parquet.LAST), io.SEEK_END)
        length = parquet.end_length(source.read(), size)
        source.seek(-min(size, length), io.SEEK_END)
        return parquet.footer(source.read(), size)


class Unpacked(gzip.GzipFile):
    """What a gzip file holds; raises Rejected where that is a bomb."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._most = max(FLOOR, path.stat().st_size * gzipped.RATIO)

    def read1(self, size: int = -1) -> bytes:
        """As a text is read."""
        block = super().read1(size)
        if self.tell() > self._most:
            raise Rejected(gzipped.BOMB)
        return block


def opened(path: Path) -> IO[str]:
    """The text of a CSV file, plain or gzipped, with its line ends kept."""
    if kind_of(path).startswith(GZIP):
        return io.TextIOWrapper(Unpacked(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def words(error: Exception) -> str:
    """Why a file could not be read, in one line."""
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    if isinstance(error, EOFError):
        return "is a gzip file that is cut off"
    if isinstance(error, (gzip.BadGzipFile, zlib.error)):
        return "is a damaged gzip file"
    return str(error).splitlines()[0]
