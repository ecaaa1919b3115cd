"""Writes what has changed before it is acknowledged, and reads it at the start."""

from __future__ import annotations

import hashlib
import importlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from localaws.errors import StateError
from localaws.keeping.file import Row, StateFile, refused
from localaws.keeping.parts import GONE, Part
from localaws.keeping.pickling import Pickling, fields_of
from localaws.world import World

CLASSES = "class"
UNWRITTEN = "{} cannot be written ({}); stopped at what it holds. Make room on the disk, then start it again"


class Keeper:
    """`parts` are by the names under which their changes are noted, in the order in which they come back."""

    def __init__(self, world: World, file: StateFile, pickling: Pickling, parts: Mapping[str, Sequence[Part]]) -> None:
        self._world, self._file, self._pickling, self._parts = world, file, pickling, parts
        self._written: dict[tuple[str, str], bytes] = {}
        self._together = False
        self._failed: StateError | None = None

    def open(self) -> None:
        """Read all of it, or refuse to; from now on changes are noted and written."""
        try:
            self._check_classes()
            for part in (part for parts in self._parts.values() for part in parts):
                part.restore(self._read)
        except StateError:
            raise
        except Exception as error:
            raise refused(self._file.path, f"{type(error).__name__}: {error}") from error
        self._world.journal.on = True
        self._world.keep = self.keep

    def _read(self, part: str) -> Iterator[tuple[str, Any]]:
        for key, value in self._file.rows(part):
            self._written[part, key] = _digest(value)
            yield key, self._pickling.loads(value)

    def _check_classes(self) -> None:
        """A class that has other fields now would be read wrongly."""
        for name, fields in self._file.rows(CLASSES):
            module, _, path = name.partition(":")
            kind: Any = importlib.import_module(module)
            for step in path.split("."):
                kind = getattr(kind, step)
            if fields_of(kind) != fields.decode():
                raise refused(self._file.path, f"{path} has changed since")
            self._pickling.classes.add(kind)

    def keep(self) -> None:
        """Write what was noted; not before the end of a step under the lock, or of what is written together.

        Once it cannot be written nothing is answered any more: what is in memory is ahead of what would come back.
        """
        world = self._world
        if self._failed:
            raise self._failed
        if world.stepping or self._together or not world.journal.any:
            return
        with world.lock:
            rows = [row for name, keys in world.journal.take().items() for row in self._rows(name, keys)]
            try:
                if rows:
                    self._file.write(rows + self._classes())
            except sqlite3.Error as error:
                self._failed = StateError(UNWRITTEN.format(self._file.path, error))
                world.broken(str(self._failed))
                raise self._failed from error

    def _rows(self, name: str, keys: Any) -> Iterator[Row]:
        for part in self._parts.get(name, ()):
            for where, key, value in part.changes(keys):
                row = self._row(part, where, key, value)
                if row:
                    yield row

    def _row(self, part: Part, where: str, key: str, value: Any) -> Row | None:
        if value is GONE:
            self._written.pop((where, key), None)
            return where, key, None
        content = self._pickling.dumps_plain(value) if part.plain else self._pickling.dumps(value)
        if part.compared:
            digest = _digest(content)
            if self._written.get((where, key)) == digest:
                return None
            self._written[where, key] = digest
        return where, key, content

    def _classes(self) -> list[Row]:
        met, self._pickling.met = self._pickling.met, {}
        return [(CLASSES, name, fields.encode()) for name, fields in met.items()]

    @contextmanager
    def together(self) -> Iterator[None]:
        """What happens inside is written as one, at its end."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
            self.keep()

    def close(self) -> None:
        """Nothing more is written."""
        self._failed = None
        self._world.journal.on = False
        self._world.keep = lambda: None
        self._file.close()


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
