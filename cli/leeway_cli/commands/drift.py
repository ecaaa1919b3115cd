"""`leeway drift` and `leeway monitor`: a version feature by feature and hour by hour, as found or looked at anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from datetime import datetime

    from leeway_cli.drift.look import Look
    from leeway_cli.target import Target

Version = Annotated[int | None, typer.Option("--version", min=1, help="A version; without it, the one that serves.")]
From = Annotated[str, typer.Option("--from", help="When to begin: 2026-03-01T09:00:00Z, or 2d for two days ago.")]
To = Annotated[str, typer.Option("--to", help="Up to when, in the same words; without it, now.")]
Html = Annotated[Path | None, typer.Option("--html", help="Write it as one HTML file, with charts.")]


def drift(
    model: options.Model,
    version: Version = None,
    begin: From = "",
    end: To = "",
    html: Html = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show how far each feature is from its baseline, hour by hour.

    Which features have drifted, since when and how sure that is; what was counted, and what could not be used.
    """
    from leeway_cli import people
    from leeway_cli.drift.look import look

    target, now, first, last = _asked(stack, begin, end)
    people.remembered(target, model)
    _show(target, look(target, model, version or 0, first, last), now, html, as_json=as_json)


def monitor(
    model: options.Model,
    version: Version = None,
    begin: From = "",
    end: To = "",
    html: Html = None,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Look at past hours anew, and show them as drift does.

    The stack's monitor counts each hour from the captures; nothing is kept, and its own hourly looks are not touched.
    """
    from leeway_cli import people
    from leeway_cli.drift.recount import recount

    target, now, first, last = _asked(stack, begin, end)
    people.model(target, model)
    _show(target, recount(target, model, version or 0, first, last), now, html, as_json=as_json)


def _asked(stack: str, begin: str, end: str) -> tuple[Target, datetime, datetime | None, datetime | None]:
    """The stack, its time now, and from when to when; None where that was left open."""
    from leeway_cli.moments import past
    from leeway_cli.target import connect

    target = connect(stack)
    now = target.now()
    first, last = (past(text, now) if text else None for text in (begin, end))
    return target, now, first, last


def _write(target: Target, found: Look, to: Path) -> None:
    from leeway_cli import timeline
    from leeway_cli.drift.page.page import page
    from leeway_cli.exits import Usage

    story = timeline.entries(target.app.table, found.model)
    try:
        to.write_text(page(found, story, str(target), target.now()), encoding="utf-8")
    except OSError as error:
        raise Usage(f"{to} cannot be written: {error.strerror}") from error
    console.note(f"written: {to}")


def _show(target: Target, found: Look, now: datetime, html: Path | None, *, as_json: bool) -> None:
    from leeway_cli.drift import chart, columns, look, words

    if html is not None:
        _write(target, found, html)
    if as_json:
        distances = {one.hour: columns.distances(found, one.window) for one in found.hours}
        console.show_json(look.as_json(found, distances))
        return
    for line in words.before(found):
        console.say(line)
    if found.hours:
        console.say()
        for line in chart.lines(found):
            console.say(line)
    if found.culprits:
        console.say()
    for line in words.after(found, now):
        console.say(line)
