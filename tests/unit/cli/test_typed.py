"""What is proposed to be typed works where it is read: on a shell that knows `leeway`, and on one that does not yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leeway_cli import typed
from leeway_cli.main import app

pytestmark = pytest.mark.unit
OURS = Path(sys.executable).parent / "leeway"


def test_a_shell_that_knows_leeway_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(OURS.parent))
    assert typed.leeway() == "leeway"
    assert typed.point() == 'eval "$(leeway local env)"'


def test_a_shell_that_does_not_is_told_the_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert typed.leeway() == str(OURS)
    monkeypatch.chdir(OURS.parents[2])
    assert typed.leeway() == str(OURS.relative_to(OURS.parents[2]))
    said = subprocess.run([typed.leeway(), "local", "--help"], capture_output=True, text=True, check=True).stdout
    assert "env" in said


def test_another_leeway_on_the_path_is_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "leeway"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typed.leeway().endswith(f"{OURS.parent.name}/leeway")


def test_a_path_with_a_space_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed.path(tmp_path / "my data/a.csv") == "'my data/a.csv'"


@pytest.mark.parametrize("command", [["local", "status"], ["status"]], ids=" ".join)
def test_a_newcomer_is_told_a_command_that_is_there(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LEEWAY_STATE", str(tmp_path))
    answer = CliRunner().invoke(app, command)
    assert f"{typed.leeway()} local up" in answer.stderr
    assert typed.leeway() != "leeway"
