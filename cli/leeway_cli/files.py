"""What became of each file that was dropped: accepted, quarantined or pending, and which runs used it for what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.arrivals import records as arrivals
from leeway.arrivals.records import QUARANTINED, Arrival
from leeway.errors import Missing, Rejected
from leeway.retraining import records
from leeway.retraining.run import Run
from leeway_cli import console, layout
from leeway_cli.moments import clock
from leeway_cli.runs.report import document, version_of
from leeway_cli.target import Target

PENDING = "pending"
STYLES = {QUARANTINED: "red", PENDING: "cyan"}
SHORTEST = 6  # letters of an id by which a file may be named
MOST = 4  # runs of a file that the list names


@dataclass(frozen=True, kw_only=True)
class Use:
    """A run that saw a file: `trained` where it lay inside the window, else it was only considered."""

    run: Run
    trained: bool


@dataclass(frozen=True, kw_only=True)
class File:
    """One file with what became of it; `uses` by time, the oldest first."""

    arrival: Arrival
    pending: bool
    uses: Sequence[Use]

    @property
    def state(self) -> str:
        """accepted, quarantined, or pending: accepted, and not yet considered by a run that came to a verdict."""
        return PENDING if self.pending else self.arrival.status


def read(target: Target, model: str) -> list[Arrival]:
    """All that was ever looked at, the newest first."""
    items = target.app.table.query(keys.model_pk(model), keys.ARRIVAL)
    found = [Arrival.from_item(item) for item in items]
    return sorted(found, key=lambda one: (one.accepted_at, one.id), reverse=True)


def look(target: Target, model: str, chosen: Sequence[Arrival]) -> list[File]:
    """What became of some: only manifests of runs that began after the oldest of them came can name one."""
    table = target.app.table
    waiting = {marker.id for marker in arrivals.pending(table, model)}
    since = min((one.accepted_at for one in chosen), default=target.now())
    seen = [(run, *_manifest(target, run)) for run in records.history(table, model) if run.created >= since]
    return [
        File(
            arrival=one,
            pending=one.id in waiting,
            uses=[
                Use(run=run, trained=one.id in trained)
                for run, trained, considered in seen
                if one.id in trained or one.id in considered
            ],
        )
        for one in chosen
    ]


def _manifest(target: Target, run: Run) -> tuple[set[str], set[str]]:
    manifest = document(target, f"{run.manifest}/manifest.json")
    return {entry["id"] for entry in manifest.get("train", [])}, set(manifest.get("considered", []))


def find(known: Sequence[Arrival], model: str, wanted: str) -> Arrival:
    """The file of that key, name, or beginning of an id; raises Missing or Rejected with what there is."""
    by_name = [one for one in known if f"/{one.source_key}".endswith(f"/{wanted}")]
    by_id = [one for one in known if len(wanted) >= SHORTEST and one.id.startswith(wanted.lower())]
    found = by_name or by_id
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{one.id[:12]} of {clock(one.accepted_at)}" for one in found)
        raise Rejected(f"{console.plain(wanted)} was dropped more than once; name one by its id: {names}")
    there = layout.some((console.plain(one.source_key) for one in known), 8) or "none yet"
    raise Missing(f"{model} has no file {console.plain(wanted)}; the newest are: {there}")


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What is known of one file beyond the list: the first bad rows as (line or "", reason), where all are."""

    bad_rows: Sequence[tuple[str, str]]
    source: str
    refused: str = ""
    what_to_do: str = ""


def detail(target: Target, file: File, most: int = 10) -> Detail:
    """Of the reason beside a quarantined file, or of the last preparation that read an accepted one."""
    one = file.arrival
    if one.status == QUARANTINED:
        key = f"quarantine/{one.model}/{one.id}.reason.json"
        said = document(target, key)
        rows = [("", str(text)) for text in said.get("details", [])]
        return Detail(bad_rows=rows[:most], source=key, what_to_do=str(said.get("what_to_do", "")))
    for use in reversed([use for use in file.uses if use.trained]):
        report = document(target, f"{use.run.folder}/prepare/prepare.json")
        if report:
            key = f"{use.run.folder}/prepare/bad_rows.csv"
            refused = str(report.get("files_refused", {}).get(one.name, ""))
            return Detail(bad_rows=list(_bad_rows(target, key, one.name))[:most], source=key, refused=refused)
    return Detail(bad_rows=[], source="")


def _bad_rows(target: Target, key: str, name: str) -> Iterator[tuple[str, str]]:
    import csv
    import io

    try:
        body = target.app.objects.get(target.settings.artifacts_bucket, key)
    except Missing:
        return
    for row in csv.DictReader(io.StringIO(body.decode("utf-8", "replace"), newline="")):
        if row.get("file") == name:
            yield row.get("line") or "", row.get("reason") or ""


def as_json(file: File) -> dict[str, Any]:
    """For programs."""
    one = file.arrival
    folder = "quarantine" if one.status == QUARANTINED else "accepted"
    return {
        "id": one.id,
        "file": one.source_key,
        "state": file.state,
        "at": keys.stamp(one.accepted_at),
        "bytes": one.size,
        "rows": one.rows,
        "rows_exact": one.rows_exact,
        "event_from": keys.stamp(one.event_from) if one.event_from else None,
        "event_to": keys.stamp(one.event_to) if one.event_to else None,
        "reason": one.reason,
        "kept_as": f"{folder}/{one.model}/{one.name}",
        "runs": [_used(use) for use in file.uses],
    }


def _used(use: Use) -> dict[str, Any]:
    return {"run": use.run.id, "status": use.run.status, "version": version_of(use.run), "trained": use.trained}


def detail_json(found: Detail) -> dict[str, Any]:
    """For programs."""
    rows = [{"line": int(line) if line.isdecimal() else None, "reason": reason} for line, reason in found.bad_rows]
    return {"bad_rows": rows, "bad_rows_from": found.source or None, "refused": found.refused or None}


def lines(files: Sequence[File]) -> Iterator[str]:
    """A line for each file, and under it the reason where that is why it is not used."""
    rows = [(clock(f.arrival.accepted_at), f.state, _rows(f.arrival), f.arrival.source_key) for f in files]
    for file, line in zip(files, layout.table(rows), strict=True):
        yield line.replace(file.state, console.paint(file.state, STYLES.get(file.state, "green")), 1)
        text = file.arrival.reason if file.state == QUARANTINED else used(file.uses, MOST)
        if text:
            yield from layout.wrapped(text, 21)


def full(file: File, found: Detail) -> Iterator[str]:
    """Everything that is known of one file."""
    one = file.arrival
    yield console.paint(console.plain(one.source_key), "bold")
    fields: Mapping[str, str] = {
        "state": file.state,
        "came": clock(one.accepted_at),
        "size": ", ".join(part for part in (f"{one.size:,} bytes", _rows(one)) if part),
        "events": f"{_moment(one.event_from)} to {_moment(one.event_to)}" if one.event_from else "",
        "checked": one.reason,
        "kept as": as_json(file)["kept_as"],
        "id": one.id,
        "used": used(file.uses, len(file.uses)),
        "refused": found.refused,
        "to do": found.what_to_do,
    }
    for name, text in fields.items():
        if text:
            yield from layout.field(name, text)
    for place, (line, reason) in enumerate(found.bad_rows):
        yield from layout.field("bad rows" if not place else "", f"line {line}: {reason}" if line else reason)
    if found.bad_rows:
        yield from layout.field("", f"(the first of them; all: {found.source})")


def used(uses: Iterable[Use], most: int) -> str:
    """Which runs trained on it, and which only considered it."""
    parts = []
    for words, wanted in (("trained on by", True), ("only considered by", False)):
        names = [_named(use.run) for use in uses if use.trained == wanted]
        if names:
            parts.append(f"{words} {layout.some(reversed(names), most)}")
    return "; ".join(parts)


def _named(run: Run) -> str:
    version = version_of(run)
    return f"{run.id[:8]} ({f'v{version}' if version else run.status.lower()})"


def _rows(one: Arrival) -> str:
    if one.status == QUARANTINED and not one.rows:
        return ""
    return f"{'' if one.rows_exact else 'about '}{one.rows:,} rows"


def _moment(at: datetime | None) -> str:
    return clock(at) if at else "?"
