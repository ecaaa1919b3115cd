"""The edge of the command line: expected failures become one sentence and an exit code, never a traceback."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from leeway.errors import LeewayError
from leeway_cli.console import complain
from leeway_cli.exits import Exit, code_of


class Commands(TyperGroup):
    """A group of commands whose errors are answered here."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except LeewayError as error:
            complain(str(error))
            raise typer.Exit(code_of(error)) from error
        except KeyboardInterrupt as stop:
            complain("interrupted; what was begun goes on by itself")
            raise typer.Exit(Exit.INTERRUPTED) from stop
