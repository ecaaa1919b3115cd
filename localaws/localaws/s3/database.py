"""What S3 knows of its objects: one SQLite file, whose every change is written before it is answered."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localaws.errors import StateError
from localaws.keeping.file import unopened

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, created REAL NOT NULL, settings TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS version (
    bucket TEXT NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, latest INTEGER NOT NULL,
    marker INTEGER NOT NULL, modified REAL NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, content TEXT NOT NULL,
    about TEXT NOT NULL, PRIMARY KEY (bucket, key, number DESC)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS present ON version (bucket, key) WHERE latest = 1;
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, started REAL NOT NULL, about TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
    upload TEXT NOT NULL, number INTEGER NOT NULL, modified REAL NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    content TEXT NOT NULL, checksums TEXT NOT NULL, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sequence (last INTEGER NOT NULL);
INSERT INTO sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM sequence);
"""

_VERSION = 1  # of the schema

Row = tuple[Any, ...]


class Database:
    """One connection for all threads; a change holds the lock of the embedded AWS, a look does not.

    A change that was answered outlives the process, however it ends: the operating system has it. It need not outlive
    the machine, so nothing waits for the disk.
    """

    def __init__(self, file: Path, lock: threading.RLock) -> None:
        self._changing = lock
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=OFF"):
                self._connection.execute(f"PRAGMA {setting}")
            self._make_tables()
        except sqlite3.DatabaseError as exc:
            self._connection.close()
            worn = StateError(f"{file} cannot be used ({exc}): use another state folder, or remove this one")
            raise unopened(file, file.parent.parent, exc) or worn from exc

    def _make_tables(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"version {version}, not {_VERSION}")
        self._connection.executescript(f"{_SCHEMA} PRAGMA user_version = {_VERSION};")

    def all(self, statement: str, *values: Any) -> list[Row]:
        """The rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Row | None:
        """The first row of a query, or of what a change returns."""
        with self._lock:
            found: Row | None = self._connection.execute(statement, values).fetchone()
            return found

    @contextmanager
    def change(self) -> Iterator[None]:
        """All statements within take effect together, or none does."""
        with self._changing, self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")  # on a full disk this fails, and leaves all of it open
            except BaseException:
                self._connection.rollback()  # nothing where SQLite has done so itself
                raise

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nothing changes within, so a file that a row names is there to be opened."""
        with self._lock:
            yield

    def number(self) -> int:
        """The next number of all changes; it never comes again."""
        found = self.one("UPDATE sequence SET last = last + 1 RETURNING last")
        assert found is not None  # the row is made with the table
        return int(found[0])

    def close(self) -> None:
        """Gives the file back."""
        with self._lock:
            self._connection.close()
