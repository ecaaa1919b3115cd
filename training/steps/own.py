"""A model's own program in the place of a step of ours, under the same contract: arguments, folders, outputs."""

from __future__ import annotations

import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

INSIDE = "LEEWAY_OWN"  # set for the program, so that it may call the step of ours itself
PROGRAMS = ("train.py", "prepare.py")


def source(name: str) -> bytes | None:
    """The program that the specification names, None where it names none, or where this is already it."""
    if os.environ.get(INSIDE):
        return None
    try:
        return pkgutil.get_data("own", name)
    except OSError:
        return None


def run(key: str, body: bytes, arguments: Sequence[str]) -> None:
    """Run it on this Python with all of our modules; raises SystemExit, which names its key, where it fails.

    What it prints goes where ours goes, and a signal that the instance is to be taken away is passed on.
    """
    with tempfile.TemporaryDirectory(prefix="leeway-") as folder:
        path = Path(folder) / f"{key.rpartition('.')[2]}.py"
        path.write_bytes(body)
        env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), INSIDE: key}
        process = subprocess.Popen([sys.executable, str(path), *arguments], env=env)  # noqa: S603  the model's own
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            code = process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
    if code:
        raise SystemExit(f"the program of {key} ended with exit code {code}; what it printed stands above")
