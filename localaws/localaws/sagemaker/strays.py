"""Containers that outlive the process that started them: each is noted beside its folder, and ended at the next start.

What a stray one writes lies in its own folder alone, since results are brought to S3 by the process that started it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

PLACES = ("jobs/*.pid", "jobs/*/algo-*.pid", "serving/*.pid")


def note(folder: Path, pid: int) -> None:
    """A container of this folder runs as the leader of a process group."""
    folder.with_name(f"{folder.name}.pid").write_text(f"{pid} {_began(pid)}")


def end_strays(state: Path) -> list[int]:
    """Kill what another process has left running on a state folder; their process ids."""
    ended = []
    for file in [file for place in PLACES for file in state.glob(place)]:
        pid, _, began = file.read_text().partition(" ")
        # Another process may have the number by now; a group whose leader is gone has it still.
        if _began(int(pid)) in (began, ""):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(int(pid), signal.SIGKILL)
                ended.append(int(pid))
        file.unlink()
    return ended


def _began(pid: int) -> str:
    """When a process began, "" where there is none: it tells apart those that have had a number one after the other."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    if Path("/proc/self").exists():
        return ""
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607  a number of ours
    return shown.stdout.strip()
