"""`leeway status` and `leeway explain`: what is, and how it came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leeway_cli import console, options

if TYPE_CHECKING:
    from leeway.journal import Entry
    from leeway_cli.state import State
    from leeway_cli.target import Target

Last = Annotated[int, typer.Option("--last", min=1, help="Only the newest entries.")]


def status(
    model: Annotated[str, typer.Argument(help="The model's name; without it, all models.", metavar="[MODEL]")] = "",
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show how models are, on one screen.

    What serves, what is pending, what runs, what is waited for and until when, and the last decision.
    """
    from leeway_cli import people, state, strays
    from leeway_cli.target import connect

    target = connect(stack)
    names = [people.model(target, model).name] if model else people.known(target)
    found = [state.look(target, name) for name in names]
    lost = [] if model else strays.strays(target, names)
    if as_json:
        _show_json(target, found, lost)
        return
    console.say(f"{target}, {target.now():%Y-%m-%d %H:%M:%S} UTC")
    if target.app.kill_switch.is_on():
        console.say(console.paint("everything is paused by the kill switch: leeway resume", "yellow"))
    if not found:
        console.say("no models yet; begin with: leeway apply FOLDER")
    for block in (*(state.lines(one, target.now()) for one in found), *map(strays.lines, lost)):
        console.say()
        for line in block:
            console.say(line)


def _show_json(target: Target, found: list[State], lost: list[Entry]) -> None:
    from leeway_cli import state, timeline

    console.show_json({
        "target": str(target),
        "now": target.now().isoformat(),
        "killed": target.app.kill_switch.is_on(),
        "models": [state.as_json(one) for one in found],
        "strays": [timeline.as_json(one) for one in lost],
    })  # fmt: skip


def explain(
    model: options.Model,
    last: Last = 200,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Tell a model's story: when, who, what, why."""
    from leeway_cli import people, timeline
    from leeway_cli.target import connect

    target = connect(stack)
    people.remembered(target, model)
    story = timeline.entries(target.app.table, model, last)
    if as_json:
        console.show_json([timeline.as_json(entry) for entry in story])
        return
    if not story:
        console.say(f"nothing has happened to {model} yet")
    for line in timeline.lines(story):
        console.say(line)
