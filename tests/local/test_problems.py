"""A multiclass model and a regression from a drop to served scores, by nothing but `aws` and `leeway`."""

from __future__ import annotations

import csv
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.real_clients import SHARED, Shell, embedded_aws
from tests.local.served import invoke, plain, rows_of, served_model_data
from tests.training import small

pytestmark = [pytest.mark.local, pytest.mark.story]
INBOX = "s3://leeway-inbox-123456789012-us-east-1/inbox"
ARTIFACTS = "s3://leeway-artifacts-123456789012-us-east-1"
MULTICLASS = """
[model]
name = "levels"
problem = "multiclass"
[data]
id = "id"
event_time = "at"
label = "y"
quiet_period = "1m"
[data.columns]
flag = "bool"
kind = { type = "category", values = ["a", "b", "c"] }
n = { type = "int", min = 0 }
place = "category"
x = { type = "float", nullable = true }
[training]
balance = true
[training.hyperparameters]
num_round = 20
[gate]
metric = "f1_macro"
min = 0.7
slices = ["kind"]
slice_min = 0.4
"""
REGRESSION = """
[model]
name = "demand"
problem = "regression"
[data]
id = "record_id"
event_time = "event_time"
label = "registered"
quiet_period = "1m"
window = "730d"
[data.columns]
season = { type = "category", values = ["1", "2", "3", "4"] }
hour = { type = "int", min = 0, max = 23 }
workingday = "bool"
temp = { type = "float", min = 0, max = 1 }
hum = { type = "float", min = 0, max = 1 }
[training.hyperparameters]
num_round = 60
[gate]
metric = "r2"
min = 0.5
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with embedded_aws(tmp_path) as shell:
        yield shell


def trained(shell: Shell, tmp_path: Path, spec: str, name: str, body: bytes) -> dict[str, Any]:
    """Apply, drop, train, approve, serve; the gate's document."""
    (tmp_path / "model.toml").write_text(spec)
    shell.run("leeway", "apply", str(tmp_path), "--yes")
    drop = tmp_path / "drop.csv"
    drop.write_bytes(body)
    shell.run("aws", "s3", "cp", "--quiet", str(drop), f"{INBOX}/{name}/")
    shell.run("leeway", "local", "advance", "5m")
    found = shell.aws("sagemaker", "list-model-packages", "--model-package-group-name", f"leeway-{name}")
    (version,) = found["ModelPackageSummaryList"]
    arn = version["ModelPackageArn"]
    shell.aws("sagemaker", "update-model-package", "--model-package-arn", arn, "--model-approval-status", "Approved")
    shell.run("leeway", "local", "advance", "2m")
    package = shell.aws("sagemaker", "describe-model-package", "--model-package-name", arn)
    quality = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    gate: dict[str, Any] = json.loads(
        shell.run("aws", "s3", "cp", quality.replace("evaluation.json", "gate.json"), "-")
    )
    return gate


def test_a_multiclass_model_from_a_drop_to_its_classes(shell: Shell, tmp_path: Path) -> None:
    rows = small.classed(small.records(800))
    gate = trained(shell, tmp_path, MULTICLASS, "levels", small.as_csv(rows))
    assert (gate["metric"], gate["outcome"]) == ("f1_macro", "passed")
    assert {group["column"] for group in gate["slices"]} == {"kind"}

    fresh = small.classed(small.records(60, seed=2))
    file = tmp_path / "fresh.csv"
    file.write_bytes(small.as_csv(fresh))
    answer = shell.json("leeway", "invoke", "levels", "--file", str(file), "--json")
    right = sum(label == row["y"] for label, row in zip(answer["labels"], fresh, strict=True))
    assert right > 45
    for score, label, shares in zip(answer["scores"], answer["labels"], answer["probabilities"], strict=True):
        assert list(shares) == ["Köln, mid", "high", "low"]
        assert score == shares[label] == max(shares.values())
    lines = shell.run("leeway", "invoke", "levels", "--file", str(file)).splitlines()
    assert lines[0] == f"{answer['labels'][0]} {json.dumps(answer['scores'][0])}"

    request, out = tmp_path / "request", tmp_path / "out"
    request.write_text(json.dumps({name: fresh[0][name] for name in ("flag", "kind", "n", "place", "x")}))
    asked = ["--content-type", "application/json", "--accept", "text/csv", "--body", f"fileb://{request}"]
    shell.aws("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "leeway-levels", *asked, str(out))
    assert [float(cell) for cell in out.read_text().split(",")] == list(answer["probabilities"][0].values())

    rows = tmp_path / "rows.csv"
    rows.write_text(rows_of(file, ["flag", "kind", "n", "place", "x"]))
    served = invoke(shell, "levels", rows, out)
    assert served == [list(shares.values()) for shares in answer["probabilities"]]
    assert list(flat(served)) == pytest.approx(
        list(flat(plain(shell, served_model_data(shell, "levels"), rows, tmp_path))), abs=1e-7
    )


def flat(shares: list[list[float]]) -> Iterator[float]:
    for row in shares:
        yield from row


def registered(row: dict[str, str], chance: random.Random) -> float:
    """Rentals in an hour, by what the data set holds: warmth, rain in the air, the way to work."""
    hour, temp, hum = int(row["hour"]), float(row["temp"]), float(row["hum"])
    peak = math.exp(-((hour - 8) ** 2) / 4) + math.exp(-((hour - 17) ** 2) / 6)
    return round(20 + 180 * temp - 60 * hum + 150 * peak * (row["workingday"] == "1") + chance.gauss(0, 10), 1)


def rentals(month: str) -> list[dict[str, Any]]:
    chance = random.Random(month)
    with (SHARED / f"data/bike/{month}.csv").open(newline="") as lines:
        return [row | {"registered": registered(row, chance)} for row in csv.DictReader(lines)]


def test_a_regression_from_a_drop_to_its_numbers(shell: Shell, tmp_path: Path) -> None:
    rows = [row for month in ("2011-01", "2011-02", "2011-03") for row in rentals(month)]
    gate = trained(shell, tmp_path, REGRESSION, "demand", small.as_csv(rows))
    assert (gate["metric"], gate["outcome"]) == ("r2", "passed")
    assert gate["value"] > 0.7

    fresh = rentals("2011-04")[:200]
    file = tmp_path / "fresh.csv"
    file.write_bytes(small.as_csv(fresh))
    scores = shell.json("leeway", "invoke", "demand", "--file", str(file), "--json")["scores"]
    errors = [abs(score - row["registered"]) for score, row in zip(scores, fresh, strict=True)]
    assert sum(errors) / len(errors) < 30
    assert max(scores) > 150

    request = tmp_path / "request.csv"
    request.write_text(rows_of(file, ["hour", "hum", "season", "temp", "workingday"]))
    assert invoke(shell, "demand", request, tmp_path / "out") == scores
    assert scores == pytest.approx(plain(shell, served_model_data(shell, "demand"), request, tmp_path), rel=1e-6)
