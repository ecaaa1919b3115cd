"""The state that the demonstration leaves, made once for all events."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sam.built import runtime
from tests.sam.stage import INBOX, ROOT, Stage, environment
from tests.sam.ways import Bare, Started, by_invoke, start_lambda

LEEWAY = ROOT / ".venv/bin/leeway"


WAYS = [
    # A start of SAM and of a container each: `test_lines.py` shows each function so, and `-m sam` each event.
    pytest.param("invoke", marks=[pytest.mark.sam, pytest.mark.proof]),
    pytest.param("start-lambda", marks=pytest.mark.sam),
    pytest.param("bare", marks=pytest.mark.built),
]


@pytest.fixture(params=WAYS)
def stage(request: pytest.FixtureRequest, demonstrated: Stage) -> Stage:
    """The stage, and one way after the other to run functions on it."""
    if request.param == "invoke":
        return replace(demonstrated, way=by_invoke)
    way = request.getfixturevalue("started" if request.param == "start-lambda" else "bare")
    return replace(demonstrated, way=way.run)


@pytest.fixture(scope="session")
def started(demonstrated: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """`sam local start-lambda`, once for all events."""
    with start_lambda(demonstrated, tmp_path_factory.mktemp("started") / "functions.log") as started:
        yield started


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """A bare interpreter with the runtime's SDK."""
    return Bare(runtime=runtime(tmp_path_factory.mktemp("bare") / "python"))


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    state = tmp_path_factory.mktemp("sam") / "state"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _command("make", "build")
    try:
        _command(LEEWAY, "demo", "--state", state, "--port", port, "--bind", "0.0.0.0")
        variables = state / "sam.json"
        variables.write_text(_command(LEEWAY, "local", "env", "--sam", "--state", state), encoding="utf-8")
        made = Stage(port=port, variables=variables)
        _drop_behind_the_rules_back(made)
        yield made
    finally:
        _command(LEEWAY, "local", "down", "--state", state)


def _drop_behind_the_rules_back(made: Stage) -> None:
    body = (ROOT / "events/files/customers.csv").read_bytes()
    events, s3 = made.client("events"), made.client("s3")
    events.disable_rule(Name="leeway-arrivals")
    for key in ("inbox/churn/customers part 1+2.csv", "inbox/nobody/customers.csv"):
        s3.put_object(Bucket=INBOX, Key=key, Body=body)
    _settle(made)
    events.enable_rule(Name="leeway-arrivals")


def _settle(made: Stage) -> None:
    """An event that is still on its way when the rule comes back would go to the function in process after all."""
    import urllib.request

    request = urllib.request.Request(f"{made.url}/_localaws/settle", data=b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=60):
        pass


def _command(*parts: str | int | Path) -> str:
    command = [str(part) for part in parts]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
