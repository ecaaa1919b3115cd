"""The edge of the command line: expected failures become one sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from leeway.errors import LeewayError
from leeway_cli import typed
from leeway_cli.console import complain
from leeway_cli.exits import Exit, code_of

REFUSED = {"EndpointConnectionError", "ConnectionClosedError", "ConnectionRefusedError", "RemoteDisconnected"}
DAILY, OPERATOR = "Daily use", "Operator use"


class Commands(TyperGroup):
    """A group of commands whose errors are answered here, and whose help lists them by panel where they have one.

    typer prints `rich_help_panel` only by rich, which would take longer to import than all else of the help.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections of the help that list the commands, in the order in which they were added."""
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx) if not self.commands[name].hidden]
        if not any(_panel(command) for _, command in commands):
            super().format_commands(ctx, formatter)
            return
        widest = max(len(name) for name, _ in commands)
        for panel in dict.fromkeys(_panel(command) or DAILY for _, command in commands):
            within = [(name, command) for name, command in commands if (_panel(command) or DAILY) == panel]
            with formatter.section(panel):
                limit = formatter.width - 6 - widest
                formatter.write_dl(
                    [(f"{name:<{widest}}", command.get_short_help_str(limit)) for name, command in within]
                )

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except LeewayError as error:
            complain(f"{error}{gone(error)}")
            raise typer.Exit(code_of(error)) from error
        except KeyboardInterrupt as stop:
            complain("interrupted; what was begun goes on by itself")
            raise typer.Exit(Exit.INTERRUPTED) from stop


def gone(error: LeewayError) -> str:
    """What to do where nothing answers at the address that this shell calls AWS; "" for any other error."""
    address = os.environ.get("AWS_ENDPOINT_URL", "")
    if not address or type(error.__cause__).__name__ not in REFUSED:
        return ""
    host, _, port = address.removeprefix("http://").rstrip("/").partition(":")
    if host not in {"127.0.0.1", "localhost"}:
        return ""
    return f"; the embedded AWS is not running there, start it with: {typed.up()} --port {port}; what it held is kept"


def _panel(command: Any) -> str:
    panel = getattr(command, "rich_help_panel", None)
    return panel if isinstance(panel, str) else ""
