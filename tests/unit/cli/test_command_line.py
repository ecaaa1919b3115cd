"""The command line without any AWS: help is light, and every refusal is one sentence with an exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from typer.testing import CliRunner, Result

from leeway.errors import Unavailable
from leeway_cli import typed
from leeway_cli.exits import Exit
from leeway_cli.group import gone
from leeway_cli.main import app

pytestmark = pytest.mark.unit
HEAVY = {"boto3", "botocore", "pydantic", "xgboost", "numpy", "moto", "aws_lambda_powertools", "rich"}
FILE = Path(__file__).parents[3] / "events/files/customers.csv"
GOOD = """
[model]
name = "churn"
[data]
id = "customer_id"
label = "churned"
[data.columns]
tenure = "int"
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "model.toml"
    file.write_text(GOOD)
    return file


@pytest.mark.parametrize("arguments", [[], ["local"]], ids=["leeway", "leeway local"])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"import sys; sys.argv = ['leeway', *{arguments}, '--help']; from leeway_cli.main import main\ntry: main()\n"
    code += f"finally: print(sorted({HEAVY} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "[]"


def test_help_documents_the_exit_codes() -> None:
    text = " ".join(run("--help").stdout.split())
    assert all(f"{code.value} " in text for code in Exit)


COMMANDS = [
    ["status"],
    ["status", "churn"],
    ["explain", "churn"],
    ["runs", "churn"],
    ["runs", "churn", "v1", "v2"],
    ["logs", "churn"],
    ["drift", "churn"],
    ["monitor", "churn"],
    ["data", "churn", "one.csv"],
    ["lineage", "churn", "1"],
    ["reproduce", "churn", "1"],
    ["remove", "churn", "--yes"],
    ["approve", "churn", "1"],
    ["reject", "churn", "1"],
    ["rollback", "churn"],
    ["retrain", "churn"],
    ["pause"],
    ["resume", "churn"],
    ["invoke", "churn", "--csv", "1,2"],
    ["predict", "churn", str(FILE)],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_a_region_every_command_says_what_to_set(arguments: list[str]) -> None:
    answer = run(*arguments)
    assert answer.exit_code == Exit.UNAVAILABLE
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"leeway: no AWS region is set; {typed.how()}")
    assert "Traceback" not in answer.stderr


def test_without_credentials_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    answer = run("status")
    assert answer.exit_code == Exit.UNAVAILABLE
    assert "no AWS credentials are set" in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["approve", "churn"], id="no version"),
        pytest.param(["approve", "churn", "two"], id="version in words"),
        pytest.param(["approve", "churn", "0"], id="version zero"),
        pytest.param(["explain", "churn", "--last", "0"], id="last none"),
        pytest.param(["runs", "churn", "a", "b", "c"], id="three runs"),
        pytest.param(["data", "churn", "--only", "lost"], id="no such state"),
        pytest.param(["lineage", "churn", "0"], id="lineage of version zero"),
        pytest.param(["fly"], id="unknown command"),
        pytest.param(["invoke", "churn"], id="nothing to score"),
        pytest.param(["invoke", "churn", "--csv", "1", "--json-row", "{}"], id="two ways to score"),
        pytest.param(["local", "up", "--port", "0"], id="port"),
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    answer = run(*arguments)
    assert answer.exit_code == Exit.USAGE
    assert answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["down", "env", "advance", "status"])
def test_local_commands_where_nothing_runs(tmp_path: Path, command: str) -> None:
    arguments = ["local", command, "--state", str(tmp_path), *(["1h"] if command == "advance" else [])]
    answer = run(*arguments)
    if command == "down":  # stopping what does not run is what was asked for
        assert (answer.exit_code, answer.stdout) == (Exit.OK, "not running\n")
        return
    assert answer.exit_code == Exit.UNAVAILABLE
    assert answer.stdout == ""
    assert f"start it with: {typed.up()}" in answer.stderr


def test_reset_removes_what_the_server_keeps_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    for name in ("state.db", "state.db-wal", "clock.json", "s3/object", "mine.csv"):
        (tmp_path / name).write_text("x")
    refused = run("local", "reset", "--state", str(tmp_path))
    assert (tmp_path / "state.db").exists(), refused.stdout
    assert run("local", "reset", "--yes", "--state", str(tmp_path)).exit_code == Exit.OK
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
    again = run("local", "reset", "--yes", "--state", str(tmp_path))
    assert (again.exit_code, again.stdout.startswith("nothing to forget")) == (Exit.OK, True)


def test_a_stale_state_file_is_not_believed(tmp_path: Path) -> None:
    stale = {"pid": 2**22 + 1, "port": 1, "bind": "127.0.0.1", "stack": "leeway", "state": str(tmp_path)}
    (tmp_path / "server.json").write_text(json.dumps(stale))
    assert run("local", "status", "--state", str(tmp_path)).exit_code == Exit.UNAVAILABLE
    (tmp_path / "server.json").write_text("{")
    assert run("local", "status", "--state", str(tmp_path)).exit_code == Exit.UNAVAILABLE


def test_validate_a_good_file(toml: Path) -> None:
    answer = run("validate", str(toml.parent))
    assert answer.exit_code == Exit.OK
    assert answer.stdout == f"{toml}: good; model churn, 1 features\n"


def test_validate_names_every_mistake(toml: Path) -> None:
    toml.write_text(GOOD.replace('"churn"', '"Churn"').replace('"int"', '"integer"'))
    answer = run("validate", str(toml))
    assert answer.exit_code == Exit.BAD
    assert [line.split(": ")[0] for line in answer.stdout.splitlines()] == [f"{toml}:3", f"{toml}:8"]
    assert "has 2 mistakes" in answer.stderr


def test_validate_for_programs(toml: Path) -> None:
    good = json.loads(run("validate", str(toml), "--json").stdout)
    assert good["good"]
    assert good["spec"]["data"]["min_rows"] == 500
    assert len(good["sha256"]) == 64
    toml.write_text(GOOD.replace('"int"', '"integer"'))
    answer = run("validate", str(toml), "--json")
    bad = json.loads(answer.stdout)
    assert answer.exit_code == Exit.BAD
    assert bad["spec"] is None
    assert bad["problems"] == [
        {
            "file": str(toml),
            "line": 8,
            "key": "data.columns.tenure.type",
            "value": '"integer"',
            "message": 'is not allowed; allowed: "int", "float", "bool", "category" or "date"; did you mean "int"?',
        }
    ]


def test_validate_shows_no_control_characters(toml: Path) -> None:
    toml.write_text('"\\u001b[31m" = 1\n' + GOOD)
    assert "\x1b" not in run("validate", str(toml)).stdout


def test_apply_refuses_before_it_looks_for_aws(toml: Path) -> None:
    toml.write_text("")
    answer = run("apply", str(toml))
    assert answer.exit_code == Exit.BAD
    assert "data: is missing" in answer.stderr
    assert "nothing was changed" in answer.stderr


@pytest.mark.parametrize("content", [None, GOOD], ids=["no model.toml", "no files"])
def test_demo_refuses_a_folder_that_tells_no_story(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "model.toml").write_text(content)
    answer = run("demo", "--data", str(tmp_path))
    assert answer.exit_code == Exit.REFUSED
    assert ("no such file" if content is None else "needs two or more") in answer.stderr


def test_help_lists_commands_by_who_uses_them() -> None:
    sections: dict[str, list[str]] = {}
    for line in run("--help").stdout.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            sections[line] = []
        elif sections and line.startswith("  ") and not line.startswith("   "):
            sections[list(sections)[-1]].append(line.split()[0])
    assert list(sections) == ["Options:", "Daily use:", "Operator use:"]
    assert {"init", "validate", "apply", "status", "approve"} <= set(sections["Daily use:"])
    assert {"doctor", "pause", "resume", "local", "completion"} <= set(sections["Operator use:"])
    assert "Commands:" in run("local", "--help").stdout


@pytest.mark.parametrize(("shell", "says"), [("bash", "complete -o default"), ("zsh", "compdef"), ("fish", "complete")])
def test_completion_scripts(shell: str, says: str) -> None:
    answer = run("completion", shell)
    assert answer.exit_code == Exit.OK
    assert says in answer.stdout
    assert "_LEEWAY_COMPLETE=complete_" in answer.stdout


def test_no_completion_for_other_shells() -> None:
    assert run("completion", "tcsh").exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("words", "expected"),
    [("leeway va", {"validate"}), ("leeway local ", {"up", "down", "reset", "env", "advance", "status"})],
    ids=["command", "group"],
)
def test_bash_completes(words: str, expected: set[str]) -> None:
    """As bash does it: the script sets three variables and reads lines."""
    env = {"_LEEWAY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    code = "import sys; sys.argv = ['leeway']; from leeway_cli.main import main; main()"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert set(answer.stdout.split()) == expected


def test_where_the_embedded_aws_is_gone_it_is_said_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another address, and of another failure, nothing is known."""

    def failed(cause: Exception) -> Unavailable:
        error = Unavailable("DynamoDB Query")
        error.__cause__ = cause
        return error

    here = "http://127.0.0.1:4599"
    lost = failed(EndpointConnectionError(endpoint_url=here))
    assert gone(lost) == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL", here)
    assert "leeway local up --port 4599; what it held is kept" in gone(lost)
    assert "leeway local up" in gone(failed(ConnectionRefusedError()))
    assert gone(failed(ReadTimeoutError(endpoint_url=here))) == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://dynamodb.eu-west-1.amazonaws.com")
    assert gone(lost) == ""
