"""A model trained on spot instances that are taken away twice: the bytes of an undisturbed one, and what was billed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, Person

pytestmark = [pytest.mark.local, pytest.mark.story]
SPOT = CHURN.replace("[training]\n", "[training]\nspot = true\n")
LONG = "num_round = 1500"  # long enough to be interrupted within a segment


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def test_interrupted_twice_the_model_is_that_of_an_undisturbed_training(person: Person) -> None:
    aws = person.aws
    text = SPOT.replace("num_round = 60", LONG).replace("eta = 0.15", "eta = 0.005").replace("min = 0.70", "min = 0.5")
    assert LONG in text
    train = "pipelines-*-Train-*"
    struck = [aws.faults.jobs.interrupt(train, files=number) for number in (1, 2)]
    person.apply(text)
    person.customers("one.csv", 1, count=800)
    person.trained()
    assert all(one.struck for one in struck)

    (run,) = person.json("runs", "churn")["runs"]
    found = person.json("runs", "churn", run["id"])["runs"][0]
    assert found["status"] == "Succeeded", found["why"]
    assert found["training"]["spot"]
    assert 0 < found["training"]["billable_seconds"] < found["training"]["seconds"]
    assert f"{found['training']['billable_seconds']} s billed of" in person.says("runs", "churn", run["id"])

    client = aws.client("sagemaker")
    (summary,) = client.list_training_jobs()["TrainingJobSummaries"]
    job = client.describe_training_job(TrainingJobName=summary["TrainingJobName"])
    assert [phase["Status"] for phase in job["SecondaryStatusTransitions"]].count("Interrupted") == 2
    kept = aws.client("s3").list_objects_v2(Bucket=ARTIFACTS, Prefix=f"{found['folder']}/checkpoints/")["Contents"]
    assert {entry["Key"].rpartition(".")[2] for entry in kept} == {"checkpoint"}

    again = person.json("reproduce", "churn", "1")  # nothing comes between it at home
    assert again["equal"]
    assert again["archive"]["same"]


def test_without_spot_all_seconds_are_billed(person: Person) -> None:
    person.apply(CHURN)
    person.customers("one.csv", 1, count=800)
    person.aws.advance(timedelta(minutes=5))
    (run,) = person.json("runs", "churn")["runs"]
    assert run["training"] is None
    spent = person.json("runs", "churn", run["id"])["runs"][0]["training"]
    assert spent["billable_seconds"] == spent["seconds"] > 0
    assert (spent["jobs"], spent["spot"]) == (1, False)
