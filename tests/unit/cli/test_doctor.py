"""`leeway doctor` without any AWS: each finding comes with what repairs it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError
from botocore.parsers import ResponseParserError
from typer.testing import CliRunner

from leeway_cli.doctor import machine, stack, way
from leeway_cli.doctor.check import NOTE, OK, PROBLEM
from leeway_cli.exits import Exit
from leeway_cli.main import app
from leeway_cli.target import OUTPUTS

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LOCAL, FAR = "http://127.0.0.1:4566", ""


def test_without_aws_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NEEDED", ())
    answer = CliRunner().invoke(app, ["doctor", "--json"])
    report = json.loads(answer.stdout)
    assert answer.exit_code == Exit.BAD
    assert not report["good"]
    last = report["checks"][-1]
    assert (last["name"], last["status"], last["says"]) == ("aws", PROBLEM, "no region is set")
    assert "leeway local env" in last["repair"]


def test_each_check_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    answer = CliRunner().invoke(app, ["doctor"])
    lines = answer.stdout.splitlines()
    assert {line.split()[0] for line in lines} <= {OK, PROBLEM, NOTE}
    assert lines[-1].startswith("problem  aws            no credentials are set; to repair: ")
    assert all(line.startswith(OK) or "; to repair: " in line for line in lines)
    assert answer.stderr.startswith("leeway: ")


def test_an_environment_is_as_old_as_make_says(tmp_path: Path) -> None:
    stamp, lock = tmp_path / ".venv" / ".run", tmp_path / "run.txt"
    assert machine.environment("environment", stamp, lock, "all").status == NOTE
    lock.touch()
    assert machine.environment("environment", stamp, lock, "all").says == ".venv is not there; it is for all"
    stamp.parent.mkdir()
    stamp.touch()
    assert machine.environment("environment", stamp, lock, "all").status == OK
    os.utime(stamp, (0, 0))
    older = machine.environment("environment", stamp, lock, "all")
    assert (older.status, older.repair) == (PROBLEM, "make setup")


def test_the_python_of_the_functions(tmp_path: Path) -> None:
    assert machine.python(tmp_path, "3.12.1").status == OK
    (tmp_path / ".python-version").write_text("3.13\n")
    assert machine.python(tmp_path, "3.13.9").status == OK
    assert machine.python(tmp_path, "3.1.0").status == PROBLEM


def test_a_tool_that_is_not_there_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.tool("docker", None, "runs functions", "install it").status == NOTE
    (tmp_path / "sam").touch()
    assert machine.tool("sam", tmp_path / "sam", "deploys", "make build").status == OK


@pytest.mark.parametrize(
    ("error", "endpoint", "says", "repair"),
    [
        (NoRegionError(), FAR, "no region", "AWS_DEFAULT_REGION"),
        (NoCredentialsError(), LOCAL, "no credentials", "leeway local env"),
        (EndpointConnectionError(endpoint_url=LOCAL), LOCAL, "nothing answers", "leeway local up"),
        (EndpointConnectionError(endpoint_url="x"), FAR, "AWS does not answer", "network"),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity"), FAR, "ExpiredToken", "aws sso login"),
        (ResponseParserError("<html>"), "http://proxy", "is not AWS", "AWS_ENDPOINT_URL"),
        (ValueError("Invalid endpoint: nonsense"), "nonsense", "Invalid endpoint", "AWS_PROFILE"),
    ],
    ids=["region", "credentials", "local", "network", "expired", "proxy", "endpoint"],
)
def test_what_keeps_us_from_aws(error: Exception, endpoint: str, says: str, repair: str) -> None:
    found = way.refused(error, endpoint)
    assert found.status == PROBLEM
    assert says in found.says
    assert repair in found.repair


@pytest.mark.parametrize(("off", "status"), [(0, OK), (59, OK), (-59, OK), (90, PROBLEM), (-90, PROBLEM)])
def test_two_clocks(off: int, status: str) -> None:
    dated = format_datetime(NOW - timedelta(seconds=off), usegmt=True)
    (found,) = way.clock(dated, FAR, NOW)
    assert found.status == status
    assert f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} AWS" in found.says
    assert way.clock(dated, LOCAL, NOW)[0].status == OK  # virtual time may be any
    assert way.clock("", FAR, NOW) == []


def test_the_templates_outputs_are_read(root: Path, tmp_path: Path) -> None:
    wanted = stack.declared(root / "template.yaml")
    assert wanted is not None
    assert set(OUTPUTS.values()) <= wanted
    assert stack.declared(tmp_path / "template.yaml") is None
    (tmp_path / "template.yaml").write_text("Outputs: [")
    assert stack.declared(tmp_path / "template.yaml") is None


@pytest.mark.parametrize(
    ("there", "wanted", "status"),
    [
        ({"A", "B"}, {"A", "B"}, OK),
        ({"A"}, {"A", "B"}, PROBLEM),
        ({"A", "B", "C"}, {"A", "B"}, PROBLEM),
        (set(OUTPUTS.values()), None, NOTE),
        ({"A"}, None, PROBLEM),
    ],
    ids=["same", "older stack", "newer stack", "no template", "no template, too few"],
)
def test_outputs(there: set[str], wanted: set[str] | None, status: str) -> None:
    assert stack.same_outputs(there, wanted, "deploy").status == status


def test_nothing_waits_for_long() -> None:
    assert way.QUICK.connect_timeout + way.QUICK.read_timeout < 10
    assert way.QUICK.retries["total_max_attempts"] == 1
