"""The embedded AWS as a server, and programs of other environments that speak to it as to AWS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.aws_command import AwsCommand, aws_command

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).parent / "programs"
TEMPLATE = Path(__file__).parents[1] / "data" / "template.yaml"
QUICK = ("endpoint_create", "endpoint_update", "endpoint_delete", "weights_update")


@dataclass(frozen=True, kw_only=True)
class Port:
    """A server process, and what a user exports to speak to it."""

    url: str
    state: Path
    command: AwsCommand

    @property
    def env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_COLOR": "1",
        }

    def aws(self, *words: str, text: bool = False) -> Any:
        """What the real `aws` command answers, as JSON where it is no text; None for nothing."""
        done = self.command.run(*words, env=self.env, folder=self.state)
        assert done.returncode == 0, f"aws {' '.join(words)}\n{done.stderr}"
        shown = done.stdout.strip()
        return shown if text else json.loads(shown) if shown else None

    def program(self, environment: str, name: str, *arguments: str, **variables: str) -> Any:
        """What a program of an environment answers: the last object that it prints, as JSON."""
        python = ROOT / environment / "bin" / "python"
        if not python.exists():
            pytest.fail(f"{environment} is not there: make {environment}/.ready")
        command = [str(python), str(PROGRAMS / f"{name}.py"), *arguments]
        done = subprocess.run(
            command, env=self.env | variables, cwd=self.state, capture_output=True, text=True, timeout=500, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        return json.loads(next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{")))


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    """A server with the stack `keep`, whose endpoints are quick, and the image's Python."""
    state = tmp_path_factory.mktemp("state")
    command = [sys.executable, "-m", "localaws", "serve", "--port", "0", "--state", str(state)]
    command += ["--template", str(TEMPLATE), "--stack", "keep"]
    command += [word for name in QUICK for word in ("--lifecycle", f"{name}=0.5")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "localaws ready on" in process.stdout.readline()
    with aws_command() as typed:
        yield Port(url=json.loads((state / "localaws.json").read_text())["url"], state=state, command=typed)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    process.stdout.close()
