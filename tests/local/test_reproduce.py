"""`leeway reproduce`: three models come out byte for byte as they did; what was changed since is found out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, ROOT, Person

pytestmark = [pytest.mark.local, pytest.mark.story]
SPECS = ROOT / "tests/training/specs"


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def artefact(person: Person, model: str) -> dict[str, Any]:
    found: dict[str, Any] = person.json("lineage", model, "1")["artifact"]
    return found


@pytest.mark.proof
def test_three_models_are_reproduced_byte_for_byte(person: Person, shared: Path) -> None:
    person.apply(CHURN)
    person.customers("one.csv", 1, count=800)
    person.customers("two.csv", 2)
    for model, files in (
        ("bike", [shared / f"data/bike/2011-0{month}.csv" for month in (1, 2, 3)]),
        ("telco", [shared / "data/telco_churn.csv"]),
    ):
        person.apply((SPECS / f"{model}.toml").read_text())
        for file in files:
            person.drop(model, file.name, file.read_bytes())
    person.trained()
    before = person.mutating()

    for model in ("churn", "bike", "telco"):
        recorded = artefact(person, model)
        found = person.json("reproduce", model, "1")
        assert found["equal"]
        assert {file["name"]: file["here"] for file in found["files"]} == recorded["files"]
        assert found["archive"]["here"] == recorded["sha256"]
        assert found["archive"]["kept"]
    assert person.mutating() == before


def test_what_was_changed_since_is_found_out(person: Person, tmp_path: Path) -> None:
    person.apply(CHURN)
    person.customers("one.csv", 1, count=800)
    person.customers("two.csv", 2)
    person.trained()
    told = person.says("reproduce", "churn", "1", "--in", str(tmp_path / "again"))
    assert told.count("\n") == 1
    assert artefact(person, "churn")["sha256"] in told
    assert (tmp_path / "again/train/model/xgboost-model").is_file()
    assert (
        "is not an empty folder"
        in person.type("reproduce", "churn", "1", "--in", str(tmp_path / "again"), code=2).stderr
    )
    assert (
        "has no xgboost"
        in person.type("reproduce", "churn", "1", "--python", shutil.which("python3") or "", code=2).stderr
    )

    s3 = person.aws.client("s3")
    file = person.json("lineage", "churn", "1")["data"]["files"][0]
    body = s3.get_object(Bucket=ARTIFACTS, Key=file["key"])["Body"].read()
    s3.put_object(Bucket=ARTIFACTS, Key=file["key"], Body=b"\n".join(body.split(b"\n")[:-40]) + b"\n")
    found = person.json("reproduce", "churn", "1", code=1)
    differing = {pair["name"] for pair in found["inputs"] if not pair["same"]}
    assert {"train/features.npy", "train/labels.npy"} <= differing
    assert not [name for name in differing if name.startswith("hyperparameter")]
    assert "xgboost-model" in person.says("reproduce", "churn", "1", code=1)

    s3.put_object(Bucket=ARTIFACTS, Key=file["key"], Body=body)
    s3.put_object(Bucket=ARTIFACTS, Key=artefact(person, "churn")["uri"].split("/", 3)[3], Body=b"another")
    assert "is not the one that was evaluated" in person.says("reproduce", "churn", "1", code=1)
    s3.delete_object(Bucket=ARTIFACTS, Key=file["key"])
    assert "NoSuchKey" in person.type("reproduce", "churn", "1", code=3).stderr
