"""The state's file: rows by part and key, in SQLite, which cuts off by itself what was not written to its end.

Written so that a killed process loses nothing: what was committed is the operating system's. A power failure may take
the last commits along, and leaves what was before them whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import moto

from localaws.errors import StateError

FORMAT = 2
NAME = "state.db"
Row = tuple[str, str, bytes | None]  # part, key, and value, None for what is gone
REFUSED = (
    "{} was written by another version of localaws ({}). Use another state folder, or begin afresh by removing this one"
)


class StateFile:
    """One open file; nobody else can open it meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        try:
            self._base = sqlite3.connect(self.path, timeout=1, isolation_level=None, check_same_thread=False)
            self._open()
        except sqlite3.DatabaseError as error:
            if hasattr(self, "_base"):
                self._base.close()
            raise unopened(self.path, folder, error) or refused(self.path, str(error)) from error

    def _open(self) -> None:
        base = self._base
        base.execute("PRAGMA locking_mode = EXCLUSIVE")
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        (written,) = base.execute("PRAGMA user_version").fetchone()
        self.new = written == 0
        if written not in (0, FORMAT):
            raise refused(self.path, f"format {written}, and this is {FORMAT}")
        base.execute("BEGIN EXCLUSIVE")
        base.execute("CREATE TABLE IF NOT EXISTS kept (part TEXT, key TEXT, value BLOB, UNIQUE (part, key))")
        base.execute("INSERT OR IGNORE INTO kept VALUES ('about', 'moto', ?)", (moto.__version__.encode(),))
        base.execute(f"PRAGMA user_version = {FORMAT}")
        base.execute("COMMIT")
        (with_,) = base.execute("SELECT value FROM kept WHERE part = 'about' AND key = 'moto'").fetchone()
        if with_.decode() != moto.__version__:
            raise refused(self.path, f"with moto {with_.decode()}, and this is {moto.__version__}")

    def rows(self, part: str) -> Iterator[tuple[str, bytes]]:
        """Keys and values of a part, in the order in which they first came."""
        yield from self._base.execute("SELECT key, value FROM kept WHERE part = ? ORDER BY rowid", (part,))

    def write(self, rows: Iterable[Row]) -> None:
        """All of them or none."""
        base = self._base
        base.execute("BEGIN")
        for part, key, value in rows:
            if value is None:
                base.execute("DELETE FROM kept WHERE part = ? AND key = ?", (part, key))
            else:
                base.execute(
                    "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    (part, key, value),
                )
        base.execute("COMMIT")

    def close(self) -> None:
        """Another one may open it."""
        self._base.close()


def unopened(path: Path, folder: Path, error: sqlite3.Error) -> StateError | None:
    """The sentence for a file that is well, and cannot be had now; None where it is not well."""
    if "locked" in str(error):
        return StateError(f"another localaws runs on {folder}: stop it, or use another state folder")
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StateError(f"{path} cannot be written ({error}): make room on the disk, then start it again")
    return None


def refused(path: Path, why: str) -> StateError:
    """The sentence for a state that cannot be read."""
    return StateError(REFUSED.format(path, why))
