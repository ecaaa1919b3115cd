"""A job's container, as a process: its own /opt/ml, its own environment, a limit of time (reference 8.1).

`/opt/ml` is the job's folder in a private mount namespace. Where the machine allows none (inside most containers,
on macOS), `/opt/ml` is rewritten in arguments and environment instead, and the job's log says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from localaws.sagemaker.attempt import Attempt
from localaws.sagemaker.strays import note

ROOT = "/opt/ml"
GRACE = 120.0  # seconds between SIGTERM and SIGKILL
TAIL = 900  # letters of the log in a reason
LOOK = 0.05  # seconds between two looks at what runs
STOPPED, LATE, INTERRUPTED = "stopped", "late", "interrupted"
_MOUNT = 'mount --bind "$1" /opt/ml && shift && exec "$@"'
_MOUNT_NEW = "mount -t tmpfs none /opt && mkdir /opt/ml && " + _MOUNT


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended: its exit code, and what ended it: STOPPED, LATE, INTERRUPTED, or "" for itself."""

    code: int
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What runs in a container; `folder` is what it sees as /opt/ml."""

    folder: Path
    words: Sequence[str]
    env: Mapping[str, str]
    python: Path | None
    cwd: str = ROOT


@cache
def isolation() -> tuple[str, ...]:
    """The words before a command that give it an /opt/ml of its own; empty where the machine allows none."""
    if not sys.platform.startswith("linux"):
        return ()
    with contextlib.suppress(OSError):
        Path(ROOT).mkdir(parents=True, exist_ok=True)
    script = _MOUNT if Path(ROOT).is_dir() else _MOUNT_NEW
    for unshare in (("unshare", "-m"), ("unshare", "-rm")):
        words = (*unshare, "--propagation", "private", "sh", "-c", script, "sh")
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run([*words, "/tmp", "true"], check=True, capture_output=True, timeout=10)  # noqa: S108, S603  a trial of our own
            return words
    return ()


def launch(
    command: Command, *, stdin: int | None, stdout: int | IO[bytes], stderr: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own."""
    words, env, cwd = list(command.words), _environment(command), command.cwd
    isolated = isolation()
    if isolated:
        # The working folder exists only inside the namespace.
        words = [*isolated, str(command.folder), "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", cwd, *words]
    else:
        words = [_rewritten(word, command.folder) for word in words]
        env = {name: _rewritten(value, command.folder) for name, value in env.items()}
    process = subprocess.Popen(  # noqa: S603  the pipeline's own command, as an argument list
        words,
        env=env,
        cwd="/" if isolated else _rewritten(cwd, command.folder),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    note(command.folder, process.pid)
    return process


def run(command: Command, attempt: Attempt, log: Path, look: Callable[[float], bool] | None = None) -> Ended:
    """Run to its end; `look` is called every LOOK seconds with those that passed, and its True takes the instance."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb" if attempt.number == 1 else "ab") as output:
        if not isolation():
            output.write(b"localaws: no mount namespace here; /opt/ml is rewritten in arguments and environment\n")
            output.flush()
        process = launch(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            return _watched(process, attempt, look)
        finally:
            if process.poll() is None:  # a look that failed
                kill(process)
                process.wait()


def _watched(process: subprocess.Popen[bytes], attempt: Attempt, look: Callable[[float], bool] | None) -> Ended:
    began = time.monotonic()
    while process.poll() is None:
        if by := _cause(attempt, time.monotonic() - began, look):
            _end(process)
            return Ended(code=process.returncode, by=by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)
    return Ended(code=process.returncode)


def _cause(attempt: Attempt, seconds: float, look: Callable[[float], bool] | None) -> str:
    if attempt.stop.is_set():
        return STOPPED
    if seconds > attempt.limit:
        return LATE
    return INTERRUPTED if look and look(seconds) else ""


def kill(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """Signal a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def tail(log: Path) -> str:
    """The last lines of a log."""
    return log.read_bytes()[-TAIL:].decode("utf-8", "replace").strip()


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """What a job's instances have on their disks: nothing at first, and gone with the job."""
    try:
        yield fresh(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.pid").unlink(missing_ok=True)


def fresh(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _end(process: subprocess.Popen[bytes]) -> None:
    kill(process, signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        kill(process)
        process.wait()


def _environment(command: Command) -> dict[str, str]:
    """The image's environment, none of ours; `python3` is the image's."""
    path = os.environ.get("PATH", os.defpath)
    base = {
        "PATH": f"{command.python.parent}:{path}" if command.python else path,
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # two threads that spin on a busy machine take ten times as long
    }
    return base | dict(command.env)


def _rewritten(text: str, folder: Path) -> str:
    return text.replace(ROOT, str(folder))
