"""`prepare_instances`: several instances read the data, and the same model is registered, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, MINUTE, Person

pytestmark = [pytest.mark.local, pytest.mark.story]


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def keys(person: Person, prefix: str) -> dict[str, str]:
    """ETags of what lies below a prefix of the artifacts bucket, by what follows it."""
    listed = person.aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix)
    return {entry["Key"].removeprefix(prefix): entry["ETag"] for entry in listed.get("Contents", [])}


def jobs(person: Person, step: str) -> list[dict[str, Any]]:
    """The jobs of a step, the newest first."""
    sagemaker = person.aws.client("sagemaker")
    listed = sagemaker.list_processing_jobs(NameContains=f"-{step}-")["ProcessingJobSummaries"]
    return [sagemaker.describe_processing_job(ProcessingJobName=job["ProcessingJobName"]) for job in listed]


def test_two_instances_read_and_the_model_is_the_one_that_one_makes(person: Person) -> None:
    person.apply(CHURN)
    person.customers("one.csv", 1, count=800)
    person.customers("two.csv", 2)
    person.customers("three.csv", 3)
    person.trained()
    assert jobs(person, "Read") == []

    two_instances = "prepare_instances = 2"
    person.apply(CHURN.replace("[training]", f"[training]\n{two_instances}"))
    person.says("retrain", "churn", "--reason", "with two instances", "--yes")
    person.aws.advance(5 * MINUTE)
    (read,), prepare = jobs(person, "Read"), jobs(person, "Prepare")
    assert read["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 2
    assert len(prepare) == 2

    one, two = (person.json("lineage", "churn", str(version)) for version in (1, 2))
    assert two["artifact"]["sha256"] == one["artifact"]["sha256"]
    assert two["data"]["files"] == one["data"]["files"]
    runs = [found["artifact"]["uri"].split("/", 3)[3].partition("/train/")[0] for found in (one, two)]
    written = [{**keys(person, f"{run}/prepare/"), **keys(person, f"{run}/prepared/")} for run in runs]
    assert written[0] == written[1]
    assert {"prepare.json", "train/features.npy", "holdout/holdout.csv"} <= set(written[0])
    assert {"read.json", "0.json", "0.cells.parquet", "0.values.parquet", "1.json", "2.json"} <= set(
        keys(person, f"{runs[1]}/read/")
    )
    assert hosts(person, "Read") == ["algo-1", "algo-2"]
    for key in keys(person, f"{runs[1]}/read/"):  # what was read is not needed to make the version again
        person.aws.client("s3").delete_object(Bucket=ARTIFACTS, Key=f"{runs[1]}/read/{key}")
    found = person.json("reproduce", "churn", "2")
    assert (found["equal"], found["archive"]["here"]) == (True, one["artifact"]["sha256"])


def hosts(person: Person, step: str) -> list[str]:
    """The instances of which `leeway logs` shows what a step of the newest run printed."""
    (found,) = person.json("logs", "churn", "--step", step)["steps"]
    return [stream["name"].rpartition("/")[2].rpartition("-")[0] for stream in found["streams"]]
