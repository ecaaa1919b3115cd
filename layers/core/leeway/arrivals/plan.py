"""Judges an object of the inbox by its key, its beginning and the model's specification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from leeway import gzipped, parquet
from leeway.cells import listed
from leeway.errors import Rejected
from leeway.rows import Header, Table, Tally, lines_of
from leeway.spec import ModelSpec

ROOT = "inbox/"
NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
LONGEST_NAME = 30
TEXT = 2**20  # bytes that are taken out of a gzip file
ALLOWED = "CSV, gzipped CSV or Parquet"
LONGEST_REASON = 4_000  # characters; it goes into the table and into an event, which have limits
EVERY_ROW = 5_000  # rows of the beginning that are checked; every row is checked by Prepare


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the object is kept, and why. `rows` is an estimate where not `rows_exact`."""

    accepted: bool
    reason: str
    details: tuple[str, ...] = ()
    rows: int = 0
    rows_exact: bool = True
    event_from: datetime | None = None
    event_to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """The beginning of a file's text, or (`whole`) all of it; `size` is that of the whole text, maybe an estimate."""

    body: bytes
    size: int
    whole: bool


def model_of(key: str) -> str | None:
    """The model in `inbox/<model>/<file>`, None where the key has no such form or no possible name."""
    if not key.startswith(ROOT):
        return None
    name, slash, file = key.removeprefix(ROOT).partition("/")
    good = 0 < len(name) <= LONGEST_NAME and name[0].isalpha() and set(name) <= NAME_LETTERS
    return name if good and slash and file else None


def suffix(body: bytes) -> str:
    """How the name of a copy ends, by the first bytes: names that people give say nothing for sure."""
    if parquet.is_parquet(body):
        return ".parquet"
    return ".csv.gz" if body.startswith(gzipped.MAGIC) else ".csv"


def shown_key(key: str) -> str:
    """A key for people, no longer than a line."""
    return plain(key, 200)


def plain(text: str, longest: int) -> str:
    """A text for people: control characters and right-to-left overrides spelt out, and not too long."""
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 3]}…"


def inspect(
    body: bytes, *, size: int, model: str | None, spec: ModelSpec | None, now: datetime, end: bytes = b""
) -> Verdict:
    """Judge an object of `size` bytes by its first bytes; one of Parquet by its `end`, from its footer on."""
    try:
        known = _known(model, spec)
        return _judge_parquet(end, size, known) if parquet.is_parquet(body) else _judge(body, size, known, now)
    except Rejected as error:
        return Verdict(accepted=False, reason=plain(str(error), LONGEST_REASON))


def _known(model: str | None, spec: ModelSpec | None) -> ModelSpec:
    if model is None:
        raise Rejected("is not in a folder of a model; drop it as inbox/<model>/<file>.csv")
    if spec is None:
        raise Rejected(f'there is no model "{model}"; apply one by that name, then drop the file again')
    return spec


def text_of(body: bytes, size: int) -> Text:
    """The text in the first bytes of a file of `size` bytes; raises Rejected where there is none."""
    if not size:
        raise Rejected("is empty")
    whole = len(body) >= size
    if not body.startswith(gzipped.MAGIC):
        return Text(body=body, size=size, whole=whole)
    found = gzipped.unpack(body, whole=whole, most=TEXT)
    if found.body.startswith(gzipped.MAGIC):
        raise Rejected("is gzipped twice; allowed: once")
    if found.whole and not found.body:
        raise Rejected("is a gzip file that holds nothing")
    return Text(body=found.body, size=found.size(size), whole=found.whole)


def _judge(body: bytes, size: int, spec: ModelSpec, now: datetime) -> Verdict:
    text = text_of(body, size)
    lines = lines_of(text.body, whole=text.whole, allowed=ALLOWED)
    if not lines:
        raise Rejected(f"has no end of line in its first {len(text.body):,} bytes")
    table = Table(lines[: EVERY_ROW + 1], spec.data, arrived=now, problem=spec.model.problem)
    tally = Tally()
    for row in table:
        tally.add(row)
    exact = text.whole and len(lines) <= EVERY_ROW + 1
    if not text.whole and not tally.good + tally.bad:
        raise Rejected(f"has no end of line behind its header in its first {len(text.body):,} bytes")
    details = tuple(f"line {bad.line}: {bad.reason}" for bad in tally.first_bad)
    if reason := tally.refusal():
        return Verdict(accepted=False, reason=plain(reason, LONGEST_REASON), details=details)
    rows = tally.good if exact else _estimate(lines, text.size)
    return Verdict(
        accepted=True,
        reason=plain(_sentence(rows, exact=exact, tally=tally, header=table.header), LONGEST_REASON),
        details=details,
        rows=rows,
        rows_exact=exact,
        event_from=tally.event_from,
        event_to=tally.event_to,
    )


def _judge_parquet(end: bytes, size: int, spec: ModelSpec) -> Verdict:
    footer = parquet.footer(end, size)
    header = parquet.header(footer, spec.data)
    if not footer.rows:
        raise Rejected("has columns and no rows")
    reason = "; ".join([f"{footer.rows:,} rows of Parquet, checked when a training reads them", *_columns(header)])
    return Verdict(accepted=True, reason=plain(reason, LONGEST_REASON), rows=footer.rows, rows_exact=False)


def _estimate(lines: list[str], size: int) -> int:
    """Rows by the mean length of the lines that were read; exact where these are all."""
    read = sum(len(line.encode()) for line in lines)
    return max(1, round(size / read * len(lines)) - 1)


def _sentence(rows: int, *, exact: bool, tally: Tally, header: Header) -> str:
    parts = [f"{rows:,} good rows" if exact else f"about {rows:,} rows, the first {tally.good + tally.bad:,} checked"]
    if tally.bad:
        parts.append(
            f"{tally.bad} bad ones will be left out (line {tally.first_bad[0].line}: {tally.first_bad[0].reason})"
        )
    return "; ".join([*parts, *_columns(header)])


def _columns(header: Header) -> Iterator[str]:
    if header.ignored:
        yield f"columns not declared and ignored: {listed(header.ignored)}"
    if header.absent:
        yield f"columns that it lacks, read as missing: {listed(header.absent)}"
