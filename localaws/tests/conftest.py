"""One small stack, in process, in virtual time."""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from localaws import LocalAWS
from localaws.calls import CallLog
from localaws.wire import Call

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


@cache
def ruled() -> dict[str, set[str]]:
    """Operations by the test that holds a rule on them, as `contract/rules.toml` says."""
    found: dict[str, set[str]] = {}
    rules = tomllib.loads((Path(__file__).parent / "contract/rules.toml").read_text(encoding="utf-8"))["rule"]
    for rule in rules:
        found.setdefault(rule["test"], set()).add(rule["operation"])
    return found


@pytest.fixture(autouse=True)
def keeps_its_rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that is named as evidence for an operation calls it, and is answered.

    What calls a real account, or the port, is not seen from here.
    """
    path = request.path.relative_to(Path(__file__).parent).as_posix()
    elsewhere = "LEEWAY_AWS_VERIFIED" in os.environ
    operations = set() if elsewhere else ruled().get(f"{path}::{request.node.originalname}", set())
    answered: set[str] = set()
    if operations:
        add = CallLog.add

        def note(log: CallLog, call: Call, status: int, *rest: object) -> None:
            if status < 400:
                answered.add(f"{call.service}:{call.operation}")
            add(log, call, status, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(CallLog, "add", note)
    yield
    assert operations - answered == set(), "contract/rules.toml names this test for operations that it does not call"
