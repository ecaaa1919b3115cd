"""`leeway remove`: what goes, what stays, what happens to news of a model that is gone, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leeway import keys
from leeway.aws.table import Put
from leeway.retraining.run import BROKEN
from localaws import LocalAWS
from localaws.faults import Mode
from tests.cases import of_the_stories
from tests.local import onboarding
from tests.local.person import Person
from tests.local.registered import MINUTE, NAME, Registered
from tests.local.trainings import BREAKS, HOUR, Trainings, trainings

pytestmark = [pytest.mark.local, pytest.mark.story]


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    registered = Registered(aws=aws)
    registered.begin()
    return registered


@pytest.fixture
def person(model: Registered, tmp_path: Path) -> Person:
    return Person(aws=model.aws, folder=tmp_path)


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Trainings]:
    with trainings(tmp_path / "aws") as found:
        yield found


def served_twice(model: Registered) -> tuple[str, str]:
    """Two versions that served, the second of them now; a pipeline beside them, and one of another model."""
    one, two = model.register("one"), model.register("two", champion="one")
    model.serve(one)
    model.serve(two)
    sagemaker = model.sagemaker
    for name in (NAME, f"{NAME}-v1"):
        sagemaker.create_pipeline(
            PipelineName=name,
            PipelineDefinition=json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": BREAKS}),
            ClientRequestToken="t" * 32,
            RoleArn=f"arn:aws:iam::{model.aws.account}:role/leeway-pipeline",
        )
    return one, two


def left(model: Registered) -> dict[str, list[str]]:
    """Names of what SageMaker has."""
    sagemaker = model.sagemaker
    return {
        "endpoints": [found["EndpointName"] for found in sagemaker.list_endpoints()["Endpoints"]],
        "configs": [found["EndpointConfigName"] for found in sagemaker.list_endpoint_configs()["EndpointConfigs"]],
        "models": [found["ModelName"] for found in sagemaker.list_models()["Models"]],
        "pipelines": [found["PipelineName"] for found in sagemaker.list_pipelines()["PipelineSummaries"]],
    }


def failures(aws: LocalAWS) -> list[str]:
    """Functions that raised."""
    return [name for name in aws.lambda_.functions if "[ERROR]" in aws.logs(name)]


def test_what_goes_is_shown_goes_and_is_told(model: Registered, person: Person) -> None:
    served_twice(model)
    before, there = person.mutating(), left(model)
    shown = person.says("remove", "churn", "--dry-run")
    assert person.mutating() == before
    for name in (NAME, *there["configs"], *there["models"]):
        assert f" {name}" in shown
    assert f"pipeline {NAME}-v1" not in shown
    assert "versions: 2 in the registry" in shown

    found = person.json("remove", "churn", "--yes", "--reason", "the product is gone")
    model.aws.advance(2 * MINUTE)
    assert found["removed"]
    assert left(model) == {"endpoints": [], "configs": [], "models": [], "pipelines": [f"{NAME}-v1"]}
    told = person.says("explain", "churn")
    assert "the product is gone; data, versions, runs and this journal stay" in " ".join(told.split())
    assert "Resources deleted: endpoint leeway-churn" in told
    assert person.json("status")["models"] == []
    assert person.type("status", "churn", code=3).stderr
    assert person.json("remove", "churn") == {**found, "goes": [], "removed": False, "stays": found["stays"]}
    assert "nothing of churn is left to remove" in person.says("remove", "churn")
    table = onboarding.table(model.aws)
    assert [item["sk"] for item in table.query(keys.model_pk("churn"), keys.SLOT) if "to" not in item] == []


def test_news_of_a_model_that_is_gone_fails_nowhere(model: Registered, person: Person) -> None:
    one, _ = served_twice(model)
    person.says("remove", "churn", "--yes")
    aws = model.aws
    person.drop("churn", "late.csv", onboarding.HEADER + onboarding.rows(20))
    model.edit(one)
    model.decide(one, "Rejected")
    model.register("three")
    sqs = aws.client("sqs")
    for machine in keys.MACHINES:
        url = sqs.get_queue_url(QueueName=f"leeway-{machine}.fifo")["QueueUrl"]
        body = '{"model": "churn"}'
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="churn", MessageDeduplicationId="late")
    aws.advance(2 * HOUR)

    assert failures(aws) == []
    assert model.dead() == 0
    assert left(model)["endpoints"] == []
    (late,) = [file for file in person.json("data", "churn")["files"] if file["file"].endswith("late.csv")]
    assert late["state"] == "quarantined"
    assert "leeway apply" in late["reason"] or "no model" in late["reason"]


def test_an_endpoint_can_be_kept(model: Registered, person: Person) -> None:
    served_twice(model)
    there = left(model)
    found = person.json("remove", "churn", "--yes", "--keep-endpoint")
    model.aws.advance(HOUR)
    assert [thing["what"] for thing in found["goes"]] == ["model", "pipeline"]
    assert left(model) == {**there, "pipelines": [f"{NAME}-v1"]}
    assert model.answer() == "two"
    assert failures(model.aws) == []


@pytest.mark.parametrize("kept", [True, False], ids=["endpoint kept", "endpoint deleted"])
def test_applying_it_again_takes_up_what_stayed(model: Registered, person: Person, kept: bool) -> None:
    served_twice(model)
    person.says("remove", "churn", "--yes", *(["--keep-endpoint"] if kept else []))
    model.aws.advance(HOUR)
    onboarding.onboard(model.aws, onboarding.spec())
    onboarding.table(model.aws).put(Put(item={"pk": keys.MODELS, "sk": "churn"}))
    Trainings(aws=model.aws).wake(machine=keys.ROLLOUT)
    model.aws.advance(5 * MINUTE)
    assert model.answer() == "two"
    assert person.json("status", "churn")["models"][0]["serving"] == 2
    assert failures(model.aws) == []


def test_while_a_training_runs_only_force_removes(training: Trainings, tmp_path: Path) -> None:
    person = Person(aws=training.aws, folder=tmp_path)
    training.onboard(BREAKS)
    training.request()
    training.drop("one")
    training.aws.advance(2 * MINUTE)
    (run,) = training.runs()
    assert "is under way" in person.type("remove", "churn", "--yes", code=3).stderr
    assert person.json("status", "churn")["models"][0]["paused"] is False

    person.says("remove", "churn", "--yes", "--force")
    training.aws.advance(HOUR)
    (run,) = training.runs()
    assert (run.status, run.why) == (BROKEN, "stopped, for the model was removed")
    assert failures(training.aws) == []
    assert training.dead() == 0
    assert "stopped, for the model was removed" in person.says("runs", "churn")
    assert training.table.get(keys.model_pk("churn"), keys.SPEC) is None


@pytest.mark.parametrize("operation", ["DeleteEndpoint", *of_the_stories("DeleteModel", "DeletePipeline")])
def test_what_cannot_go_yet_goes_the_next_time(model: Registered, person: Person, operation: str) -> None:
    served_twice(model)
    model.aws.faults.add(caller="person", operation=operation, action=Mode.SERVER_ERROR_BEFORE)
    said = person.type("remove", "churn", "--yes", code=4).stderr
    assert "Say the same again in a while" in said
    assert person.json("status")["models"] == []
    model.aws.advance(HOUR)
    model.aws.faults.clear()
    person.says("remove", "churn", "--yes")
    model.aws.advance(2 * MINUTE)
    assert left(model) == {"endpoints": [], "configs": [], "models": [], "pipelines": [f"{NAME}-v1"]}
    assert failures(model.aws) == []


def test_a_model_that_never_was_is_not_removed(person: Person) -> None:
    assert "there is no model chrun" in person.type("remove", "chrun", "--yes", code=3).stderr
