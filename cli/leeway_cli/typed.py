"""Commands that are proposed to be typed, as they work where they are read."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def path(file: Path) -> str:
    """A path as short as it works from here."""
    here = Path.cwd()
    return shlex.quote(str(file.relative_to(here) if file.is_relative_to(here) else file))


def leeway() -> str:
    """This command by its name, or by its path until `leeway local env` has put it on the shell's."""
    ours, known = Path(sys.executable).parent / "leeway", shutil.which("leeway")
    return "leeway" if known and Path(known).absolute() == ours else path(ours)


def up() -> str:
    """What starts the embedded AWS."""
    return f"{leeway()} local up"


def point(state: str = "") -> str:
    """What points a shell at it; `state` is its option, with a blank before it."""
    return f'eval "$({leeway()} local env{state})"'


def how() -> str:
    """The two ways to tell a shell which AWS is meant."""
    return f"for the embedded AWS: {up()}, then {point()}; for AWS: set AWS_PROFILE and AWS_DEFAULT_REGION"
