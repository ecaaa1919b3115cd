"""`leeway local`: the embedded AWS on this machine."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from leeway_cli import console, options
from leeway_cli.group import Commands

app = typer.Typer(cls=Commands, rich_markup_mode=None, no_args_is_help=True, help="The embedded AWS on this machine.")
State = Annotated[
    Path | None,
    typer.Option("--state", envvar="LEEWAY_STATE", help="Folder of its state [default: .leeway in the project]."),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")]
Bind = Annotated[str, typer.Option("--bind", help="Address to listen on; 0.0.0.0 lets containers in (and others).")]
Template = Annotated[Path | None, typer.Option("--template", help="SAM template [default: the project's].")]


@app.command()
def up(
    state: State = None,
    port: Port = 4566,
    bind: Bind = "127.0.0.1",
    stack: options.Stack = options.STACK,
    template: Template = None,
    as_json: options.Json = False,
) -> None:
    """Start it in the background and deploy the template; says so where it is up already."""
    from leeway_cli import embedded, typed

    server, fresh = embedded.come_up(state, port, bind, stack, template)
    status = server.ask("GET", "status")
    if as_json:
        console.show_json({"started": fresh, "pid": server.pid, "url": server.url, "log": str(server.log)} | status)
        return
    console.say(f"{'up' if fresh else 'already up'}: {server.url}, stack {server.stack}, pid {server.pid}")
    _say_what_is_there(status)
    console.say(f"log: {server.log}")
    console.say(f"next: {typed.point(embedded.state_option(state))}")


@app.command()
def down(state: State = None) -> None:
    """Stop it; what it holds is there again at the next start. Fine where it is not running."""
    from leeway_cli import server

    up = server.running(server.folder(state))
    if up is None:
        console.say("not running")
        return
    server.stop(up)
    console.say(f"stopped: {up.url}")


@app.command()
def reset(
    state: State = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop it and forget all that it holds: models, data, runs."""
    from leeway_cli import server

    folder = server.folder(state)
    kept = server.kept(folder)
    if not kept:
        console.say(f"nothing to forget in {folder}")
        return
    if not console.confirm(f"forget the models, data and runs in {folder}?", yes=yes):
        console.say("left as it is")
        return
    if up := server.running(folder):
        server.stop(up)
    server.forget(folder)
    console.say(f"forgotten: {folder}")


@app.command()
def env(
    state: State = None,
    sam: Annotated[bool, typer.Option("--sam", help="Print the file for `sam local invoke --env-vars`.")] = False,
    as_json: options.Json = False,
) -> None:
    """Print what a shell needs to reach it: eval "$(leeway local env)"."""
    from leeway_cli import embedded, server

    up = server.found(server.folder(state))
    if sam:
        console.show_json({"Parameters": embedded.sam_variables(up)})
        if up.bind == "127.0.0.1":
            console.note("containers cannot reach 127.0.0.1: leeway local down, leeway local up --bind 0.0.0.0")
        return
    variables = embedded.shell_variables(up)
    if as_json:
        console.show_json(variables)
        return
    for name, value in variables.items():
        console.say(f"export {name}={shlex.quote(value)}")
    console.say(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
    console.say("unset AWS_PROFILE AWS_SESSION_TOKEN")


@app.command()
def advance(
    duration: Annotated[str, typer.Argument(help="How far: 90s, 5m, 1h, 2d.")] = "",
    until: Annotated[str, typer.Option("--until", help="To which time instead (ISO 8601, UTC).")] = "",
    state: State = None,
    as_json: options.Json = False,
) -> None:
    """Move its clock forward, doing on the way all that becomes due; a training that runs is waited for."""
    from leeway_cli import server
    from leeway_cli.moments import seconds_to

    up = server.found(server.folder(state))
    before = str(up.ask("GET", "clock")["now"])
    seconds = seconds_to(duration, until, before)
    console.note(f"advancing {seconds:.0f} s from {before}")
    answer = up.ask("POST", "advance", {"seconds": seconds}, patience=server.ADVANCE)
    after = up.ask("GET", "clock")["now"]
    if as_json:
        console.show_json({"from": before, "to": after} | answer)
        return
    console.say(f"it is now {after}")
    console.say("what happened: leeway explain MODEL")


@app.command()
def status(state: State = None, as_json: options.Json = False) -> None:
    """Say whether it runs, its time, and what is there."""
    from leeway_cli import server

    up = server.found(server.folder(state))
    answer = up.ask("GET", "status")
    if as_json:
        console.show_json({"pid": up.pid, "url": up.url, "bind": up.bind, "log": str(up.log)} | answer)
        return
    console.say(f"up: {up.url} (bound to {up.bind}), pid {up.pid}")
    _say_what_is_there(answer)


def _say_what_is_there(status: dict[str, Any]) -> None:
    from leeway_cli import embedded

    for line in embedded.summary(status):
        console.say(f"  {line}")
