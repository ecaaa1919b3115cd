"""Label files, joined with predictions: JSON lines of Model Monitor's ground truth, or CSV of id and label.

A line of JSON is `{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "…"}, …}`. CSV has
a header with `label` and one of `inference_id` and `event_id`, in any order; other columns are not read. Whatever it is
called, an id is matched with the captured inference id, and where a prediction has none, with the captured event id.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from leeway.cells import MISSING
from leeway.counting import lines, listed, literal, mend
from leeway.outcomes.truth import NO, UNSURE, YES
from leeway.spec import BINARY, REGRESSION, Data

NO_FILE = "a label file without JSON lines or a CSV header of inference_id and label"
NO_RECORD = "no record of a label"
ELSEWHERE = "a label of another prediction"
REPEATED = "a label that came again"
CHANGED = "a label that was changed later"
CONTRADICTED = "labels of one file that contradict each other"
IDS = {"inference_id", "event_id"}
LONGEST = 1 << 20  # bytes of a line
HASHES = 2**112 - 1
FIRST = 1 << 16  # bytes in which a header ends


def hashed(text: str) -> str:
    """An id as a number of 112 bits, in SQL: two ids have the same one never."""
    return f"(md5_number({text}) >> 16)"


def resolve(connection: Any, files: Sequence[Path], data: Data, problem: str, *, told: str = "NULL") -> dict[str, int]:
    """Make the view `resolved` (u, told, label, encoding) of the table `units` (its rowid, and `id`, hashed).

    `told` is what `units` say besides, as SQL, which saves who asks for it a join.

    Gives what was of no use, by its reason. `files` are in the order in which they came. `label` is a text that stands
    for the label; `encoding` CSV or JSON. Of labels that differ the one of the last file counts; where one file has
    several, none does.
    """
    unused: Counter[str] = Counter()
    views = [view for n, path in enumerate(files) if (view := _view(n, path, unused))]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {_found(views, data, problem, told)}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE several AS SELECT u, told, file, label, encoding FROM found SEMI JOIN"
        " (SELECT u FROM found WHERE u IS NOT NULL GROUP BY u HAVING count(*) > 1) USING (u)"
    )
    alone = "SELECT u, told, label, encoding FROM found WHERE u IS NOT NULL"
    repeated = connection.execute("SELECT count(*) FROM several").fetchone()[0]
    if repeated:
        alone += (
            " AND u NOT IN (SELECT u FROM several) UNION ALL SELECT u, any_value(told), min(label), any_value(encoding)"
            " FROM several JOIN (SELECT u, max(file) AS file FROM several GROUP BY u) USING (u, file) GROUP BY u"
            " HAVING count(DISTINCT label) = 1"
        )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW resolved AS {alone}")
    _count(connection, unused)
    if repeated:
        _count_repeated(connection, unused)
    return dict(+unused)


def sure(data: Data, problem: str) -> str:
    """Whether a plain label of `resolved` is the positive class, NULL without a label; of the unsure Python decides."""
    if problem != BINARY:
        return f"CASE WHEN label IS NOT NULL THEN {UNSURE} END"
    positive = data.positive
    if positive is None:
        plain = "WHEN encoding = 'CSV' AND label IN ('0', '1') THEN label::TINYINT"
        return f"CASE {plain} WHEN u IS NOT NULL THEN {UNSURE} END"
    if "," in positive:
        return f"CASE WHEN u IS NOT NULL THEN {UNSURE} END"
    # What is not in ASCII has rules of its own for its case.
    negative = (
        f"length(label) = strlen(label) AND lower(label) <> {literal(positive.lower())} AND NOT contains(label, ',')"
        f" AND NOT contains(label, chr(10)) AND NOT list_contains({listed(sorted(MISSING))}, lower(label))"
    )
    return (
        f"CASE WHEN encoding = 'CSV' AND label = {literal(positive)} THEN {YES}"
        f" WHEN encoding = 'CSV' AND {negative} THEN {NO} WHEN u IS NOT NULL THEN {UNSURE} END"
    )


def _count(connection: Any, unused: Counter[str]) -> None:
    """By records: unknown, unreadable."""
    [(bad, good)] = connection.execute("SELECT count(*) FILTER (u IS NULL), count(u) FROM found").fetchall()
    unused[NO_RECORD] += bad
    unused[ELSEWHERE] -= good + bad


def _count_repeated(connection: Any, unused: Counter[str]) -> None:
    """By records: repeated; by predictions: changed, contradicted."""
    [(repeated, differ, solved)] = connection.execute(
        "SELECT coalesce(sum(n - labels), 0)::BIGINT, count(*) FILTER (labels > 1),"
        " count(*) FILTER (labels > 1 AND u IN (SELECT u FROM resolved)) FROM"
        " (SELECT u, count(*) AS n, count(DISTINCT label) AS labels FROM several GROUP BY u)"
    ).fetchall()
    unused.update({REPEATED: repeated, CHANGED: solved, CONTRADICTED: differ - solved})


def _found(views: Sequence[str], data: Data, problem: str, told: str) -> str:
    """The label records of units, and those that are none; other predictions' are only counted."""
    lines = " UNION ALL ".join(views) or "SELECT 0 AS file, NULL AS id, NULL AS data, NULL AS encoding WHERE false"
    good = "coalesce(id IS NOT NULL AND data IS NOT NULL AND coalesce(encoding, 'CSV') IN ('CSV', 'JSON'), false)"
    # The hash is null where the line is none, so that the join is by an equality alone.
    return (
        f"SELECT units.rowid AS u, {told} AS told, file, {_canonical(data, problem)} AS label, encoding FROM"
        f" (SELECT file, CASE WHEN data IN ('0', '1') THEN data ELSE trim(data, ' \t\r\n') END AS data,"
        f" coalesce(encoding, 'CSV') AS encoding, CASE WHEN {good} THEN {hashed('id')} END AS hash"
        f" FROM ({lines})) AS lines LEFT JOIN units ON units.id = lines.hash"
        " WHERE units.rowid IS NOT NULL OR hash IS NULL"
    )


def _canonical(data: Data, problem: str) -> str:
    """One text for a label, whichever way it was written."""
    if problem == REGRESSION:
        return "coalesce(CASE WHEN encoding = 'CSV' THEN try_cast(data AS DOUBLE)::VARCHAR END, data)"
    if problem == BINARY and data.positive is None:
        return "CASE data WHEN '1.0' THEN '1' WHEN '0.0' THEN '0' ELSE data END"
    return "data"


def _view(number: int, path: Path, unused: Counter[str]) -> str | None:
    """The lines of a file as SQL, by what its first line says that it is; None for one that holds none."""
    with path.open("rb") as file:
        first = file.read(FIRST).decode("utf-8-sig", "replace").lstrip()
    if not first:
        return None
    if first.startswith("{"):
        found, whole = _counted(path)
        unused[ELSEWHERE] += found  # until it is known whose they are
        if found != whole:
            mend([path], LONGEST)  # a line that is cut off would take the next one with it in DuckDB
        return _json(number, path)
    header = [name.strip().lower() for name in _cells(first.splitlines()[0])]
    places = [place for place, name in enumerate(header) if name in IDS]
    if len(places) != 1 or header.count("label") != 1:
        unused[NO_FILE] += 1
        return None
    return _csv(number, path, (places[0], header.index("label"), len(header)), unused)


def _counted(path: Path) -> tuple[int, int]:
    """Lines that are not blank, and of these the ones that end as an object does; at the speed of reading, mostly."""
    with path.open("rb") as file:
        ends, objects, last, longest, run = 0, 0, b"\n", 0, 0
        while chunk := file.read(FIRST):
            run = len(chunk) - end - 1 if (end := chunk.rfind(b"\n")) >= 0 else run + len(chunk)
            longest = max(longest, run)
            ends += chunk.count(b"\n")
            objects += chunk.count(b"}\n") + (last == b"}" and chunk.startswith(b"\n"))
            last = chunk[-1:]
        if ends == objects and last == b"\n" and longest < LONGEST - 2 * FIRST:
            return ends, ends
        file.seek(0)
        found = whole = 0
        for line, is_all in lines(file, LONGEST):
            found += not line.isspace()
            whole += is_all and line.rstrip().endswith(b"}")
    return found, whole


def _json(number: int, path: Path) -> str:
    fields = "{groundTruthData: 'STRUCT(data VARCHAR, encoding VARCHAR)', eventMetadata: 'STRUCT(eventId VARCHAR)'}"
    return (
        f"SELECT {number} AS file, nullif(eventMetadata.eventId, '') AS id, groundTruthData.data AS data,"
        f" groundTruthData.encoding AS encoding FROM read_ndjson({literal(str(path))}, columns = {fields},"
        f" ignore_errors = true, maximum_object_size = {LONGEST}, compression = 'uncompressed')"
    )


def _csv(number: int, path: Path, places: tuple[int, int, int], unused: Counter[str]) -> str:
    """Written anew with id and label alone, for each line stands for itself: a quote never closed costs one line."""
    clean = path.with_name(f"{path.name}.tsv")
    with clean.open("w", encoding="utf-8", newline="") as target:
        target.writelines(_pairs(path, places, unused))
    return (
        f"SELECT {number} AS file, nullif(id, '') AS id, data, 'CSV' AS encoding FROM read_csv({literal(str(clean))},"
        " columns = {'id': 'VARCHAR', 'data': 'VARCHAR'}, header = false, auto_detect = false, delim = '\t',"
        " quote = '', escape = '', nullstr = '', compression = 'none')"
    )


def _pairs(path: Path, places: tuple[int, int, int], unused: Counter[str]) -> Iterator[str]:
    """Id and label of each line below the header."""
    key, label, width = places
    with path.open("rb") as file:
        for line in _lines(file):
            cells = _cells(line)
            unused[ELSEWHERE] += bool(line.strip())
            if len(cells) == width and line.isprintable() and "\ufffd" not in line:
                yield f"{cells[key].strip()}\t{cells[label].strip()}\n"
            elif line.strip():
                unused[NO_RECORD] += 1
                unused[ELSEWHERE] -= 1


def _lines(file: Any) -> Iterator[str]:
    """Those below the header, without their ends; of one that is too long, its beginning."""
    header = True
    for line, _ in lines(file, LONGEST):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if header and not text.lstrip("\ufeff").strip():
            continue
        if not header:
            yield text
        header = False


def _cells(line: str) -> list[str]:
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []
