"""Versions that are approved without a person, and those that are left to one, through the real template."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from leeway import keys
from localaws import Mode
from tests.cases import of_the_stories
from tests.local.judged import Judged
from tests.local.trainings import HOUR, MINUTE, trainings

pytestmark = pytest.mark.local


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Judged]:
    with trainings(tmp_path) as story:
        judged = Judged(aws=story.aws)
        judged.begin()
        yield judged


def test_what_is_better_is_approved_and_serves_without_a_person(model: Judged) -> None:
    model.train("one")
    model.end()
    assert model.answer() == "one"
    model.train("two")
    model.end()

    assert model.answer() == "two"
    assert model.said("AutoApproved") == [
        "version 1 approved: mode auto, auc 0.81 ≥ 0.7, nothing serves yet",
        "version 2 approved: mode auto, auc 0.81 ≥ 0.7, beat version 1 (0.79)",
    ]
    assert "mode auto" in model.said("VersionApproved")[-1]
    assert model.approvals() == 2


def test_with_every_event_lost_the_tick_brings_it_to_serve(model: Judged) -> None:
    model.aws.drop_events("aws.sagemaker")
    model.train("one")
    model.aws.advance(20 * MINUTE)

    assert model.answer() == "one"
    assert model.approvals() == 1


def test_with_every_event_twice_it_is_approved_once(model: Judged) -> None:
    model.aws.duplicate_events()
    model.train("one")
    model.end()
    for _ in range(3):
        model.wake(machine=keys.APPROVER)
        model.aws.advance(MINUTE)

    assert model.approvals() == 1
    assert len(model.said("AutoApproved")) == 1


def test_where_people_approve_it_waits_for_them(model: Judged) -> None:
    model.specify("manual")
    model.train("one")
    model.end()

    assert model.status(1) == "PendingManualApproval"
    model.specify("auto")
    model.wake(machine=keys.APPROVER)
    model.aws.advance(5 * MINUTE)
    assert model.answer() == "one"


def test_an_artefact_that_was_swapped_since_is_left_to_a_person(model: Judged) -> None:
    run = model.train("one")
    model.put(f"{run.folder}/model.tar.gz", b"another")
    model.end()

    assert model.status(1) == "PendingManualApproval"
    assert "was judged" in model.said("ApprovalHeld")[-1]


def test_a_gate_that_could_not_compare_leaves_it_to_a_person(model: Judged) -> None:
    model.train("one", outcome="not comparable", reason="the champion cannot be read")
    model.end()

    assert model.status(1) == "PendingManualApproval"
    assert "the champion cannot be read" in model.said("ApprovalHeld")[-1]


def test_a_bar_that_was_raised_since_leaves_it_to_a_person(model: Judged) -> None:
    model.train("one")
    model.specify("auto", min=0.9)
    model.end()

    assert model.status(1) == "PendingManualApproval"
    assert "another [gate]" in model.said("ApprovalHeld")[-1]


def test_a_version_that_beat_another_champion_is_left_to_a_person(model: Judged) -> None:
    model.train("one")
    model.end()
    model.train("two")
    model.sagemaker.create_model_package(**_copy_of(model, 1))
    model.decide(2, "Approved")
    model.end()

    assert model.said("ApprovalHeld")
    assert "not compared with what serves now: version 2 serves" in model.said("ApprovalHeld")[-1]
    assert model.status(3) == "PendingManualApproval"


def _copy_of(model: Judged, version: int) -> dict[str, object]:
    """A person registers a version by hand, of the same artefact under another address."""
    found = model.sagemaker.describe_model_package(ModelPackageName=model.arn(version))
    body = model.aws.client("s3")
    [container] = found["InferenceSpecification"]["Containers"]
    source = container["ModelDataUrl"].removeprefix("s3://")
    bucket, _, key = source.partition("/")
    body.copy_object(Bucket=bucket, Key="runs/by-hand/model.tar.gz", CopySource={"Bucket": bucket, "Key": key})
    container = container | {"ModelDataUrl": f"s3://{bucket}/runs/by-hand/model.tar.gz"}
    specification = found["InferenceSpecification"] | {"Containers": [container]}
    return {"ModelPackageGroupName": "leeway-churn", "InferenceSpecification": specification}


def test_what_somebody_else_registered_is_never_approved(model: Judged) -> None:
    model.train("one")
    model.end()
    model.sagemaker.create_model_package(**_copy_of(model, 1))
    model.wake(machine=keys.APPROVER)
    model.aws.advance(2 * HOUR)

    assert model.status(2) == "PendingManualApproval"
    assert model.approvals() == 1


def test_a_rejected_version_is_never_approved_even_where_it_is_set_back(model: Judged) -> None:
    model.pause(paused=True)
    model.train_by_hand("one")
    model.decide(1, "Rejected")
    model.aws.advance(MINUTE)
    model.decide(1, "PendingManualApproval")
    model.pause(paused=False)
    model.wake(machine=keys.APPROVER)
    model.aws.advance(5 * MINUTE)

    assert model.status(1) == "PendingManualApproval"
    assert "it was rejected before" in model.said("ApprovalHeld")[-1]
    assert model.approvals() == 0


def test_paused_it_waits_and_resumed_it_goes_on(model: Judged) -> None:
    model.pause(paused=True)
    model.train_by_hand("one")
    assert model.status(1) == "PendingManualApproval"
    assert "the model is paused" in model.said("ApprovalHeld")[-1]

    model.pause(paused=False)
    model.wake(machine=keys.APPROVER)
    model.aws.advance(5 * MINUTE)
    assert model.answer() == "one"


def test_the_kill_switch_holds_it_until_it_is_off(model: Judged) -> None:
    model.train("one")
    model.switch("on")
    model.end()
    assert model.status(1) == "PendingManualApproval"
    assert "kill switch is on" in model.said("ApprovalHeld")[-1]

    model.switch("off")
    model.aws.advance(8 * MINUTE)
    assert model.answer() == "one"


def test_a_person_who_rejects_while_it_is_looked_at_is_heard(model: Judged) -> None:
    """The approver begins its intent after its look; the registry is asked once more before it is told."""
    model.at(
        "TransactWriteItems", lambda: model.decide(1, "Rejected"), caller="leeway-approver", containing="approving"
    )
    model.train("one")
    model.end()

    assert model.status(1) == "Rejected"
    assert model.approvals() == 0
    assert model.said("AutoApproved") == []


def test_a_person_who_approves_while_it_is_looked_at_is_not_overruled(model: Judged) -> None:
    model.at(
        "TransactWriteItems", lambda: model.decide(1, "Approved"), caller="leeway-approver", containing="approving"
    )
    model.train("one")
    model.end()

    assert model.answer() == "one"
    assert model.approvals() == 0
    assert model.said("AutoApproved") == []


@pytest.mark.parametrize("mode", [Mode.TIMEOUT_AFTER, *of_the_stories(Mode.SERVER_ERROR_AFTER, Mode.CRASH_AFTER)])
def test_an_approval_whose_answer_is_lost_is_told_once(model: Judged, mode: Mode) -> None:
    fault = model.aws.faults.add(action=mode, caller="leeway-approver", operation="UpdateModelPackage", times=3)
    model.train("one")
    model.aws.advance(30 * MINUTE)

    assert fault.hits == 1, "a second one would overrule whoever rejected in between"
    assert model.answer() == "one"
    assert len(model.said("AutoApproved")) == len(model.said("VersionApproved")) == 1


@pytest.mark.parametrize("mode", [Mode.CRASH_BEFORE, *of_the_stories(Mode.SERVER_ERROR_BEFORE, Mode.THROTTLE)])
def test_an_approval_that_did_not_go_out_goes_out_later(model: Judged, mode: Mode) -> None:
    fault = model.aws.faults.add(action=mode, caller="leeway-approver", operation="UpdateModelPackage", times=2)
    model.train("one")
    model.aws.advance(timedelta(minutes=40))

    assert fault.hits >= 1
    assert model.answer() == "one"
    assert len(model.said("AutoApproved")) == 1
    assert model.dead() == 0
