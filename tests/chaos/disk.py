"""A disk that is small, for a process and what it starts: a file system in memory, in a mount namespace of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SIZE = "256m"  # of which a training takes 60, for each job brings what it needs
MOUNT = 'mkdir -p "$1" && mount -t tmpfs -o size="$2" none "$1"'


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A folder on it, as everybody else sees it; `within` are the words before a command that is to see it, too."""

    folder: Path
    within: Sequence[str] = ()

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all that is left."""
        with self.ballast.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Give it back."""
        self.ballast.unlink()


@cache
def ways() -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """How to make a namespace, and how to enter it; None where the machine allows none."""
    for make, enter in ((("-m",), ("-m",)), (("-rm",), ("-U", "--preserve-credentials", "-m"))):
        trial = ["unshare", *make, "sh", "-c", MOUNT, "sh", "/tmp", "1m"]
        try:
            done = subprocess.run(trial, capture_output=True, timeout=10, check=False)
        except OSError:
            return None
        if not done.returncode:
            return make, enter
    return None


@contextmanager
def small(state: Path, name: str | None, prepared: Path) -> Iterator[Disk]:
    """A copy of what is prepared, of which the folder by this name is on a small disk: "" is all, None nothing."""
    if name is None:
        shutil.copytree(prepared, state)
        yield Disk(folder=state)
        return
    found = ways()
    if found is None:
        pytest.skip("this machine allows no mount namespace, and so no small disk")
    make, enter = found
    state.mkdir(parents=True)
    script = f'{MOUNT} && cp -a "$3/." "$4" && echo ready && exec sleep 3600'
    words = ["unshare", *make, "sh", "-c", script, "sh", str(state / name), SIZE, str(prepared), str(state)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout
            assert holder.stdout.readline() == "ready\n"
            seen = Path(f"/proc/{holder.pid}/root{state / name}")
            yield Disk(folder=seen, within=("nsenter", "-t", str(holder.pid), *enter))
        finally:
            holder.kill()
