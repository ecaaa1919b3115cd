"""`leeway dlq`: dead letters, looked at and sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leeway_cli import console, options
from leeway_cli.group import Commands

if TYPE_CHECKING:
    from leeway_cli.deadletters import Letter, Queue

app = typer.Typer(
    cls=Commands, rich_markup_mode=None, no_args_is_help=True, help="Dead letters: what could not be handled."
)
Name = Annotated[str, typer.Argument(help="As `leeway dlq list` names it, such as arrivals.", metavar="QUEUE")]
Last = Annotated[int, typer.Option("--last", min=1, max=1000, help="At most so many.")]


@app.command("list")
def list_(stack: options.Stack = options.STACK, as_json: options.Json = False) -> None:
    """List the queues of dead letters, and how many each holds."""
    from leeway_cli import deadletters
    from leeway_cli.target import connect

    target = connect(stack)
    found = deadletters.queues(target)
    if as_json:
        console.show_json([_queue_json(queue) for queue in found])
        return
    for queue in found:
        held = f", {queue.held} being looked at" if queue.held else ""
        style = "yellow" if queue.messages else "dim"
        console.say(console.paint(f"{queue.name:<12}{queue.messages:>6}{held}", style))
    if waiting := next((queue.name for queue in found if queue.messages), ""):
        console.note(f"look at them: leeway dlq show {waiting}")


@app.command()
def show(name: Name, last: Last = 20, stack: options.Stack = options.STACK, as_json: options.Json = False) -> None:
    """Show what a queue's dead letters are about, since when, and why they are there; they stay there."""
    from leeway_cli import deadletters
    from leeway_cli.target import connect

    target = connect(stack)
    queue = deadletters.named(target, name)
    found = deadletters.letters(target, queue, last)
    if as_json:
        console.show_json([_letter_json(letter) for letter in found])
        return
    for letter in found:
        about = console.plain(deadletters.told(letter))
        console.say(f"{letter.sent:%Y-%m-%d %H:%M:%S}  {about}")
        console.say(console.paint(f"  {console.plain(letter.why)}; received {letter.received} times", "dim"))
    if not found:
        console.say(f"no dead letters of {name}" + (": somebody holds them for a minute" if queue.held else ""))
    else:
        console.note(f"when the cause is mended: leeway dlq redrive {name}")


@app.command()
def redrive(
    name: Name,
    stack: options.Stack = options.STACK,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Send a queue's dead letters back to where they come from.

    What was done already is found done. A tick has nowhere to go back to, and is deleted.
    """
    from leeway_cli import deadletters
    from leeway_cli.target import connect

    target = connect(stack)
    queue = deadletters.named(target, name)
    if queue.messages:
        target.before_change(f"{_does(queue)} {queue.messages} dead letters of {name}", yes=yes)
    done = sum(1 for _ in deadletters.redrive(target, queue))
    if as_json:
        console.show_json({"queue": name, "redriven": done if queue.source else 0, "of": queue.messages})
        return
    verb = "sent back" if queue.source else "deleted; the next tick has done what they should"
    console.say(f"{done} of {queue.messages} {verb}" if queue.messages else f"no dead letters of {name}")


def _does(queue: Queue) -> str:
    return "redrive" if queue.source else "delete"


def _queue_json(queue: Queue) -> dict[str, Any]:
    return {"name": queue.name, "url": queue.url, "messages": queue.messages, "held": queue.held}


def _letter_json(letter: Letter) -> dict[str, Any]:
    from leeway import keys

    return {
        "id": letter.id,
        "sent": keys.stamp(letter.sent),
        "received": letter.received,
        "why": letter.why,
        "body": letter.body,
    }
