"""One model at a glance: what serves, what is pending, what runs, what is waited for, and what was decided last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.arrivals.pending import Pending
from leeway.arrivals.records import pending
from leeway.errors import Missing
from leeway.journal import Entry
from leeway.retraining.records import recent
from leeway.retraining.run import Run
from leeway_cli import console, layout, people, registry, timeline
from leeway_cli.moments import ago, clock
from leeway_cli.registry import Version
from leeway_cli.target import Target


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What a reconciler waits for; `until` is when it looks again in any case."""

    machine: str
    why: str
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that `leeway status` shows of a model; `serving` is a version, `endpoint` its status, "" for none."""

    model: str
    paused: bool
    applied_at: datetime
    serving: int | None
    endpoint: str
    versions: Sequence[Version]
    pending: Sequence[Pending]
    run: Run | None
    waits: Sequence[Wait]
    last: Entry | None


def look(target: Target, name: str) -> State:
    """Read a model's state; nothing is changed."""
    model = people.model(target, name)
    newest = timeline.entries(target.app.table, name, 1)
    return State(
        model=name,
        paused=model.paused,
        applied_at=model.applied_at,
        serving=registry.serving(target, name),
        endpoint=_endpoint(target, name),
        versions=registry.versions(target, name),
        pending=pending(target.app.table, name),
        run=last_run(target, name),
        waits=_waits(target, name),
        last=newest[-1] if newest else None,
    )


def _endpoint(target: Target, name: str) -> str:
    try:
        return target.app.sagemaker.endpoint(target.settings.resource(name)).status
    except Missing:
        return ""


def last_run(target: Target, name: str) -> Run | None:
    """The newest training, None before the first."""
    newest = recent(target.app.table, name)
    return newest[0] if newest else None


def _waits(target: Target, name: str) -> list[Wait]:
    items = [(machine, target.app.table.get(keys.model_pk(name), machine)) for machine in keys.MACHINES]
    return [
        Wait(
            machine=machine,
            why=item["waiting"],
            until=keys.unstamp(item["waiting_until"]) if "waiting_until" in item else None,
        )
        for machine, item in items
        if item and item.get("waiting")
    ]


def as_json(state: State) -> dict[str, Any]:
    """The same for programs; times in ISO 8601, UTC."""
    return {
        "model": state.model,
        "paused": state.paused,
        "applied_at": keys.stamp(state.applied_at),
        "serving": state.serving,
        "endpoint": state.endpoint or None,
        "versions": [{"version": one.number, "status": one.status, "arn": one.arn} for one in state.versions],
        "pending": {"files": len(state.pending), "rows": sum(one.rows for one in state.pending)},
        "run": _run(state.run) if state.run else None,
        "waiting": [
            {"machine": one.machine, "why": one.why, "until": keys.stamp(one.until) if one.until else None}
            for one in state.waits
        ],
        "last": timeline.as_json(state.last) if state.last else None,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "trigger": run.trigger,
        "status": run.status,
        "attempt": run.attempt,
        "created": keys.stamp(run.created),
        "ended": keys.stamp(run.ended) if run.ended else None,
        "files": run.files,
        "rows": run.rows,
        "execution": run.execution or None,
        "package": run.package or None,
        "why": run.why,
    }


def lines(state: State, now: datetime) -> Iterator[str]:
    """The same for people: one screen."""
    paused = console.paint(" (paused: leeway resume " + state.model + ")", "yellow") if state.paused else ""
    yield console.paint(state.model, "bold") + paused
    yield from _line("serving", _serving(state))
    yield from _line(
        "versions", ", ".join(f"{one.number} {_words(one.status)}" for one in state.versions) or "none yet"
    )
    yield from _line("pending", _pending(state, now))
    if state.run:
        yield from _line("training", _training(state.run, now))
    for wait in state.waits:
        until = f" (looks again {ago(wait.until, now)})" if wait.until and wait.until > now else ""
        yield from _line(wait.machine, wait.why + until)
    if state.last:
        said = f"{clock(state.last.at)} {state.last.actor}: {timeline.words(state.last.what)}: {state.last.why}"
        yield from _line("last", said)


def _line(name: str, text: str) -> Iterator[str]:
    return layout.field(name, text, column=11)


def _words(status: str) -> str:
    return {"PendingManualApproval": "waits for approval"}.get(status, status.lower())


def _serving(state: State) -> str:
    if not state.endpoint:
        return "nothing yet"
    return f"version {state.serving or '?'}, endpoint {state.endpoint}"


def _pending(state: State, now: datetime) -> str:
    if not state.pending:
        return "no data"
    rows, files = sum(one.rows for one in state.pending), len(state.pending)
    oldest = min(one.accepted_at for one in state.pending)
    return f"{layout.counted(files, 'file')}, {rows:,} rows, the oldest came {ago(oldest, now)}"


def _training(run: Run, now: datetime) -> str:
    data = f"{layout.counted(run.files, 'file')}, {run.rows:,} rows"
    text = f"{run.status.lower()}, begun {ago(run.created, now)} by {run.trigger}, {data}"
    return text + (f": {run.why}" if run.why else "")
