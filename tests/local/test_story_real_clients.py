"""The whole loop with real data and nothing but the programs that a user types: `aws` and `leeway`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.real_clients import ROOT, SHARED, Shell, embedded_aws
from tests.local.served import invoke, plain, rows_of, served_model_data

pytestmark = [pytest.mark.local, pytest.mark.story]
INBOX = "s3://leeway-inbox-123456789012-us-east-1/inbox"
SPECS = ROOT / "tests/training/specs"
FEATURES = [
    "atemp",
    "holiday",
    "hour",
    "hum",
    "month",
    "season",
    "temp",
    "weathersit",
    "weekday",
    "windspeed",
    "workingday",
]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with embedded_aws(tmp_path) as shell:
        yield shell


def apply(shell: Shell, tmp_path: Path, spec: str) -> None:
    folder = tmp_path / spec.removesuffix(".toml")
    folder.mkdir()
    (folder / "model.toml").write_text((SPECS / spec).read_text())
    shell.run("leeway", "apply", str(folder), "--yes")


def drop(shell: Shell, model: str, *files: Path) -> None:
    for file in files:
        shell.run("aws", "s3", "cp", "--quiet", str(file), f"{INBOX}/{model}/")


def versions(shell: Shell, model: str) -> list[dict[str, Any]]:
    answer = shell.aws("sagemaker", "list-model-packages", "--model-package-group-name", f"leeway-{model}",
                       "--sort-order", "Ascending")  # fmt: skip
    found: list[dict[str, Any]] = answer["ModelPackageSummaryList"]
    return found


def decide(shell: Shell, model: str, version: int, status: str) -> None:
    arn = versions(shell, model)[version - 1]["ModelPackageArn"]
    shell.aws("sagemaker", "update-model-package", "--model-package-arn", arn, "--model-approval-status", status)
    shell.run("leeway", "local", "advance", "2m")


def test_bike_from_drops_to_rollback(shell: Shell, tmp_path: Path) -> None:
    bike = sorted((SHARED / "data/bike").glob("2011-0[1-6].csv"))
    apply(shell, tmp_path, "bike.toml")

    drop(shell, "bike", *bike[:3])
    shell.run("leeway", "local", "advance", "5m")
    runs = shell.aws("sagemaker", "list-pipeline-executions", "--pipeline-name", "leeway-bike")
    assert [run["PipelineExecutionStatus"] for run in runs["PipelineExecutionSummaries"]] == ["Succeeded"]
    decide(shell, "bike", 1, "Approved")
    first = served_model_data(shell, "bike")

    rows = tmp_path / "rows.csv"
    rows.write_text(rows_of(bike[3], FEATURES))
    scores = invoke(shell, "bike", rows, tmp_path / "out")
    assert scores == pytest.approx(plain(shell, first, rows, tmp_path), abs=1e-7)
    assert len(set(scores)) > 100

    drop(shell, "bike", *bike[3:])
    shell.run("leeway", "local", "advance", "5m")
    assert [version["ModelApprovalStatus"] for version in versions(shell, "bike")] == [
        "Approved",
        "PendingManualApproval",
    ]
    decide(shell, "bike", 2, "Approved")
    second = served_model_data(shell, "bike")
    assert second != first

    decide(shell, "bike", 2, "Rejected")
    assert served_model_data(shell, "bike") == first
    assert invoke(shell, "bike", rows, tmp_path / "out") == scores
    tells_the_story(shell.json("leeway", "explain", "bike", "--json"))


def tells_the_story(entries: list[dict[str, str]]) -> None:
    """Each step of the story is there, in order, with who acted and why."""
    assert all(entry["actor"] and entry["what"] and len(entry["why"]) > 10 for entry in entries)
    told = [(entry["actor"], entry["what"]) for entry in entries]
    wanted = [
        ("data_arrival", "DataAccepted"),
        ("retrainer", "TrainingStarted"),
        ("retrainer", "TrainingSucceeded"),
        ("model_approval", "VersionApproved"),
        ("rollout", "EndpointRequested"),
        ("rollout", "EndpointInService"),
        ("data_arrival", "DataAccepted"),
        ("retrainer", "TrainingStarted"),
        ("retrainer", "TrainingSucceeded"),
        ("model_approval", "VersionApproved"),
        ("rollout", "ChampionReplaced"),
        ("model_approval", "VersionRejected"),
        ("rollout", "RolledBack"),
    ]
    position = iter(told)
    missing = [step for step in wanted if step not in position]
    assert not missing, f"not told, or not in this order: {missing}\n{told}"
    assert told.count(("data_arrival", "DataAccepted")) == 6
