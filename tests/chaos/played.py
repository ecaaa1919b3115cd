"""A drop that becomes a served model, as a user plays it, and how it must end whatever happens in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.disk import Disk
from tests.local.real_clients import BIN, Shell

NAME, PATIENCE = "leeway-churn", 240.0
INBOX = "s3://leeway-inbox-123456789012-us-east-1/inbox/churn"


@dataclass(frozen=True, kw_only=True)
class Played:
    """An embedded AWS that can be hurt; `folder` has its state, as its own processes see it."""

    shell: Shell
    folder: Path
    disk: Disk

    def seen(self, name: str) -> Path:
        """A file of the state, wherever that lies."""
        holder = f"/proc/{self.shell.within[2]}/root" if self.shell.within else ""
        return Path(f"{holder}{self.folder / 'state' / name}")

    @property
    def server(self) -> int:
        """Its process id."""
        return int(json.loads(self.seen("server.json").read_text())["pid"])

    def kill(self, number: int = signal.SIGKILL) -> None:
        """A signal to the embedded AWS."""
        os.kill(self.server, number)

    def up(self) -> None:
        """Start it again on its folder."""
        self.shell.run("leeway", "local", "up", "--port", self.port)

    @property
    def port(self) -> str:
        return self.shell.env["AWS_ENDPOINT_URL"].rpartition(":")[2]

    def drop(self, name: str, *, refused: bool = False) -> None:
        self.shell.run("aws", "s3", "cp", str(self.folder / name), f"{INBOX}/{name}", refused=refused)

    def complains(self, *command: str) -> str:
        """What a command says that cannot be done."""
        words = [*self.shell.within, str(BIN / command[0]), *command[1:]]
        done = subprocess.run(words, env=self.shell.env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def advance(self, duration: str) -> None:
        self.shell.run("leeway", "local", "advance", duration)

    @contextmanager
    def advancing(self, duration: str) -> Iterator[None]:
        """While the clock moves on; whether that ends well is the case's own question."""
        command = [*self.shell.within, str(BIN / "leeway"), "local", "advance", duration]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=self.shell.env, **quiet) as pumping:
            yield
            pumping.wait(PATIENCE)

    def container(self, kind: str) -> int:
        """The process that leads the container of a job that has this in its name; it is waited for."""

        def look() -> int:
            files = [file for file in self.seen("jobs").glob("**/*.pid") if kind in str(file)]
            return next((pid for file in files if alive(pid := int(file.read_text().split()[0]))), 0)

        return until(look, f"{kind} runs")

    def explained(self) -> str:
        """All that `leeway explain` says, in one line."""
        return " ".join(self.shell.run("leeway", "explain", "churn").split())

    def happened(self) -> list[str]:
        """What it tells of, in the order of time."""
        return [one["what"] for one in self.shell.json("leeway", "explain", "churn", "--json")]

    def trained(self, *, tries: int = 1) -> None:
        """Goes on to a version that waits for approval: the only one, and made by the last of so many tries.

        What a function had in its hands when it died comes back after the visibility timeout of its queue.
        """
        self.advance("40m")
        answer = self.shell.aws("sagemaker", "list-model-packages", "--model-package-group-name", NAME)
        (version,) = answer["ModelPackageSummaryList"]
        assert version["ModelApprovalStatus"] == "PendingManualApproval"
        answer = self.shell.aws("sagemaker", "list-pipeline-executions", "--pipeline-name", NAME)
        executions = [one["PipelineExecutionStatus"] for one in answer["PipelineExecutionSummaries"]]
        assert executions == ["Succeeded", *["Failed"] * (tries - 1)]

    def approve(self) -> None:
        self.shell.run("leeway", "approve", "churn", "1", "--yes")

    def serves(self) -> str:
        """Goes on to where it serves, and no message was given up; answers what it says of some rows."""
        self.advance("40m")
        (model,) = self.shell.json("leeway", "status", "--json")["models"]
        assert (model["serving"], model["endpoint"]) == (1, "InService")
        assert (model["run"]["status"], model["pending"]["files"]) == ("Succeeded", 0)
        queues = self.shell.json("leeway", "dlq", "list", "--json")
        assert {queue["name"]: queue["messages"] for queue in queues if queue["messages"]} == {}
        sample = self.folder / "rows.csv"
        sample.write_text("".join((self.folder / "first.csv").read_text().splitlines(keepends=True)[:4]))
        return json.dumps(self.shell.json("leeway", "invoke", "churn", "--file", str(sample), "--json")["scores"])

    def ends_right(self, *, tries: int = 1) -> str:
        """From wherever it is to a served model."""
        self.trained(tries=tries)
        self.approve()
        return self.serves()


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has asked after since its end does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def until[Found](look: Callable[[], Found], what: str) -> Found:
    """What is found in the end."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it never came to this: {what}")
