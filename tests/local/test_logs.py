"""`leeway logs`: the steps of a real training, of one that fails, and of one that never came to SageMaker."""

from __future__ import annotations

from pathlib import Path

import pytest

from localaws import LocalAWS
from tests.local.person import CHURN, Person

pytestmark = [pytest.mark.local, pytest.mark.story]


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def test_what_the_steps_of_a_training_printed_is_shown(person: Person) -> None:
    person.apply(CHURN)
    assert "nothing is logged: leeway status churn" in person.type("logs", "churn", code=3).stderr
    person.customers("one.csv", 1, count=800)
    person.trained()
    before = person.mutating()

    found = person.json("logs", "churn")
    assert [step["name"] for step in found["steps"]] == ["Prepare", "Train", "Evaluate"]
    prepare, train, _ = found["steps"]
    assert prepare["group"] == "/aws/sagemaker/ProcessingJobs"
    assert prepare["streams"][0]["name"].startswith(prepare["job"] + "/algo-1-")
    assert any(line["message"].startswith("ready: 1") for line in prepare["streams"][0]["lines"])
    assert train["group"] == "/aws/sagemaker/TrainingJobs"

    (only,) = person.json("logs", "churn", found["run"][:6], "--step", "train", "--last", "2")["steps"]
    assert [line["message"][:5] for line in only["streams"][0]["lines"]] == ["[58]#", "[59]#"]
    told = person.says("logs", "churn", found["run"][:6], "--step", "Train")
    assert "Train succeeded\n  /aws/sagemaker/TrainingJobs: " in told
    assert "there is: Prepare, Train, Evaluate" in person.type("logs", "churn", "--step", "Tune", code=3).stderr
    assert person.mutating() == before


def test_a_training_that_fails_is_read_to_its_last_line(person: Person) -> None:
    person.apply(CHURN)
    bucket = f"leeway-artifacts-{person.aws.account}-{person.aws.region}"
    s3 = person.aws.client("s3")
    (archive,) = (
        found["Key"]
        for found in s3.list_objects_v2(Bucket=bucket, Prefix="code/")["Contents"]
        if found["Key"].endswith(".pyz")
    )
    s3.put_object(Bucket=bucket, Key=archive, Body=b"print('no archive at all')\nraise SystemExit('broken on purpose')")
    person.customers("one.csv", 1, count=800)
    person.trained()

    told = person.says("logs", "churn")
    assert "AlgorithmError: exit code 1" in told
    assert "broken on purpose" in told.splitlines()[-1]
