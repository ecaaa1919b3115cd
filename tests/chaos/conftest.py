"""One prepared project for all stories: a model applied, and data to drop; each case copies its state."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeway_cli import churn
from tests.chaos.disk import small
from tests.chaos.played import Played
from tests.local.real_clients import ROOT, embedded_aws

MACHINE = {"PYTHONPATH": str(Path(__file__).parent / "machine")}


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: `state`, as `leeway local down` has left it, and a file to drop."""
    folder = tmp_path_factory.mktemp("prepared")
    start = datetime.now(UTC) - timedelta(days=60)
    rows = churn.customers(600, seed=1, start=start, span=timedelta(days=50), drift=0.0)
    (folder / "first.csv").write_bytes(churn.as_csv(rows))
    with embedded_aws(folder) as shell:
        shell.run("leeway", "apply", str(ROOT / "training/models/churn"), "--yes")
    return folder


@pytest.fixture(scope="session")
def same() -> set[str]:
    """What the served models of all cases say of the same rows: one thing."""
    return set()


@pytest.fixture
def begin(prepared: Path, tmp_path: Path) -> Iterator[Callable[..., Played]]:
    """Brings up a copy of it and drops the data; `folder` is one of the state that lies on a small disk, "" for all.

    What else is given is for the environment of the embedded AWS, and no longer there when it is started again.
    """
    with ExitStack() as stack:

        def up(folder: str | None = None, **more: str) -> Played:
            shutil.copy(prepared / "first.csv", tmp_path)
            disk = stack.enter_context(small(tmp_path / "state", folder, prepared / "state"))
            shell = stack.enter_context(embedded_aws(tmp_path, disk.within, **MACHINE, **more))
            for name in more:
                del shell.env[name]
            played = Played(shell=shell, folder=tmp_path, disk=disk)
            played.drop("first.csv")
            return played

        yield up
