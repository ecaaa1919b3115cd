"""The whole loop with real data and nothing but the programs that a user types: `aws` and `leeway`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.real_clients import ROOT, SHARED, Shell, embedded_aws

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


def served_model_data(shell: Shell, model: str) -> str:
    """S3 URI of the archive behind the endpoint, by describing one thing after the other."""
    endpoint = shell.aws("sagemaker", "describe-endpoint", "--endpoint-name", f"leeway-{model}")
    assert endpoint["EndpointStatus"] == "InService"
    config = shell.aws(
        "sagemaker", "describe-endpoint-config", "--endpoint-config-name", endpoint["EndpointConfigName"]
    )
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 100
    name = config["ProductionVariants"][0]["ModelName"]
    container = shell.aws("sagemaker", "describe-model", "--model-name", name)["Containers"][0]
    package = shell.aws("sagemaker", "describe-model-package", "--model-package-name", container["ModelPackageName"])
    return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def rows_of(file: Path, columns: list[str]) -> str:
    out = io.StringIO()
    with file.open(newline="") as text:
        csv.writer(out, lineterminator="\n").writerows([row[name] for name in columns] for row in csv.DictReader(text))
    return out.getvalue()


def invoke(shell: Shell, model: str, rows: Path, out: Path) -> list[float]:
    request = ["--endpoint-name", f"leeway-{model}", "--content-type", "text/csv", "--body", f"fileb://{rows}"]
    shell.aws("sagemaker-runtime", "invoke-endpoint", *request, str(out))
    return [float(line) for line in out.read_text().split()]


def plain_scores(shell: Shell, archive_uri: str, rows: Path, tmp_path: Path) -> list[float]:
    archive = tmp_path / "model.tar.gz"
    shell.run("aws", "s3", "cp", "--quiet", archive_uri, str(archive))
    python = ROOT / ".venv-image/bin/python"
    script = Path(__file__).with_name("plain_xgboost.py")
    done = subprocess.run([python, script, archive, rows], check=True, capture_output=True, text=True)
    scores: list[float] = json.loads(done.stdout)
    return scores


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
    assert scores == pytest.approx(plain_scores(shell, first, rows, tmp_path), abs=1e-7)
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


def test_telco_is_onboarded_by_its_model_toml_alone(shell: Shell, tmp_path: Path) -> None:
    apply(shell, tmp_path, "telco.toml")

    drop(shell, "telco", SHARED / "data/telco_churn.csv")
    shell.run("leeway", "local", "advance", "5m")
    assert len(versions(shell, "telco")) == 1
    decide(shell, "telco", 1, "Approved")

    served_model_data(shell, "telco")
    header, *lines = (SHARED / "data/telco_churn.csv").read_text(encoding="utf-8-sig").splitlines()
    blank = next(line for line in lines if ", ," in line)  # TotalCharges of a customer in the first month
    row = dict(zip(header.split(","), blank.split(","), strict=True))
    scores = shell.json("leeway", "invoke", "telco", "--json-row", json.dumps(row), "--json")["scores"]
    assert len(scores) == 1
    assert 0 < scores[0] < 1
    shell.run("leeway", "invoke", "telco", "--json-row", json.dumps(row | {"tenure": "soon"}), refused=True)
