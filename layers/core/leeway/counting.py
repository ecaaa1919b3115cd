"""DuckDB, for the functions that have it by a layer of their own: it counts files, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leeway.errors import Rejected


def connected(folder: str | Path, memory: str) -> Any:
    """A connection that may take so much memory (as 400MB), and a part of the folder where that is too little.

    Nothing is fetched, whatever a query asks for.
    """
    import duckdb

    connection = duckdb.connect(config={
        "memory_limit": memory,
        "temp_directory": f"{folder}/spilled",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    })  # fmt: skip
    # A process whose main module is no file passes for a person's, who would like to see a bar among the log's lines.
    connection.execute("SET enable_progress_bar = false")
    return connection


@contextmanager
def counted(folder: str | Path, memory: str) -> Iterator[Any]:
    """The same for a while; what DuckDB cannot do is Rejected, by its kind alone, for its words may quote the data."""
    import duckdb

    connection = connected(folder, memory)
    try:
        yield connection
    except duckdb.Error as error:
        raise Rejected(f"DuckDB gave up: {type(error).__name__}") from None
    finally:
        connection.close()


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """Texts as a list in SQL, in their order."""
    return f"[{', '.join(map(literal, texts))}]::VARCHAR[]"
