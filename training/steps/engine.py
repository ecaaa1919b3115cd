"""DuckDB for the steps: it works in bounded memory, and what does not fit lies in a folder of the job's own.

The training image lacks it, so it comes as an input (`wheels.zip`), unpacked before the first import.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY = "1000MB"  # of tables and operators; reading a file takes some more
WHEELS = "wheels.zip"
FETCHED = 50_000  # rows at a time that come into Python


@contextmanager
def mounted(folder: Path | None) -> Iterator[None]:
    """Make the packages of the archive in an input's folder importable; without a folder the image has them."""
    with tempfile.TemporaryDirectory(prefix="leeway-") as packages:
        if folder:
            with zipfile.ZipFile(folder / WHEELS) as archive:
                archive.extractall(packages)
            sys.path.insert(0, packages)
        yield


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of one job; `folder` is its own, for files in between."""

    connection: Any
    folder: Path

    def run(self, sql: str, *parameters: Any) -> None:
        """Execute one statement."""
        self.connection.execute(sql, list(parameters))

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        found: list[tuple[Any, ...]] = self.connection.execute(sql, list(parameters)).fetchall()
        return found

    def value(self, sql: str, *parameters: Any) -> Any:
        """The one value of an answer."""
        return self.rows(sql, *parameters)[0][0]

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a large answer; other statements may run meanwhile."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            while rows := cursor.fetchmany(FETCHED):
                yield from rows
        finally:
            cursor.close()

    def columns(self, sql: str) -> dict[str, Any]:
        """Columns of an answer as numpy arrays, masked where a value is missing."""
        found: dict[str, Any] = self.connection.execute(sql).fetchnumpy()
        return found

    def load(self, table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> int:
        """Make a table of (name, type) from rows of JSON values; the number of rows.

        Through a file: DuckDB takes minutes for a list of 100,000 values as a parameter.
        """
        path, count = self.folder / f"{table}.json", 0
        with path.open("w", encoding="utf-8") as target:
            for row in rows:
                target.write(json.dumps(row) + "\n")
                count += 1
        picked = ", ".join(f"(j->>{n})::{kind} AS {name}" for n, (name, kind) in enumerate(columns))
        source = f"read_ndjson_objects({literal(str(path))}) t(j)" if count else "(SELECT '[]'::JSON AS j) WHERE false"
        self.run(f"CREATE OR REPLACE TABLE {table} AS SELECT {picked} FROM {source}")
        path.unlink()
        return count


@contextmanager
def database() -> Iterator[Database]:
    """An empty database."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "threads": os.cpu_count() or 1,
            "temp_directory": f"{folder}/spilled",
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(config=settings)
        try:
            yield Database(connection=connection, folder=Path(folder))
        finally:
            connection.close()


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
