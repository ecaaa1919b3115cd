"""From approval to endpoint, replacement and rollback, through the real template on the embedded AWS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leeway import keys
from localaws import LocalAWS, Mode
from tests.cases import of_the_stories
from tests.local.onboarding import table
from tests.local.registered import MINUTE, NAME, Registered

pytestmark = pytest.mark.local


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    registered = Registered(aws=aws)
    registered.begin()
    return registered


def test_the_first_approval_creates_the_endpoint_with_all_traffic_captured(model: Registered) -> None:
    model.serve(model.register("one"))

    assert model.endpoint()["EndpointStatus"] == "InService"
    assert model.endpoint()["DataCaptureConfig"]["CurrentSamplingPercentage"] == 100
    assert model.answer() == "one"
    assert [entry.what for entry in model.journal()] == ["VersionApproved", "EndpointRequested", "EndpointInService"]


def test_nothing_is_deployed_before_it_is_approved(model: Registered) -> None:
    model.register("one")
    model.aws.advance(10 * MINUTE)

    assert model.calls("CreateModel") == 0
    assert not model.journal()


def test_a_second_version_takes_over_and_a_rejection_goes_back(model: Registered) -> None:
    one = model.register("one")
    model.serve(one)
    two = model.register("two", champion="one")
    model.serve(two)
    assert model.answer() == "two"

    model.decide(two, "Rejected")
    model.aws.advance(2 * MINUTE)

    assert model.answer() == "one"
    assert [entry.what for entry in model.journal()][3:] == [
        "VersionApproved",
        "UpdateRequested",
        "ChampionReplaced",
        "VersionRejected",
        "RollbackRequested",
        "RolledBack",
    ]
    assert all(entry.why.startswith("version ") for entry in model.journal())


def test_a_version_rejected_while_it_is_brought_up_has_served_and_goes_back(model: Registered) -> None:
    model.serve(model.register("one"))
    two = model.register("two", champion="one")
    model.decide(two)
    model.aws.settle()
    assert model.endpoint()["EndpointStatus"] == "Updating"
    model.aws.client("ssm").put_parameter(Name="/leeway/kill-switch", Value="on", Overwrite=True)
    model.decide(two, "Rejected")
    model.aws.advance(5 * MINUTE)

    assert model.answer() == "one"
    last = {entry.what for entry in model.journal()[-4:]}
    assert last == {"VersionRejected", "ChampionReplaced", "RollbackRequested", "RolledBack"}


def test_slots_say_which_version_served_from_when_to_when(model: Registered) -> None:
    model.serve(model.register("one"))
    model.serve(model.register("two", champion="one"))

    slots = table(model.aws).query(keys.model_pk("churn"), keys.SLOT)
    by_version = {slot["version"]: slot for slot in slots}
    assert by_version[1]["to"] == by_version[2]["from"]
    assert "to" not in by_version[2]


def test_rejecting_the_only_version_keeps_it_and_says_what_to_do(model: Registered) -> None:
    one = model.register("one")
    model.serve(one)

    model.decide(one, "Rejected")
    model.aws.advance(2 * MINUTE)

    assert model.answer() == "one"
    assert "approve a version, or delete the endpoint" in model.journal("RolloutHeld")[-1].why


def test_a_metadata_edit_of_an_old_approved_version_changes_nothing(model: Registered) -> None:
    one = model.register("one")
    model.serve(one)
    model.serve(model.register("two", champion="one"))

    model.edit(one)
    model.aws.advance(10 * MINUTE)

    assert model.answer() == "two"
    assert model.calls("UpdateEndpoint") == 1


def test_approving_an_old_version_again_brings_it_back(model: Registered) -> None:
    one = model.register("one")
    model.serve(one)
    model.serve(model.register("two", champion="one"))

    model.serve(one)

    assert model.answer() == "one"


def test_an_approval_whose_event_is_lost_is_found_by_the_scan(model: Registered) -> None:
    model.aws.drop_events("aws.sagemaker")
    model.decide(model.register("one"))
    model.aws.advance(15 * MINUTE)

    assert model.answer() == "one"
    assert "nobody saw" in model.journal("VersionApproved")[0].why


def test_two_approvals_that_nobody_saw_hold_until_one_is_approved_again(model: Registered) -> None:
    model.serve(model.register("one"))
    model.aws.drop_events("aws.sagemaker")
    two, three = model.register("two", champion="one"), model.register("three", champion="one")
    model.decide(two)
    model.decide(three)
    model.aws.advance(15 * MINUTE)
    assert model.answer() == "one"
    assert "versions 2 and 3 were approved" in model.journal("RolloutHeld")[-1].why

    model.aws.bus.hooks.clear()
    model.serve(two)

    assert model.answer() == "two"


def test_another_champion_than_the_gate_compared_with_holds_and_asks_for_a_training(model: Registered) -> None:
    model.serve(model.register("one"))
    two, three = model.register("two", champion="one"), model.register("three", champion="one")
    model.serve(three)
    model.serve(two)

    assert model.answer() == "three"
    assert "not compared with version 3" in model.journal("RolloutHeld")[-1].why
    assert table(model.aws).query(keys.model_pk("churn"), keys.REQUEST) == []
    assert len(model.journal("TrainingSkipped")) == 1


def test_a_training_that_was_asked_for_is_looked_at_though_who_asked_died_before_it_said_so(model: Registered) -> None:
    model.serve(model.register("one"))
    strikes = {"caller": "leeway-rollout", "operation": "TransactWriteItems", "times": 1}
    model.aws.faults.add(action=Mode.CRASH_AFTER, **strikes)
    model.serve(model.register("two"))

    [skipped] = model.journal("TrainingSkipped")
    assert "not compared with version 1" in skipped.why
    assert table(model.aws).query(keys.model_pk("churn"), keys.REQUEST) == []


def test_a_version_that_does_not_load_is_taken_back_and_not_tried_again(model: Registered) -> None:
    model.serve(model.register("one"))
    model.decide(model.register("broken", champion="one"))
    model.aws.advance(timedelta(hours=3))

    assert model.answer() == "one"
    assert model.calls("UpdateEndpoint") == 1
    assert "does not load" in model.journal("RolloutHeld")[-1].why


def test_a_first_version_that_does_not_load_is_said(model: Registered) -> None:
    model.serve(model.register("broken"))

    assert model.endpoint()["EndpointStatus"] == "Failed"
    assert "does not load" in model.journal("RolloutHeld")[-1].why


@pytest.mark.parametrize("mode", [Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_AFTER])
def test_an_update_whose_answer_is_lost_is_made_once(model: Registered, mode: Mode) -> None:
    model.serve(model.register("one"))
    fault = model.aws.faults.add(action=mode, caller="leeway-rollout", operation="UpdateEndpoint", times=3)
    model.serve(model.register("two", champion="one"))
    model.aws.advance(10 * MINUTE)

    assert fault.hits >= 1
    assert model.answer() == "two"
    assert len(model.journal("UpdateRequested")) == 1


@pytest.mark.parametrize("service", ["sqs", *of_the_stories("sagemaker", "s3", "ssm", "dynamodb", "events")])
def test_throttling_for_ten_minutes_delays_and_loses_nothing(model: Registered, service: str) -> None:
    arn = model.register("one")
    until = model.aws.now() + 10 * MINUTE
    faults = [
        model.aws.faults.add(action=Mode.THROTTLE, caller=caller, service=service, end=until)
        for caller in ("leeway-rollout", "leeway-model-approval")
    ]
    model.decide(arn)
    model.aws.advance(40 * MINUTE)

    assert model.answer() == "one"
    assert model.dead() == 0
    assert sum(fault.hits for fault in faults) > 0 or service in {"s3", "ssm"}


def test_every_event_twice_is_one_of_everything(model: Registered) -> None:
    model.aws.duplicate_events()
    model.serve(model.register("one"))
    model.serve(model.register("two", champion="one"))

    assert model.answer() == "two"
    assert (model.calls("CreateEndpoint"), model.calls("UpdateEndpoint")) == (1, 1)
    assert [entry.what for entry in model.journal()].count("ChampionReplaced") == 1


def test_an_endpoint_deleted_by_hand_is_made_again(model: Registered) -> None:
    model.serve(model.register("one"))
    model.sagemaker.delete_endpoint(EndpointName=NAME)
    model.aws.advance(timedelta(hours=2))

    assert model.answer() == "one"


def test_the_kill_switch_holds_a_rollout_and_not_a_rollback(model: Registered) -> None:
    one = model.register("one")
    model.serve(one)
    two = model.register("two", champion="one")
    model.serve(two)
    three = model.register("three", champion="two")
    model.aws.client("ssm").put_parameter(Name="/leeway/kill-switch", Value="on", Overwrite=True)

    model.serve(three)
    assert model.answer() == "two"
    assert "kill switch is on" in model.journal("RolloutHeld")[-1].why

    model.decide(two, "Rejected")
    model.aws.advance(2 * MINUTE)
    assert model.answer() == "one"


def test_an_approval_forged_in_an_event_is_asked_of_the_registry(model: Registered) -> None:
    arn = model.register("one")
    model.aws.world.emit(
        {
            "source": "aws.sagemaker",
            "detail-type": "SageMaker Model Package State Change",
            "resources": [arn],
            "detail": {
                "ModelPackageGroupName": NAME,
                "ModelPackageArn": arn,
                "ModelApprovalStatus": "Approved",
                "LastModifiedTime": int(model.aws.now().timestamp() * 1000),
                "UpdatedModelPackageFields": ["ModelApprovalStatus"],
            },
        }
    )
    model.aws.advance(2 * MINUTE)

    assert model.calls("CreateModel") == 0
    assert not model.journal("VersionApproved")
