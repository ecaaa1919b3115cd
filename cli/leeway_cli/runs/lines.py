"""Runs for people: a list, and one in full."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from leeway_cli import console, layout
from leeway_cli.moments import clock, length
from leeway_cli.runs.report import Report
from leeway_cli.runs.spent import Spent

INDENT = 10
STYLES = {"Succeeded": "green", "Refused": "yellow", "Broken": "red"}


def brief(report: Report, now: datetime) -> Iterator[str]:
    """A few lines: when, how it ended, of what; why; metrics; hyperparameters."""
    run = report.run
    version = f", version {report.version}" if report.version else ""
    again = f", attempt {run.attempt}" if run.attempt > 1 else ""
    ended = f"{_took(report, now)}{version}; by {run.trigger}{again}, {_data(report)}"
    yield f"{run.id[:8]}  {clock(run.created)}  {console.paint(run.status, STYLES.get(run.status, 'cyan'))} {ended}"
    if run.why:
        yield from layout.wrapped(run.why, INDENT)
    if report.challenger:
        yield from layout.wrapped(metrics(report), INDENT)
    if report.recipe.hyperparameters:
        yield from layout.wrapped(layout.listed(report.recipe.hyperparameters), INDENT)


def full(report: Report, now: datetime) -> Iterator[str]:
    """Everything that is known."""
    run, recipe = report.run, report.recipe
    yield console.paint(f"run {run.id} of {run.model}", "bold")
    ended = f"{run.status} {_took(report, now)}" + (f", version {report.version}" if report.version else "")
    fields = {
        "begun": f"{clock(run.created)} by {run.trigger}, attempt {run.attempt}",
        "ended": ended,
        "why": run.why,
        "data": f"{_data(report)}; {run.manifest}",
        "training": _spent(report.spent) if report.spent else "",
        "metrics": metrics(report),
        "parameters": layout.listed(recipe.hyperparameters),
        "image": recipe.image,
        "code": recipe.code,
        "spec": recipe.spec,
        "champion": run.champion,
        "files": run.folder,
        "execution": run.execution,
    }
    for name, text in fields.items():
        if text:
            yield from layout.field(name, text)


def metrics(report: Report) -> str:
    """Each metric of the challenger with the champion's."""
    parts = []
    for name, value in report.challenger.items():
        against = f" (champion {layout.number(report.champion[name])})" if name in report.champion else ""
        parts.append(f"{name} {layout.number(value)}{against}")
    return ", ".join(parts)


def _took(report: Report, now: datetime) -> str:
    run = report.run
    return f"in {length(run.ended - run.created)}" if run.ended else f"for {length(now - run.created)}"


def _spent(found: Spent) -> str:
    """What was paid for, against what it took."""
    jobs = f" in {found.jobs} trials" if found.jobs > 1 else ""
    share = f", {1 - found.billable_seconds / found.seconds:.0%} less" if found.seconds > found.billable_seconds else ""
    return f"{found.billable_seconds} s billed of {found.seconds} s{jobs}{share}{', on spot' if found.spot else ''}"


def _data(report: Report) -> str:
    files = report.run.files
    return f"{layout.counted(files, 'file')}, {report.run.rows:,} rows"
