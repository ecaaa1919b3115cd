"""A case in a process of its own, that begins where the parent stands: what it changes, in memory or on disk, is gone.

To prepare a model takes longer than any case, so it is prepared once, and each case is a fork of that. A case may fork
once more, where its ways part: what they have in common is played once.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 300  # seconds of a case: one that hangs is a failure like another


class Ended(BaseException):
    """A case has its answer, wherever it stands; no handler of a function's own may see it."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


@dataclass(kw_only=True)
class Forks:
    """Forks of this process, one at a time; `folder` is put back after each.

    `stopped` is for the time that it takes: no clock goes on inside, but in a fork, which begins at the same moment.
    """

    folder: Path
    stopped: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    writer: int = -1  # where this process, if it is a fork, leaves its answer
    depth: int = 0  # of this process, in forks
    parent: int = -1

    @classmethod
    def of(cls, folder: Path, stopped: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext) -> Forks:
        """Remember what the folder holds now."""
        _copy(folder, _pristine(folder))
        # What is there now stays: to look through it again and again would copy its pages into each fork.
        gc.collect()
        gc.freeze()
        return cls(folder=folder, stopped=stopped)

    def run(self, act: Callable[[], Any], at_most: int | None = LONGEST) -> Any:
        """What `act` answers, as JSON has it; RuntimeError with its traceback where it raises or takes too long."""
        with self.stopped():
            child, reader = self._fork(at_most)
            if child == 0:
                self._end(act)
            said = _said(child, reader)
            _copy(_pristine(self.folder), self.folder)
        if "raised" in said:
            raise RuntimeError(said["raised"])
        return said["answer"]

    def part(self, ways: Iterable[Any], answers: list[Any]) -> Any:
        """In a fork, wherever it stands: fork for each way, which goes on from here with its own as the answer.

        The fork itself gets None once all have come to their ends, and their answers: {"answer"} or {"raised"} each. It
        may go on then, where nothing of theirs has happened, for as long as it takes.
        """
        here = self.folder.with_name(f"{self.folder.name}.{self.depth}")
        _copy(self.folder, here)
        signal.alarm(0)  # each way has its own time
        with self.stopped():
            for way in ways:
                if os.getppid() != self.parent:  # nobody waits for the answers any more
                    os._exit(1)
                child, reader = self._fork(LONGEST)
                if child == 0:
                    return way
                answers.append(_said(child, reader))
                _copy(here, self.folder)
        return None

    def _fork(self, at_most: int | None) -> tuple[int, int]:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            self.writer = writer
            self.depth += 1
            self.parent = os.getppid()
            os.setpgid(0, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(at_most or 0)
        else:
            os.close(writer)
        return child, reader

    def _end(self, act: Callable[[], Any]) -> None:
        """Never returns: what the parent would do at its end is not the child's to do."""
        try:
            answer = {"answer": act()}
        except Ended as ended:
            answer = {"answer": ended.answer}
        except BaseException:  # noqa: BLE001  the edge: whatever it is, the parent has to know
            answer = {"raised": traceback.format_exc()}
        with os.fdopen(self.writer, "wb") as pipe:
            pipe.write(json.dumps(answer).encode())
        os._exit(0)


def _said(child: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):  # models that the case has brought up serve in processes of their own
        os.killpg(child, signal.SIGKILL)
    found: dict[str, Any] = json.loads(said or b'{"raised": "the case took too long, or died"}')
    return found


def _pristine(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.pristine")


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
