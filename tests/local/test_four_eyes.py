"""Who made a version may not be the only one to approve it, where model.toml says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leeway import keys
from leeway.retraining import records as runs
from leeway.spec import Approval
from leeway_cli.exits import Exit
from localaws import LocalAWS
from tests.local.onboarding import onboard, spec, table
from tests.local.person import Person
from tests.local.registered import MINUTE, Registered
from tests.local.trainings import REGISTERS, SECOND, Trainings

pytestmark = pytest.mark.local
ASKS = replace(spec(), approval=Approval(four_eyes=True))


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    """Versions are registered by the user `client`."""
    registered = Registered(aws=aws)
    registered.begin()
    onboard(aws, ASKS)
    return registered


def approve(model: Registered, arn: str, by: str) -> None:
    model.aws.client("sagemaker", by).update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    model.aws.advance(2 * MINUTE)


def held(model: Registered) -> list[str]:
    return [entry.why for entry in model.journal("RolloutHeld")]


def test_with_four_eyes_who_registered_a_version_does_not_approve_it_alone(model: Registered) -> None:
    """approval.four_eyes"""
    arn = model.register("one")
    model.aws.settle()
    approve(model, arn, "client")
    [why] = held(model)
    assert why.startswith("version 1 is approved by nobody but client, who registered it, and model.toml asks for four")
    assert model.sagemaker.list_endpoints()["Endpoints"] == []
    approve(model, arn, "bob")
    assert model.answer() == "one"
    said = [entry.why for entry in model.journal("VersionApproved")]
    assert said == [f"version 1 was approved in the registry by {name}" for name in ("client", "bob")]


def test_what_another_person_approved_stands_whoever_edits_it_or_approves_it_too(model: Registered) -> None:
    arn = model.register("one")
    model.aws.client("sagemaker", "bob").update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    model.aws.advance(SECOND)
    model.edit(arn)
    approve(model, arn, "client")
    assert model.answer() == "one"
    assert held(model) == []


def test_what_serves_goes_on_and_comes_back_while_the_next_one_waits_for_another_person(model: Registered) -> None:
    approve(model, model.register("one"), "bob")
    second = model.register("two", champion="one")
    approve(model, second, "client")
    assert [why.startswith("version 2 is approved by nobody but client") for why in held(model)] == [True]
    model.sagemaker.delete_endpoint(EndpointName="leeway-churn")
    model.aws.advance(70 * MINUTE)
    assert model.answer() == "one"
    model.decide(second, "Rejected")
    approve(model, second, "client")
    assert model.answer() == "one", "what it had before it was rejected counts no more"


def test_an_edit_hides_nobody_who_approved(model: Registered) -> None:
    """The registry keeps the last change alone: nobody knows whose the approval before it was."""
    arn = model.register("one")
    model.aws.drop_events("aws.sagemaker")
    model.decide(arn)
    model.aws.client("sagemaker", "bob").update_model_package(ModelPackageArn=arn, ApprovalDescription="a note")
    model.aws.advance(12 * MINUTE)
    [why] = held(model)
    assert why.startswith("version 1 is approved, and nobody saw by whom")


def test_what_has_served_before_four_eyes_were_asked_for_goes_on(model: Registered) -> None:
    onboard(model.aws, spec())
    model.serve(model.register("one"))
    onboard(model.aws, ASKS)
    model.aws.advance(70 * MINUTE)
    assert (model.answer(), held(model)) == ("one", [])


def test_who_asked_for_a_training_is_told_to_let_somebody_else_approve(aws: LocalAWS, tmp_path: Path) -> None:
    trainings = Trainings(aws=aws)
    trainings.onboard(REGISTERS)
    onboard(aws, replace(ASKS, data=replace(ASKS.data, min_rows=10)))
    trainings.drop("one")
    aws.settle()
    ada, bob = (Person(aws=aws, folder=tmp_path, name=name) for name in ("ada", "bob"))
    ada.says("retrain", "churn", "--yes")
    aws.advance(10 * MINUTE)
    [run] = runs.history(table(aws), "churn")
    assert (run.asked_by, run.status) == (("arn:aws:iam::123456789012:user/ada",), "Succeeded")
    said = ada.type("approve", "churn", "1", "--yes", code=Exit.REFUSED).stderr
    assert "user/ada) asked for the training of version 1, and model.toml asks for four eyes" in " ".join(said.split())
    aws.client("sagemaker", "ada").update_model_package(ModelPackageArn=run.package, ModelApprovalStatus="Approved")
    aws.advance(2 * MINUTE)
    item = table(aws).get(keys.model_pk("churn"), keys.ROLLOUT) or {}
    assert item["waiting_code"] == "four-eyes"
    assert "approved by nobody but ada, who asked for the training of it" in item["waiting"]
    trainings.pause(paused=True)  # what is registered here cannot be deployed
    bob.says("approve", "churn", "1", "--yes")
    aws.advance(2 * MINUTE)
    item = table(aws).get(keys.model_pk("churn"), keys.ROLLOUT) or {}
    assert item["waiting_code"] == "halted"
