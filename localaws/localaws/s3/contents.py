"""The bytes of objects and parts: a file each, never changed, under a name that says nothing of the key."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from localaws.bodies import CHUNK, FilePart
from localaws.s3.checksums import Digests


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file that is complete, and what came out on the way: checksums are in base 64, by algorithm."""

    name: str
    size: int
    md5: str
    checksums: dict[str, str]


class Contents:
    """A folder of files. A file counts once the database names it; one that nothing names is swept at the start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self._folder / name

    def write(self, pieces: Iterable[bytes], digests: Digests) -> Written:
        """A new file of the pieces; where they break off nothing stays."""
        name, size = secrets.token_hex(16), 0
        with self._new(name) as file:
            for piece in pieces:
                _write(file, piece)
                digests.update(piece)
                size += len(piece)
        return Written(name=name, size=size, md5=digests.md5, checksums=digests.checksums())

    def share(self, name: str) -> str:
        """The same bytes under another name, without a second copy where the file system can do so."""
        other = secrets.token_hex(16)
        try:
            os.link(self.path(name), self.path(other))
        except OSError:  # a file system without links, or one with too many of them
            shutil.copyfile(self.path(name), self.path(other))
        return other

    def pieces(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A file, or a part of it, piece by piece."""
        path = self.path(name)
        with FilePart(path, start, path.stat().st_size - start if length is None else length) as part:
            while piece := part.read(CHUNK):
                yield piece

    def part(self, name: str, start: int, length: int) -> FilePart:
        """A part of a file, for whoever closes it."""
        return FilePart(self.path(name), start, length)

    def drop(self, names: Iterable[str]) -> None:
        """Takes files away; whoever reads one keeps it to the end."""
        for name in names:
            if name:
                self.path(name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def unless_failed(self, name: str) -> Iterator[None]:
        """Takes a file away where what it is made for fails within."""
        try:
            yield
        except BaseException:
            self.drop([name])
            raise

    def sweep(self, named: set[str]) -> None:
        """Takes away what nothing names: what was not complete when the process ended."""
        with os.scandir(self._folder) as entries:
            self.drop([entry.name for entry in entries if entry.name not in named])

    @contextlib.contextmanager
    def _new(self, name: str) -> Iterator[BinaryIO]:
        with self.unless_failed(name), self.path(name).open("xb", buffering=0) as file:
            yield file


def _write(file: BinaryIO, piece: bytes) -> None:
    """All of it: on a disk that is nearly full a single write takes what there is room for, and says so by a number."""
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]
