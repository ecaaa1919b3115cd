"""One small stack, in process, in virtual time."""

import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from localaws import LocalAWS

TEMPLATE = Path(__file__).parent / "data" / "template.yaml"


class Killed:
    """An AWS that a test kills and starts again: a copy of its folder is what a kill at that moment leaves behind."""

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / str(number) for number in count())
        self.aws = self._open(next(self._folders))

    @staticmethod
    def _open(folder: Path) -> LocalAWS:
        return LocalAWS(state_dir=folder, keep=True, image_python=Path(sys.executable))

    def copy(self) -> Path:
        """What a kill now would leave behind."""
        folder = next(self._folders)
        with self.aws.world.lock:
            shutil.copytree(self.aws.state_dir, folder)
        return folder

    def kill(self) -> LocalAWS:
        """Kill it now, and start it again."""
        folder = self.copy()
        self.aws.close()
        self.aws = self._open(folder)
        return self.aws


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """An empty one."""
    made = Killed(tmp_path)
    yield made
    made.aws.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[LocalAWS]:
    """An empty AWS."""
    with LocalAWS(state_dir=tmp_path / "state") as aws:
        yield aws


@pytest.fixture
def aws(bare: LocalAWS) -> LocalAWS:
    """An AWS with the stack `keep`."""
    bare.deploy(TEMPLATE, stack="keep")
    return bare


@pytest.fixture
def inbox(aws: LocalAWS) -> str:
    """The bucket whose events reach the queue."""
    return f"keep-inbox-{aws.account}-{aws.region}"
