"""What an endpoint answers to the real `aws`, and what plain xgboost answers from the archive behind it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.local.real_clients import ROOT, Shell


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
    """The rows of a file with a header, without one, in the endpoint's order."""
    out = io.StringIO()
    with file.open(newline="", encoding="utf-8-sig") as text:
        csv.writer(out, lineterminator="\n").writerows([row[name] for name in columns] for row in csv.DictReader(text))
    return out.getvalue()


def invoke(shell: Shell, model: str, rows: Path, out: Path) -> list[Any]:
    """A number a row, or a list of them where the model knows several classes."""
    request = ["--endpoint-name", f"leeway-{model}", "--content-type", "text/csv", "--body", f"fileb://{rows}"]
    shell.aws("sagemaker-runtime", "invoke-endpoint", *request, str(out))
    lines = [[float(cell) for cell in line.split(",")] for line in out.read_text().splitlines()]
    return [line[0] if len(line) == 1 else line for line in lines]


def plain(shell: Shell, artefact: str, rows: Path, folder: Path) -> list[Any]:
    """The same from the archive at an S3 URI, by nothing of ours."""
    archive = folder / "model.tar.gz"
    shell.run("aws", "s3", "cp", "--quiet", artefact, str(archive))
    python, script = ROOT / ".venv-image/bin/python", Path(__file__).with_name("plain_xgboost.py")
    done = subprocess.run([python, script, archive, rows], check=True, capture_output=True, text=True)
    scores: list[Any] = json.loads(done.stdout)
    return scores
