"""The `leeway` command: what there is, and nothing heavy."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from leeway_cli.commands import (
    challenge,
    completion,
    control,
    data,
    demo,
    dlq,
    doctor,
    drift,
    init,
    invoke,
    lineage,
    local,
    logs,
    look,
    predict,
    remove,
    reproduce,
    runs,
    spec,
    versions,
)
from leeway_cli.exits import EPILOG, Exit
from leeway_cli.group import OPERATOR, Commands

app = typer.Typer(
    cls=Commands,
    name="leeway",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    help="Keeps machine-learning models on Amazon SageMaker true to the world.",
)


def _version(value: bool) -> None:
    if value:
        from importlib import metadata

        typer.echo(f"leeway {metadata.version('leeway')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command()(demo.demo)
app.command()(init.init)
app.command()(spec.validate)
app.command()(spec.apply)
app.command()(look.status)
app.command()(look.explain)
app.command()(data.data)
app.command()(runs.runs)
app.command()(logs.logs)
app.command()(drift.drift)
app.command()(drift.monitor)
app.command()(lineage.lineage)
app.command()(reproduce.reproduce)
app.command()(versions.approve)
app.command()(versions.reject)
app.command()(versions.rollback)
app.command()(challenge.rollout)
app.command()(challenge.promote)
app.command()(challenge.abort)
app.command()(control.retrain)
app.command()(invoke.invoke)
app.command()(predict.predict)
app.command(rich_help_panel=OPERATOR)(doctor.doctor)
app.command(rich_help_panel=OPERATOR)(control.pause)
app.command(rich_help_panel=OPERATOR)(control.resume)
app.command(rich_help_panel=OPERATOR)(remove.remove)
app.add_typer(dlq.app, name="dlq", rich_help_panel=OPERATOR)
app.add_typer(local.app, name="local", rich_help_panel=OPERATOR)
app.command(rich_help_panel=OPERATOR)(completion.completion)


def main() -> None:
    """Run the command, or complete one; a reader that stops reading (`| head`) is no error."""
    if completion.VARIABLE in os.environ:
        completion.learn()
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.OK)
