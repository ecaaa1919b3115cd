"""A case in a process of its own, that begins where the parent stands: what it changes, in memory or on disk, is gone.

To prepare a model takes longer than any case, so it is prepared once, and each case is a fork of that.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 300  # seconds of a case: one that hangs is a failure like another


@dataclass(frozen=True, kw_only=True)
class Forks:
    """Forks of this process, one at a time; `folder` is put back after each."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Forks:
        """Remember what the folder holds now."""
        pristine = _pristine(folder)
        shutil.rmtree(pristine, ignore_errors=True)
        shutil.copytree(folder, pristine, symlinks=True)
        # What is there now stays: to look through it again and again would copy its pages into each fork.
        gc.collect()
        gc.freeze()
        return cls(folder=folder)

    def run(self, act: Callable[[], Any]) -> Any:
        """What `act` answers, as JSON has it; RuntimeError with its traceback where it raises or takes too long."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _child(act, writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        _end(child)
        shutil.rmtree(self.folder)
        shutil.copytree(_pristine(self.folder), self.folder, symlinks=True)
        answer = json.loads(said) if said else {"raised": f"the case took longer than {LONGEST} s, or died"}
        if "raised" in answer:
            raise RuntimeError(answer["raised"])
        return answer["answer"]


def _pristine(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.pristine")


def _child(act: Callable[[], Any], writer: int) -> None:
    """Never returns: what the parent would do at its end is not the child's to do."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST)
    try:
        answer = {"answer": act()}
    except BaseException:  # noqa: BLE001  the edge: whatever it is, the parent has to know
        answer = {"raised": traceback.format_exc()}
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(json.dumps(answer).encode())
    os._exit(0)


def _end(group: int) -> None:
    """Models that the case has brought up serve in processes of their own."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
