"""The lineage of a version with what was decided on it and when it served, as text and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leeway import keys
from leeway.journal import Entry
from leeway_cli import console, layout, timeline
from leeway_cli.lineage.origin import Origin, Source, beaten, sources
from leeway_cli.moments import clock
from leeway_cli.target import Target

MOST = 6  # files that are shown to people


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """`beat` is the version that served when it was trained; `decisions` are entries of the journal, `served` slots."""

    origin: Origin
    sources: Sequence[Source]
    beat: int | None
    had_champion: bool
    decisions: Sequence[Entry]
    served: Sequence[Mapping[str, Any]]


def trace(target: Target, found: Origin) -> Lineage:
    """Add to what was recorded of a version what became of it."""
    entries = timeline.entries(target.app.table, found.model)
    return Lineage(
        origin=found,
        sources=sources(target, found),
        beat=beaten(target, found),
        had_champion=found.champion_data not in {"", target.settings.no_champion},
        decisions=[entry for entry in entries if entry.detail.get("version") == found.version],
        served=_served(target, found),
    )


def _served(target: Target, found: Origin) -> list[Mapping[str, Any]]:
    items = target.app.table.query(keys.model_pk(found.model), keys.SLOT)
    spans = []
    for item in items:
        if item.get("version") == found.version:
            span = {name: item[name] for name in ("endpoint", "configuration", "slot", "from")}
            spans.append({**span, "to": item.get("to")})
    return sorted(spans, key=lambda span: str(span["from"]))


def as_json(found: Lineage) -> dict[str, Any]:
    """Everything, for programs."""
    origin, recipe, run = found.origin, found.origin.recipe, found.origin.run
    return {
        "model": origin.model,
        "version": origin.version,
        "status": origin.status,
        "package": origin.arn,
        "registered": keys.stamp(origin.created),
        "run": {
            "id": origin.folder.rpartition("/")[2],
            "folder": origin.folder,
            "trigger": run.trigger if run else None,
            "created": keys.stamp(run.created) if run else None,
            "execution": origin.execution or None,
            "training_job": origin.training_job or None,
        },
        "data": {
            "manifest": origin.manifest_key,
            "sha256": origin.lineage.get("manifest_sha256"),
            "rows": sum(source.rows for source in found.sources),
            "files": [vars(source) for source in found.sources],
        },
        "code_sha256": recipe.code,
        "own_sha256": origin.lineage.get("own_sha256", {}),
        "image": recipe.image,
        "spec_sha256": recipe.spec,
        "seed": origin.lineage.get("seed"),
        "hyperparameters": dict(recipe.hyperparameters),
        "libraries": origin.lineage.get("versions", {}),
        "metrics": {"challenger": dict(origin.challenger), "champion": dict(origin.champion)},
        "gate": origin.gate.get("reason"),
        "champion": {"version": found.beat, "artifact": origin.champion_data} if found.had_champion else None,
        "artifact": _artifact(origin),
        "decisions": [timeline.as_json(entry) for entry in found.decisions],
        "served": [dict(span) for span in found.served],
    }


def _artifact(origin: Origin) -> Mapping[str, Any]:
    written = origin.lineage
    return {
        "uri": origin.model_data,
        "sha256": written.get("artifact_sha256"),
        "files": written.get("files_sha256", {}),
    }


def lines(found: Lineage) -> Iterator[str]:
    """One screen."""
    origin, recipe = found.origin, found.origin.recipe
    yield console.paint(f"version {origin.version} of {origin.model}", "bold") + f", {_status(origin.status)}"
    yield from layout.field("made by", _run(origin))
    yield from layout.field("data", _data(found))
    for source in found.sources[:MOST]:
        yield from layout.field("", f"{source.name} ({source.rows:,} rows) sha256 {source.sha256[:16] or 'gone'}")
    if len(found.sources) > MOST:
        yield from layout.field("", f"and {len(found.sources) - MOST} more (--json names all)")
    libraries = layout.listed(origin.lineage.get("versions", {}))
    fields = {
        "code": recipe.code,
        "own code": layout.listed(origin.lineage.get("own_sha256", {})),
        "image": recipe.image + (f" ({libraries})" if libraries else ""),
        "spec": recipe.spec,
        "parameters": layout.listed(recipe.hyperparameters),
        "artefact": f"{origin.lineage.get('artifact_sha256')}, {origin.model_data}",
        "metrics": layout.listed({name: layout.number(value) for name, value in origin.challenger.items()}),
        "champion": _champion(found),
        "gate": str(origin.gate.get("reason", "")),
    }
    for name, text in fields.items():
        if text:
            yield from layout.field(name, text)
    yield from _later(found)


def _later(found: Lineage) -> Iterator[str]:
    """What became of it."""
    for place, entry in enumerate(found.decisions):
        told = f"{clock(entry.at)} {entry.actor}: {timeline.words(entry.what)}: {entry.why}"
        yield from layout.field("decisions" if not place else "", told)
    for place, span in enumerate(found.served):
        until = f"to {_clock(span['to'])}" if span["to"] else "and still does"
        told = (
            f"from {_clock(span['from'])} {until}, on {span['endpoint']} ({span['configuration']}, slot {span['slot']})"
        )
        yield from layout.field("served" if not place else "", told)
    if not found.served:
        yield from layout.field("served", "never")


def _clock(stamp: str) -> str:
    return clock(keys.unstamp(stamp))


def _status(status: str) -> str:
    return {"PendingManualApproval": "waits for approval"}.get(status, status.lower())


def _run(origin: Origin) -> str:
    run = origin.run
    begun = f", begun {clock(run.created)} by {run.trigger}" if run else ""
    job = f"; training job {origin.training_job}" if origin.training_job else ""
    return f"run {origin.folder.rpartition('/')[2]}{begun}{job}"


def _data(found: Lineage) -> str:
    files, rows = len(found.sources), sum(source.rows for source in found.sources)
    manifest = found.origin.lineage.get("manifest_sha256")
    return f"{layout.counted(files, 'file')}, {rows:,} rows; manifest {manifest}"


def _champion(found: Lineage) -> str:
    if not found.had_champion:
        return "none served when it was trained"
    named = f"version {found.beat}" if found.beat else found.origin.champion_data
    values = layout.listed({name: layout.number(value) for name, value in found.origin.champion.items()})
    return f"{named}: {values or 'could not be compared'}"
