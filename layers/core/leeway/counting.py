"""DuckDB, for the functions that have it by a layer of their own: it counts files, in memory that does not grow."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from leeway.errors import Rejected

Found = TypeVar("Found")
LONGEST = 16 << 20  # bytes of a record: a request and its answer, of 6 MB each; less makes no smaller buffers


def connected(folder: str | Path, memory: str) -> Any:
    """A connection that may take so much memory (as 400MB), and a part of the folder where that is too little.

    Nothing is fetched, whatever a query asks for.
    """
    import duckdb

    connection = duckdb.connect(config={
        "memory_limit": memory,
        "temp_directory": f"{folder}/spilled",
        "preserve_insertion_order": False,
        # What it frees in bulk goes back to the system then, and not only from 512 MB on: a quarter of the peak.
        "allocator_bulk_deallocation_flush_threshold": "4MB",
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


def records(files: Iterable[Path], fields: str) -> str:
    """The records of capture files as SQL, for what `asked` asks; what is no record has nulls alone."""
    return (
        f"read_ndjson({listed(map(str, files))}, columns = {fields}, ignore_errors = true,"
        f" maximum_object_size = {LONGEST}, compression = 'uncompressed')"
    )


def asked(files: Sequence[Path], ask: Callable[[], Found], odd: Callable[[Found], bool]) -> Found:
    """What it answers of the `records` of files; of mended ones where that is `odd`, for some are no record."""
    found = unless_unreadable(ask)
    if found is None or odd(found):
        mended = mend(files)
        if mended or found is None:
            return ask()
    return found


def unless_unreadable(ask: Callable[[], Found]) -> Found | None:
    """What it answers, None where DuckDB cannot read a file, as it cannot one with a line longer than any record.

    So it is where the SQL has told it to give up, by `error`.
    """
    import duckdb

    try:
        return ask()
    except duckdb.InvalidInputException:
        return None


def mend(paths: Iterable[Path], longest: int = LONGEST) -> bool:
    """Make each line that is no JSON object an empty one; True where there were any.

    DuckDB leaves out up to two thousand lines together with a number or a list among them, and with one that is cut off
    the line after it. To look for them in all that is counted would take a third of the time, and hardly any file has
    one: so this is for files of which records were left out.
    """
    mended = False
    for path in paths:
        clean = path.with_name(f"{path.name}.mended")
        with path.open("rb") as file, clean.open("wb") as target:
            odd = 0
            for line, whole in lines(file, longest):
                text = line.strip().removeprefix(BOM_UTF8)
                good = whole and (not text or (text.startswith(b"{") and text.endswith(b"}")))
                target.write(line if good else b"{}\n")
                odd += not good and text != b"{}"
        (clean.replace(path) if odd else clean.unlink())
        mended = mended or odd > 0
    return mended


def lines(file: BinaryIO, longest: int) -> Iterator[tuple[bytes, bool]]:
    """Each line, and whether that is all of it: of one of more bytes than any record has, its beginning alone."""
    while line := file.readline(longest):
        whole = line.endswith(b"\n") or len(line) < longest
        yield line, whole
        while not whole:
            rest = file.readline(longest)
            whole = rest.endswith(b"\n") or len(rest) < longest


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """Texts as a list in SQL, in their order."""
    return f"[{', '.join(map(literal, texts))}]::VARCHAR[]"
