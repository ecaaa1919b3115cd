"""The embedded AWS as a background process: started, found again, asked and stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from leeway.errors import Missing, Rejected, Unavailable
from leeway_cli import typed

ROOT = Path(__file__).resolve().parents[2]
STATE = ".leeway"
PORT = 4566
PATIENCE = 60.0  # seconds that a start may take on a slow, cold machine
LEAST = 1 << 20  # bytes of free disk below which it could not even say why it stops
ADVANCE = 3600.0  # seconds that an advance may take: trainings run in it


@dataclass(frozen=True, kw_only=True)
class Server:
    """A background process; `state` is the folder with its log and data, `bind` the address it listens on."""

    pid: int
    port: int
    bind: str
    stack: str
    state: str

    @property
    def host(self) -> str:
        """The address by which this machine reaches it."""
        return "127.0.0.1" if self.bind == "0.0.0.0" else self.bind  # noqa: S104  compared with, not bound

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL is set to on this machine."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> Path:
        """Its standard output and error."""
        return Path(self.state) / "server.log"

    def ask(self, method: str, path: str, body: Any = None, patience: float = 10.0) -> Any:
        """Answer of its admin interface; raises Unavailable where there is none, Rejected for a refusal."""
        return ask((self.host, self.port), method, path, body, patience)


def ask(address: tuple[str, int], method: str, path: str, body: Any = None, patience: float = 10.0) -> Any:
    """One request to the admin interface of whatever listens on a port."""
    connection = http.client.HTTPConnection(*address, timeout=patience)
    try:
        connection.request(method, f"/_localaws/{path}", json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            f"nothing that speaks answers at {address[0]}:{address[1]}: {str(error) or type(error).__name__}"
        ) from error
    finally:
        connection.close()
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise Rejected(f"what answers at {address[0]}:{address[1]} is not the embedded AWS") from error
    if answer.status >= 400:
        raise Rejected(f"the embedded AWS refused: {parsed.get('error', text) if isinstance(parsed, dict) else text}")
    return parsed


def folder(state: Path | None) -> Path:
    """The state folder: the one given, else `.leeway` beside template.yaml."""
    return (state or ROOT / STATE).absolute()


def running(state: Path) -> Server | None:
    """The server of a state folder, None where it is not (or no longer) up."""
    try:
        known = Server(**json.loads((state / "server.json").read_text()))
        os.kill(known.pid, 0)
        known.ask("GET", "clock")
    except (OSError, ValueError, TypeError, Unavailable, Rejected):
        return None
    return known


def found(state: Path) -> Server:
    """The running server; raises Unavailable with what to do."""
    server = running(state)
    if server is None:
        raise Unavailable(f"the embedded AWS is not running here; start it with: {typed.up()}")
    return server


def start(state: Path, *, port: int, bind: str, stack: str, template: Path, waiting: Callable[[float], None]) -> Server:
    """Start a server and wait until it answers; `waiting` is called with the seconds waited so far."""
    if not template.is_file():
        raise Missing(f"there is no template {template}; run this in the project's folder, or name it by --template")
    server = Server(pid=0, port=port, bind=bind, stack=stack, state=str(state))
    _must_be_free(server)
    state.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(state).free < LEAST:
        raise Unavailable(f"the disk of {state} is full: make room on it, then start again")
    log = state / "server.log"
    command = [sys.executable, "-m", "localaws", "serve", "--port", str(port), "--host", bind]
    command += ["--state", str(state), "--template", str(template), "--stack", stack]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program, an argument list, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=template.parent,
            env=_environment(),
        )
    server = replace(server, pid=process.pid)
    _wait(server, process, waiting)
    (state / "server.json").write_text(json.dumps(asdict(server)))
    return server


def stop(server: Server, patience: float = 15.0) -> None:
    """Stop a server, by force if it does not go."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, number)
        if _gone(server.pid, patience):
            break
    with contextlib.suppress(FileNotFoundError):
        (Path(server.state) / "server.json").unlink()


KEPT = ("state.db", "clock.json", "s3", "jobs", "serving", "logs")  # what the server itself writes there
BESIDE = ("state.db-wal", "state.db-shm", "localaws.json", "server.json", "server.log", "try")


def kept(state: Path) -> list[Path]:
    """What is in a state folder of what servers have kept."""
    return [state / name for name in KEPT if (state / name).exists()]


def forget(state: Path) -> None:
    """Remove all that servers keep in a state folder, and nothing else that is there."""
    for path in [*kept(state), *(state / name for name in BESIDE)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _must_be_free(server: Server) -> None:
    who = "an embedded AWS that was started elsewhere"
    try:
        server.ask("GET", "clock", patience=2)
    except Unavailable as error:
        if isinstance(error.__cause__, ConnectionRefusedError):
            return
        who = "another program"
    except Rejected:
        who = "another program"
    raise Rejected(f"port {server.port} is taken by {who}; choose one with --port")


def _environment() -> dict[str, str]:
    """Ours, without what would send its calls elsewhere or slow its start: it recompiles boto3 without .pyc files."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "AWS_PROFILE", "AWS_ENDPOINT_URL"}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONUNBUFFERED": "1"}


def _wait(server: Server, process: subprocess.Popen[bytes], waiting: Callable[[float], None]) -> None:
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < PATIENCE:
        if process.poll() is not None:
            raise Unavailable(f"the embedded AWS stopped at once: {_last_line(server.log)} (see {server.log})")
        with contextlib.suppress(Unavailable, Rejected):
            server.ask("GET", "status", patience=2)
            return
        waiting(waited)
        time.sleep(0.1)
    process.terminate()
    raise Unavailable(f"the embedded AWS did not answer within {PATIENCE:.0f} s (see {server.log})")


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _gone(pid: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # where it is our own child, it stays a zombie until asked
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
