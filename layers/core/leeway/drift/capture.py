"""Capture files become windows: one pass of DuckDB over what is plain, Python's rules for the rest.

A test holds that both ways count alike. Memory does not grow with the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leeway import counting
from leeway.drift.captured import Half, rows
from leeway.drift.detector import Counts
from leeway.drift.moments import Moments
from leeway.drift.plain import judged, usual
from leeway.drift.reference import Feature, Reference, last
from leeway.drift.windows import Window, of_rows
from leeway.errors import Rejected
from leeway.request import Takes
from leeway.spec import MULTICLASS

HOUR = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]")
NO_RECORD, NO_TIME = "no record of a capture", "no inference time"
GROUP = 64 << 20  # bytes of files that are counted in one go


def windows(
    connection: Any,
    files: Sequence[Path],
    takes: Takes,
    problem: str,
    reference: Reference,
    *,
    between: tuple[datetime, datetime] | None = None,
) -> dict[str, Window]:
    """The window of each hour (as 2026-03-02T03) that the files hold records of; '' is the hour of what has none.

    With `between`, records of other moments than from the first to before the second are left out.
    """
    found: dict[str, Window] = {}
    rest = list(files)
    if between is not None and problem != MULTICLASS and _in_an_hour(*between):
        rest = []
        for group in _groups(files):
            window = _usual_window(connection, group, takes, reference, between)
            if window is None:
                rest += group
            elif window.records:
                _add(found, f"{between[0]:%Y-%m-%dT%H}", window)
    if rest:
        ask = partial(_windows, connection, rest, takes, problem, reference, between)
        for hour, window in counting.asked(rest, ask, _holds_none).items():
            _add(found, hour, window)
    return found


def _in_an_hour(first: datetime, end: datetime) -> bool:
    return end - first <= timedelta(hours=1) and f"{first:%H}" == f"{end - timedelta(seconds=1):%H}"


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Files that are counted in one go: by what is unusual in one of them, the others of its group cost more."""
    group, size = list[Path](), 0
    for path in files:
        group, size = [*group, path], size + path.stat().st_size
        if size >= GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group


def _usual_window(
    connection: Any, files: Sequence[Path], takes: Takes, reference: Reference, between: tuple[datetime, datetime]
) -> Window | None:
    """Of files that hold plain rows of CSV alone; None at the first record that is something else.

    Nothing has to be told apart then, by hour or by kind, which spares a third of the time.
    """
    records = "count(CASE WHEN plain THEN 1 ELSE error('unusual') END)"
    sql = f"SELECT {records}{_aggregates(reference)} FROM ({usual(files, takes, reference, between)})"
    found = counting.unless_unreadable(lambda: connection.execute(sql).fetchone())
    return None if found is None else _plain_window(reference, found[0], found[1:])


def _holds_none(found: Mapping[str, Window]) -> bool:
    return any(NO_RECORD in window.unused for window in found.values())


def _windows(
    connection: Any,
    files: Sequence[Path],
    takes: Takes,
    problem: str,
    reference: Reference,
    between: tuple[datetime, datetime] | None,
) -> dict[str, Window]:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW judged AS {judged(files, takes, problem, reference, between)}")
    counted = connection.execute(
        f"SELECT hour, plain, count(*){_aggregates(reference)} FROM judged GROUP BY hour, plain"
    ).fetchall()
    found: dict[str, Window] = {}
    for hour, plain, records, *values in counted:
        if plain:
            _add(found, hour, _plain_window(reference, records, values))
    if not all(plain for _, plain, *_ in counted):
        for hour, window in _odd_windows(connection, takes, problem, reference):
            _add(found, hour, window)
    return found


def _add(found: dict[str, Window], hour: str, window: Window) -> None:
    """To its hour; what has none is of no use."""
    if not _is_hour(hour):
        window = Window(records=window.records, unused=window.unused or {NO_TIME: window.records})
        hour = ""
    found[hour] = found[hour].merge(window) if hour in found else window


def _is_hour(text: str) -> bool:
    if not HOUR.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # such as the 31st of a month that has 30 days
        return False
    return True


def _aggregates(reference: Reference) -> str:
    aggregates = ""
    for n, feature in enumerate(reference.all):
        if feature.numeric:
            edges = ", ".join(repr(last(edge)) for edge in feature.edges)
            aggregates += f", histogram(f{n}, [{edges}]::DOUBLE[]), count(*) - count(f{n})"
            aggregates += f", [count(f{n}), avg(f{n}), var_pop(f{n}) * count(f{n}), min(f{n}), max(f{n})]"
        else:
            aggregates += f", histogram(f{n}), 0, NULL"
    return aggregates


def _plain_window(reference: Reference, records: int, values: Sequence[Any]) -> Window:
    found = list(zip(reference.all, values[::3], values[1::3], values[2::3], strict=True))
    counts = {
        feature.name: Counts(rows=records, events=_events(feature, bins or {}, missing))
        for feature, bins, missing, _ in found
    }
    moments = {feature.name: Moments.from_json(told) for feature, _, _, told in found if told and told[0]}
    return Window(records=records, rows=records, counts=counts, moments=moments)


def _events(feature: Feature, found: Mapping[float, int], missing: int) -> tuple[int, ...]:
    """The counts of events of a histogram: of bins by their upper edge, or of texts by their place."""
    if not feature.numeric:
        known = [found.get(place, 0) for place in range(1, len(feature.texts) + 1)]
        return (*known, found.get(0, 0), found.get(-1, 0))
    sums, total = [], 0
    for edge, count in sorted(found.items()):
        total += count
        if edge != float("inf"):
            sums.append(total)
    return (*sums, missing) if sums else (*[0] * len(feature.edges), missing)


def _odd_windows(connection: Any, takes: Takes, problem: str, reference: Reference) -> Iterator[tuple[str, Window]]:
    cursor = connection.execute("SELECT hour, asked, answered FROM judged WHERE NOT plain")
    while found := cursor.fetchmany(1000):
        for hour, asked, answered in found:
            yield hour, _odd_window(hour, _half(asked), _half(answered), takes, problem, reference)


def _odd_window(
    hour: str, asked: Half | None, answered: Half | None, takes: Takes, problem: str, reference: Reference
) -> Window:
    if asked is None and answered is None:
        return Window(records=1, unused={NO_RECORD: 1})
    if not _is_hour(hour):
        return Window(records=1, unused={NO_TIME: 1})
    try:
        return of_rows(reference, rows(takes, problem, asked, answered))
    except Rejected as error:
        return Window(records=1, unused={str(error): 1})


def _half(found: Mapping[str, str | None] | None) -> Half | None:
    if found is None or found["data"] is None:
        return None
    return Half(data=found["data"], encoding=found["encoding"] or "", content_type=found["observedContentType"] or "")
