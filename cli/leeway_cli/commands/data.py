"""`leeway data`: the files that were dropped, and what became of them."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway.arrivals.records import Arrival
    from leeway_cli.target import Target


class State(StrEnum):
    """What can have become of a file."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    QUARANTINED = "quarantined"


Chosen = Annotated[str, typer.Argument(help="One file in full: its key, name, or how its id begins.", metavar="[FILE]")]
Only = Annotated[State | None, typer.Option("--only", help="Only files of this state.")]
Last = Annotated[int, typer.Option("--last", min=1, help="How many, the newest first.")]


def data(
    model: options.Model,
    file: Chosen = "",
    only: Only = None,
    last: Last = 15,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show dropped files: state, reason, which runs used them.

    With a file all that is known of it, and why its first bad rows are bad.
    """
    from leeway_cli import files, people
    from leeway_cli.target import connect

    target = connect(stack)
    people.remembered(target, model)
    known = files.read(target, model)
    if file:
        _one(target, model, files.find(known, model, file), as_json=as_json)
    else:
        _all(target, model, known, only, last, as_json=as_json)


def _one(target: Target, model: str, chosen: Arrival, *, as_json: bool) -> None:
    from leeway_cli import files

    (found,) = files.look(target, model, [chosen])
    more = files.detail(target, found)
    if as_json:
        console.show_json({"model": model, **files.as_json(found), **files.detail_json(more)})
        return
    for line in files.full(found, more):
        console.say(line)


def _all(target: Target, model: str, known: list[Arrival], only: State | None, last: int, *, as_json: bool) -> None:
    from leeway.arrivals.records import pending
    from leeway_cli import files

    waiting = {marker.id for marker in pending(target.app.table, model)}
    states = {one.id: files.PENDING if one.id in waiting else one.status for one in known}
    counted = Counter(states.values())
    shown = [one for one in known if only is None or states[one.id] == only.value][:last]
    found = files.look(target, model, shown)
    if as_json:
        console.show_json({"model": model, "counts": counted, "files": [files.as_json(one) for one in found]})
        return
    if not known:
        console.say(f"no file has come for {model} yet; drop one at s3://{target.settings.inbox_bucket}/inbox/{model}/")
        return
    parts = ", ".join(f"{counted[state.value]} {state.value}" for state in State if counted[state.value])
    console.say(f"{model}: {parts}; {'all' if len(found) == len(known) else f'here {len(found)}'}, the newest first")
    for line in files.lines(found):
        console.say(line)
