"""The embedded AWS as the commands use it: brought up with a word to the reader, and reached by environment."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from leeway_cli import console, server
from leeway_cli.server import Server


def come_up(state: Path | None, port: int, bind: str, stack: str, template: Path | None) -> tuple[Server, bool]:
    """The running server, and whether it was started for this."""
    where = server.folder(state)
    if up := server.running(where):
        if bind not in {up.bind, "127.0.0.1"}:
            console.note(f"it is running already, bound to {up.bind}; to change that: leeway local down")
        return up, False
    console.note(f"starting the embedded AWS on port {port}, state in {where}")
    said = [0.0]

    def waiting(seconds: float) -> None:
        if seconds - said[0] >= 5:
            said[0] = seconds
            console.note(f"… still starting ({seconds:.0f} s)")

    path = (template or server.ROOT / "template.yaml").absolute()
    return server.start(where, port=port, bind=bind, stack=stack, template=path, waiting=waiting), True


def summary(status: dict[str, Any]) -> Iterator[str]:
    """What the server says of itself, for people; what is as always is left out."""
    now, ahead = datetime.fromisoformat(status["now"]), round(status["offset_seconds"])
    yield f"time       {now:%Y-%m-%d %H:%M:%S} UTC" + (f", {ahead:,} s ahead of this machine" if ahead else "")
    yield f"account    {status['account']}, {status['region']}"
    for name, entries in (("stacks", "stacks"), ("functions", "functions"), ("running", "jobs"), ("errors", "errors")):
        if status[entries]:
            yield f"{name:<10} {', '.join(map(str, status[entries]))}"


def state_option(state: Path | None) -> str:
    """The option that names a state folder, with a blank before it, where the shell would not find it without."""
    return f" --state {shlex.quote(str(state))}" if state and "LEEWAY_STATE" not in os.environ else ""


def shell_variables(up: Server) -> dict[str, str]:
    """Environment of a client on this machine. The keys are no secret: the embedded AWS takes any."""
    region = up.ask("GET", "status").get("region", "us-east-1")
    return {
        "AWS_ENDPOINT_URL": up.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_PAGER": "",
        "LEEWAY_STACK": up.stack,
        "LEEWAY_STATE": up.state,
    }


def sam_variables(up: Server) -> dict[str, str]:
    """Variables of all functions for `sam local invoke`, whose containers see this machine by another name."""
    from leeway_cli.target import connect

    os.environ.update(shell_variables(up))
    settings = connect(up.stack).settings
    inside = f"http://host.docker.internal:{up.port}"
    names = {name.upper(): value for name, value in vars(settings).items()}
    return names | {"AWS_ENDPOINT_URL": inside}
