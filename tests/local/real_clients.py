"""The embedded AWS as a server, and the programs that a user types at it: `aws` and `leeway`, nothing in process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.aws_command import AwsCommand, aws_command

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SHARED = Path(os.environ.get("LEEWAY_SHARED", ROOT.parent / "shared"))


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Runs commands with the environment that `leeway local env` prints; `within` are words before each of them."""

    env: dict[str, str]
    folder: Path
    command: AwsCommand
    within: Sequence[str] = ()

    def run(self, *command: str, refused: bool = False) -> str:
        """Standard output; a command that fails unexpectedly (or does not fail, where `refused`) fails the test."""
        done = self._aws(*command[1:]) if command[0] == "aws" and not self.within else self._program(*command)
        assert (done.returncode != 0) == refused, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _aws(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.command.run(*words, env=self.env, folder=self.folder)

    def _program(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.within, str(BIN / name), *words],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def json(self, *command: str) -> Any:
        """What a command prints, as JSON."""
        return json.loads(self.run(*command))

    def aws(self, *command: str) -> Any:
        """What the real `aws` command answers."""
        text = self.run("aws", *command, "--output", "json")
        return json.loads(text) if text.strip() else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def embedded_aws(folder: Path, within: Sequence[str] = (), **more: str) -> Iterator[Shell]:
    """An embedded AWS in a process of its own, with a state of its own, and a shell that speaks to it.

    `within` are words before each command, `more` is for its environment.
    """
    state = folder / "state"
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEEWAY_STACK"))}
    quiet |= {"NO_COLOR": "1", "HOME": str(folder), **more}
    leeway = [*within, str(BIN / "leeway"), "local"]
    up = [*leeway, "up", "--port", str(_free_port()), "--state", str(state)]
    subprocess.run(up, env=quiet, cwd=ROOT, check=True, timeout=120)
    try:
        printed = subprocess.run(
            [*leeway, "env", "--state", str(state), "--json"],
            env=quiet, cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        with aws_command() as typed:
            yield Shell(env=quiet | json.loads(printed.stdout), folder=ROOT, command=typed, within=within)
    finally:
        subprocess.run([*leeway, "down", "--state", str(state)], env=quiet, cwd=ROOT, check=True, timeout=60)
