"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", envvar="LEEWAY_STACK", help="The CloudFormation stack.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before changing a real account.")]
Model = Annotated[str, typer.Argument(help="The model's name.", metavar="MODEL")]
STACK = "leeway"
