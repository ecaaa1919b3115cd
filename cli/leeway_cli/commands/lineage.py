"""`leeway lineage`: where a version comes from, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from leeway_cli import console, options

Version = Annotated[int, typer.Argument(min=1, help="The version's number in the registry.", metavar="VERSION")]


def lineage(
    model: options.Model,
    version: Version,
    stack: options.Stack = options.STACK,
    as_json: options.Json = False,
) -> None:
    """Show what a version was made of, and what became of it.

    Data, code, image, parameters, metrics, who decided what, when it served.
    """
    from leeway_cli.lineage import tell
    from leeway_cli.lineage.origin import origin
    from leeway_cli.target import connect

    target = connect(stack)
    found = tell.trace(target, origin(target, model, version))
    if as_json:
        console.show_json(tell.as_json(found))
        return
    for line in tell.lines(found):
        console.say(line)
