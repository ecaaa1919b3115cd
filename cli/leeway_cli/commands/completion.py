"""`leeway completion`: what a shell needs to complete `leeway`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from leeway_cli import console

VARIABLE = "_LEEWAY_COMPLETE"  # set by the script, at each press of TAB


class Shell(StrEnum):
    """The shells for which there is a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.", metavar="SHELL")]) -> None:
    """Print a shell's completion script.

    In bash and zsh: source <(leeway completion zsh). In fish: leeway completion fish | source.
    """
    from typer._completion_shared import get_completion_script

    console.say(get_completion_script(prog_name="leeway", complete_var=VARIABLE, shell=shell.value))


def learn() -> None:
    """Let typer answer the script's questions, which it does by itself only where it may edit the shell's own files."""
    from typer._completion_classes import completion_init

    completion_init()
