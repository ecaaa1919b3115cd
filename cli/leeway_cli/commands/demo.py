"""`leeway demo`: the whole loop, told while it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leeway_cli import console, options


def demo(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="A folder of CSV drops with a model.toml, instead of made-up customers."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write timeline, metrics and seconds to this file.", metavar="FILE")
    ] = None,
    state: Annotated[Path | None, typer.Option("--state", help="Folder of the embedded AWS's state.")] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the embedded AWS.")] = 4566,
    bind: Annotated[
        str, typer.Option("--bind", help="Address to listen on; 0.0.0.0 lets containers in.")
    ] = "127.0.0.1",
) -> None:
    """Show the whole loop on this machine.

    Drop, check, train, approve, serve, drift, retrain, try a challenger, roll back: told, and left running.
    """
    console.say(
        console.paint("Leeway: data dropped into S3 becomes a served model. On this machine, no AWS account.", "bold")
    )
    from leeway_cli.story import stage, tell

    tell.whole(stage.Stage(state=state, port=port, bind=bind, stack=options.STACK), data=data, report=json_file)
