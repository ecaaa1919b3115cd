"""kill -9 in the middle: of a training, of a function at work, of the embedded AWS, of the demonstration."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.disk import Disk
from tests.chaos.played import Played, alive, until
from tests.local.real_clients import BIN, ROOT, embedded_aws

pytestmark = [pytest.mark.local, pytest.mark.story]


def test_a_training_that_is_killed_is_tried_again_and_said(begin: Any, same: set[str]) -> None:
    played = begin()
    with played.advancing("10m"):
        os.killpg(played.container("Train"), signal.SIGKILL)
    told = played.explained()
    same.add(played.ends_right(tries=2))
    assert len(same) == 1
    assert "Training broken" in told, told
    assert "exit code -9" in told, told


def test_a_function_that_dies_after_it_started_a_training_starts_no_second_one(begin: Any, same: set[str]) -> None:
    """It runs in the process of the embedded AWS, and is killed with it; nobody was told that the training began."""
    played = begin(CHAOS_DIES_AT="StartPipelineExecution")
    with played.advancing("10m"):
        until(lambda: not alive(played.server), "it dies")
    played.up()
    same.add(played.ends_right())
    assert len(same) == 1


def test_one_that_dies_after_it_created_the_endpoint_finds_it(begin: Any, same: set[str]) -> None:
    played = begin(CHAOS_DIES_AT="CreateEndpoint")
    played.trained()
    played.approve()
    until(lambda: not alive(played.server), "it dies")
    played.up()
    same.add(played.serves())
    assert len(same) == 1
    assert played.explained().count("Endpoint in service") == 1


def test_the_demonstration_says_that_its_aws_is_gone_and_what_it_began_ends_right(
    prepared: Path, tmp_path: Path
) -> None:
    """The kill comes in the middle of its first training."""
    with embedded_aws(tmp_path) as shell:
        played = Played(shell=shell, folder=tmp_path, disk=Disk(folder=tmp_path))
        (tmp_path / "first.csv").write_bytes((prepared / "first.csv").read_bytes())
        demo = subprocess.Popen(
            [str(BIN / "leeway"), "demo", "--state", str(tmp_path / "state")],
            env=shell.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        played.container("Train")
        played.kill()
        shown, said = demo.communicate(timeout=120)
        assert demo.returncode == 4, shown + said
        assert "Traceback" not in said
        assert "the embedded AWS is not running there, start it with: " in said
        assert f"leeway local up --port {played.port}" in said
        played.up()
        played.ends_right()
