"""The units of a slice, as a table of DuckDB: which records are of none and why, and what a unit's first one says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leeway.counting import asked, listed, literal
from leeway.errors import Rejected
from leeway.experiment.assignment import Assignment, Attributes
from leeway.outcomes import captures, labels
from leeway.outcomes.plan import Slice
from leeway.outcomes.truth import NO, OUTCOME, THRESHOLD, UNIT_ID, UNSURE, YES, Question
from leeway.spec import BINARY

NO_RECORD, NO_TIME, NO_ID = "no record of a capture", "no inference time", "neither an inference id nor an event id"
BY_UNIT, BY_REQUEST = "asked through predict with a unit", "asked without a unit"
OTHER_EPOCH, OTHER_VERSION = "of another epoch", "of a version in neither arm"
AGAIN = "another prediction of what counts already"


def tables(
    connection: Any,
    captured: tuple[Sequence[Path], Sequence[Path]],
    piece: Slice,
    question: Question,
    seen: Path | None,
) -> Counter[str]:
    """Make `judged` (odd answers by key and first) and `units` (key, first, id, code); the records without use."""
    files = [path for files in captured for path in files]
    found = asked(files, lambda: _reasons(connection, captured, piece, question), lambda one: NO_RECORD in one)
    known = f"ANTI JOIN read_parquet({literal(str(seen))}) AS seen ON judged.key = seen.place" if seen else ""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE units AS SELECT key, first, ((first >> 4) & {labels.HASHES}::UHUGEINT) AS id,"
        " (first & 15)::UTINYINT AS code FROM"
        f" (SELECT key, min(first) AS first FROM judged {known} WHERE reason IS NULL GROUP BY key)"
    )
    _fallen(connection)
    unused = Counter({reason: records for reason, records in found.items() if reason})
    good = found.get(None, 0)
    unused[AGAIN] = good - connection.execute("SELECT count(*) FROM units").fetchone()[0]
    return unused


def _reasons(
    connection: Any, captured: tuple[Sequence[Path], Sequence[Path]], piece: Slice, question: Question
) -> dict[str | None, int]:
    """Make `judged`; how many records are of no use, by reason, and of use, by None."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {_judged(captured, piece, question)}")
    return dict(connection.execute("SELECT reason, count(*) FROM judged GROUP BY reason").fetchall())


def _fallen(connection: Any) -> None:
    """A challenger that answers when nobody waits any more is captured beside what stood in for it, which counts."""
    fell = (
        f"SELECT ((first >> 4) & {labels.HASHES}::UHUGEINT) AS id FROM judged WHERE reason IS NULL AND (first & 2) = 2"
    )
    if connection.execute(f"SELECT 1 FROM ({fell}) LIMIT 1").fetchone():
        connection.execute(f"UPDATE units SET code = code | 2 WHERE (code & 1) = 1 AND id IN ({fell})")


def keep(connection: Any, seen: Path | None, path: Path) -> None:
    """Leave the units seen up to now, those of the slice before among them."""
    before = f"SELECT place FROM read_parquet({literal(str(seen))}) UNION ALL " if seen else ""
    connection.execute(
        f"COPY ({before}SELECT key::UBIGINT AS place FROM units ORDER BY place) TO {literal(str(path))}"
        " (FORMAT parquet, COMPRESSION zstd)"
    )


def _judged(captured: tuple[Sequence[Path], Sequence[Path]], piece: Slice, question: Question) -> str:
    """A row for each record: why it is of no use, or the `key` of its unit.

    `first` is least for the first record of a unit, and says all of it: 12 bits for the second within the slice, 112
    for the id, and 4 for arm, fallen back, and guess.
    """
    both = " UNION ALL ".join(
        f"SELECT {slot} AS slot, * FROM ({captures.records(files, piece.begin, piece.end)})"
        for slot, files in enumerate(captured)
    )
    by_unit = question.unit == UNIT_ID
    told = (_by_unit if by_unit else _by_request)(piece.assignment)
    bad = (
        f"CASE WHEN {captures.NONE} THEN {literal(NO_RECORD)} WHEN stamp IS NULL THEN {literal(NO_TIME)}"
        f" WHEN id IS NULL THEN {literal(NO_ID)} ELSE why END"
    )
    second = f"(epoch(stamp)::BIGINT - {int(piece.begin.timestamp())})::UHUGEINT"
    return (
        f"SELECT reason, CASE WHEN reason IS NULL THEN {'place' if by_unit else 'hash'} END AS key,"
        f" CASE WHEN reason IS NULL THEN ({second} << 116) + (hash << 4) + (arm + 2 * fell + 4 * guess)::UHUGEINT END"
        f" AS first, CASE WHEN reason IS NULL AND guess = {UNSURE} THEN coalesce(to_json(answered)::VARCHAR, '') END"
        f" AS odd FROM (SELECT *, {bad} AS reason FROM (SELECT *, {told}, {_guess(question)} AS guess,"
        f" try_cast(substr(time, 1, 19) AS TIMESTAMP) AS stamp, {labels.hashed('id')} AS hash FROM ({both})))"
    )


def _by_unit(assignment: Assignment) -> str:
    """Arm, fallen back, place and why not, of what predict sent for a unit: by the version that it was assigned to."""
    champion, challenger = (f"{one} unit=" for one in _said(assignment))
    theirs = f"starts_with(attributes, {literal(challenger)})"
    tail = (
        f"CASE WHEN {theirs} THEN substr(attributes, {len(challenger) + 1})"
        f" WHEN starts_with(attributes, {literal(champion)}) THEN substr(attributes, {len(champion) + 1}) END"
    )
    place = f"try_cast('0x' || substr({tail}, 1, 16) AS UBIGINT)"
    fell = f"strlen({tail}) = 26 AND ends_with({tail}, ' fell-back')"
    return (
        f"{theirs}::TINYINT AS arm, ({fell})::TINYINT AS fell, {place} AS place, CASE"
        f" WHEN place IS NOT NULL AND (fell = 1 OR strlen({tail}) = 16) THEN NULL"
        f" WHEN attributes NOT LIKE 'leeway epoch=% unit=%' THEN {literal(BY_REQUEST)}"
        f" {_foreign(assignment)} END AS why"
    )


def _by_request(assignment: Assignment) -> str:
    """The same of what was asked without a unit: by the slot that answered, unless the challenger's fell back."""
    ours = _said(assignment)
    fallen = [f"{one} fell-back" for one in ours]
    own = f"list_contains({listed([*ours, *fallen])}, attributes)"
    return (
        f"CASE WHEN attributes = {literal(fallen[1])} THEN 1 ELSE slot END AS arm,"
        f" list_contains({listed(fallen)}, attributes)::TINYINT AS fell, CASE"
        f" WHEN NOT starts_with(attributes, 'leeway epoch=') OR {own} THEN NULL"
        f" WHEN attributes LIKE '% unit=%' THEN {literal(BY_UNIT)} {_foreign(assignment)} END AS why"
    )


def _said(assignment: Assignment) -> list[str]:
    """What predict says of a request without a unit, of either arm."""
    arms = [arm for arm in (assignment.champion, assignment.challenger) if arm is not None]
    if len(arms) < 2:
        raise Rejected("an epoch without a challenger has no cohorts")
    return [str(Attributes(epoch=assignment.epoch, version=arm.version)) for arm in arms]


def _foreign(assignment: Assignment) -> str:
    this = literal(f"leeway epoch={assignment.epoch} ")
    return f"WHEN starts_with(attributes, {this}) THEN {literal(OTHER_VERSION)} ELSE {literal(OTHER_EPOCH)}"


def _guess(question: Question) -> str:
    """Whether a plain answer is a positive; of several classes, and of all that is not plain, Python decides."""
    if question.reward == OUTCOME:
        return str(NO)  # nobody asks
    if question.problem != BINARY:
        return str(UNSURE)
    score = captures.number(captures.line("answered"))
    return f"CASE WHEN {score} >= {THRESHOLD} THEN {YES} WHEN {score} < {THRESHOLD} THEN {NO} ELSE {UNSURE} END"
