"""An embedded AWS of the bench's own, with models to measure: the real server, the real command, real clients."""

import json
import os
import random
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3

from bench.figure import NotMeasured

ROOT = Path(__file__).resolve().parent.parent
LEEWAY = str(ROOT / ".venv/bin/leeway")
PATIENCE = 600.0
SPEC = """
[model]
name = "{name}"
problem = "binary"
[data]
id = "id"
label = "left"
quiet_period = "{quiet}"
max_wait = "1d"
min_rows = 100
[data.columns]
tenure = {{ type = "int", min = 0 }}
calls = {{ type = "int", min = 0 }}
[training.hyperparameters]
objective = "binary:logistic"
num_round = 10
[gate]
metric = "auc"
min = 0.5
"""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A running embedded AWS; `folder` is thrown away with it."""

    port: int
    folder: Path
    variables: dict[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client of it."""
        address = self.variables["AWS_ENDPOINT_URL"]
        session: Any = boto3.Session("bench", "bench", region_name="us-east-1")
        return session.client(service, endpoint_url=address)

    def leeway(self, *arguments: str) -> str:
        """What a leeway command prints; a command that fails ends the measurement."""
        environment = dict(os.environ) | self.variables
        answer = subprocess.run(  # noqa: S603  our own
            [LEEWAY, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise NotMeasured(f"leeway {' '.join(arguments)}: {answer.stderr.strip()[-500:]}")
        return answer.stdout

    def admin(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server answers about itself."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/_localaws/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  this machine
            return json.load(answer)

    def calls(self, operation: str) -> list[datetime]:
        """When each successful call of an operation was answered, by the server's log."""
        good = [
            entry
            for entry in self.admin("GET", "calls?limit=100000")
            if entry["operation"] == operation and entry["status"] < 300
        ]
        return [datetime.fromisoformat(entry["at"]) for entry in good]

    def wait(self, what: str, probe: Callable[[], Any]) -> Any:
        """The first answer of a probe that is not empty."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := probe():
                return found
            time.sleep(0.1)
        raise NotMeasured(f"{what} did not come within {PATIENCE:.0f} s")

    def apply(self, name: str, quiet: str) -> None:
        """Put a small model in force."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "model.toml").write_text(SPEC.format(name=name, quiet=quiet))
        self.leeway("apply", str(folder), "--yes")

    def inbox(self) -> str:
        """Name of the inbox bucket."""
        names = [bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]]
        return str(next(name for name in names if "-inbox-" in name))


@contextmanager
def running() -> Iterator[Loop]:
    """Start an embedded AWS on a free port with an empty state; stop it and forget its state."""
    with tempfile.TemporaryDirectory() as folder:
        state, port = str(Path(folder) / "state"), str(free_port())
        loop = Loop(port=int(port), folder=Path(folder), variables={})
        loop.leeway("local", "up", "--state", state, "--port", port)
        try:
            variables = {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
            yield Loop(port=int(port), folder=Path(folder), variables=variables)
        finally:
            loop.leeway("local", "down", "--state", state)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(count: int, seed: int) -> bytes:
    """A drop of that many customers; short tenure and many calls make them leave."""
    chance = random.Random(seed)
    lines = ["id,tenure,calls,left"]
    for number in range(count):
        tenure, calls = chance.randrange(72), chance.randrange(9)
        left = int(chance.random() < 1 / (1 + 2.718 ** (0.08 * tenure - 0.6 * calls)))
        lines.append(f"{seed}-{number},{tenure},{calls},{left}")
    return ("\n".join(lines) + "\n").encode()
