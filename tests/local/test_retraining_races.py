"""What may go wrong between two steps of a training, and that it ends as if nothing had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leeway import keys
from leeway.spec import Retraining
from leeway.wake import idle_look
from localaws import Mode
from tests.cases import of_the_stories
from tests.local.trainings import BREAKS, HOUR, MINUTE, MODEL, REGISTERS, SECOND, Trainings, trainings

pytestmark = pytest.mark.local
START = "StartPipelineExecution"
AT_ONCE = 0 * SECOND


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Trainings]:
    with trainings(tmp_path / "aws") as world:
        yield world


def is_whole(world: Trainings, starts: int = 1) -> None:
    """One training, closed, everything consumed, nobody's message lost."""
    assert world.outcomes() == ["Succeeded"] * starts
    assert len(world.executions()) == starts
    assert world.pending() == []
    assert world.dead() == 0
    assert "active_run" not in world.item()


@pytest.mark.proof
def test_a_thousand_files_at_once_are_one_training(world: Trainings) -> None:
    world.onboard(REGISTERS)
    for number in range(1000):
        world.drop(f"{number}", 2)
    world.aws.advance(10 * MINUTE)

    is_whole(world)
    assert len(world.manifest(world.runs()[0])["considered"]) == 1000
    assert world.aws.calls.count(START) == 1


def test_every_event_twice_is_one_training(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.aws.duplicate_events()
    for number in range(5):
        world.drop(f"{number}")
    world.aws.advance(10 * MINUTE)
    is_whole(world)


def test_a_wake_sent_while_one_is_being_worked_on_is_worked_on_after_it(world: Trainings) -> None:
    """A file is recorded when the retrainer has read what is pending, and before it rests."""
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.drop("a")
    woken: list[bool] = []
    world.at(START, lambda: woken.append(world.wake()))
    world.aws.settle()
    assert woken == [True]
    assert world.item()["wake_pending"] is False, "a second look has taken it"
    world.aws.advance(10 * MINUTE)
    is_whole(world)


def test_an_arrival_written_while_the_manifest_is_made_stays_pending_for_the_next_run(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.drop("first")

    world.at("PutObject", lambda: world.record_arrival("late"), containing="manifest.json")
    world.aws.settle()
    (run,) = world.runs()
    assert len(world.manifest(run)["considered"]) == 1
    assert world.pending()[1:] == ["late"]

    world.aws.advance(10 * MINUTE)
    is_whole(world, starts=2)
    assert world.manifest(world.runs()[1])["considered"] == ["late"]


def test_an_arrival_written_between_the_two_readings_is_in_neither(world: Trainings) -> None:
    """It comes after the accepted files were read, and is among the pending ones when they are read again."""
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.drop("first")
    late = lambda: world.record_arrival("late")  # noqa: E731  it is named for the line below
    world.at("Query", lambda: world.at("Query", late, containing="pending#"), containing="arrival#")
    world.aws.settle()
    (run,) = world.runs()
    manifest = world.manifest(run)
    assert "late" not in manifest["considered"]
    assert "late" not in [file["id"] for file in manifest["train"]]
    world.aws.advance(10 * MINUTE)
    is_whole(world, starts=2)


@pytest.mark.parametrize("mode", [Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_AFTER, Mode.CRASH_AFTER])
def test_a_lost_answer_to_a_start_is_found_by_its_name(world: Trainings, mode: Mode) -> None:
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    fault = world.aws.faults.add(operation=START, action=mode, end=world.aws.now() + MINUTE)
    world.drop("a")
    world.aws.settle()
    assert fault.hits
    assert world.outcomes() == ["Recorded"]
    assert len(world.executions()) == 1
    sent = world.aws.calls.count(START)
    world.aws.advance(20 * MINUTE)

    is_whole(world)
    assert world.aws.calls.count(START) == sent, "it was found, and not sent again"
    assert len(world.journal("TrainingAdopted")) == 1


def test_a_start_that_never_arrived_is_sent_again(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.aws.faults.add(operation=START, action=Mode.CONNECTION_BEFORE, end=world.aws.now() + 5 * MINUTE)
    world.drop("a")
    world.aws.advance(20 * MINUTE)
    is_whole(world)
    assert world.journal("TrainingAdopted") == []


def test_a_wake_that_cannot_be_sent_comes_back_with_its_event(world: Trainings) -> None:
    """And is no later for it than a few minutes; the look of an idle model, which is just over, finds it in an hour."""
    world.onboard(REGISTERS)
    world.aws.advance_to(idle_look(keys.RETRAINER, MODEL, world.aws.now()) + MINUTE)
    fault = world.aws.faults.add(caller="leeway-data-arrival", operation="UpdateItem")
    world.drop("a")
    world.aws.advance(MINUTE)
    assert fault.hits
    fault.times = 0
    world.aws.advance(30 * MINUTE)
    is_whole(world)


@pytest.mark.parametrize("service", ["sqs", *of_the_stories("sagemaker", "s3", "ssm", "dynamodb", "events")])
def test_throttling_for_ten_minutes_delays_and_loses_nothing(world: Trainings, service: str) -> None:
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(30 * SECOND)
    for caller in ("leeway-retrainer", "leeway-tick", "leeway-sagemaker-changed"):
        world.aws.faults.add(caller=caller, service=service, end=world.aws.now() + 10 * MINUTE)
    world.aws.advance(10 * MINUTE)
    assert world.dead() == 0
    world.aws.advance(40 * MINUTE)
    is_whole(world)


def test_throttling_while_a_training_runs_is_no_broken_run(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(2 * MINUTE)
    assert world.outcomes() == ["Executing"]
    world.aws.faults.add(caller="leeway-retrainer", end=world.aws.now() + 10 * MINUTE)
    world.aws.advance(40 * MINUTE)
    is_whole(world)
    assert [entry.what for entry in world.journal()].count("BackedOff") <= 2


def test_without_any_event_of_sagemaker_the_tick_finds_the_end(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.aws.drop_events("aws.sagemaker")
    world.drop("a")
    world.aws.advance(15 * MINUTE)
    is_whole(world)


def test_a_failing_bus_fails_no_step(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.aws.faults.add(caller="leeway-retrainer", service="events")
    world.drop("a")
    world.aws.advance(10 * MINUTE)
    is_whole(world)
    assert world.journal("TrainingStarted")


def test_a_crash_between_consuming_and_closing_closes_once(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(2 * MINUTE)
    fault = world.aws.faults.add(
        operation="BatchWriteItem", caller="leeway-retrainer", action=Mode.CRASH_AFTER, times=1
    )
    world.aws.advance(30 * MINUTE)
    assert fault.hits == 1
    is_whole(world)
    assert len(world.journal("TrainingSucceeded")) == 1


def test_an_arrival_during_a_training_is_for_the_next_one(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.drop("a")
    world.aws.settle()
    world.drop("b")
    world.aws.settle()
    assert len(world.executions()) == 1
    assert len(world.pending()) == 2
    world.aws.advance(10 * MINUTE)
    is_whole(world, starts=2)
    considered = [set(world.manifest(run)["considered"]) for run in world.runs()]
    assert considered[0].isdisjoint(considered[1])


def test_an_arrival_during_a_broken_run_joins_the_next_attempt(world: Trainings) -> None:
    world.onboard(BREAKS, quiet_period=AT_ONCE)
    world.drop("a")
    world.aws.settle()
    world.drop("b")
    world.change(REGISTERS)
    world.aws.advance(10 * MINUTE)
    first, second = world.runs()
    assert world.outcomes() == ["Broken", "Succeeded"]
    assert len(world.manifest(second)["considered"]) == 2
    assert first.key != second.key
    assert world.pending() == []


@pytest.mark.story
def test_a_day_of_looking_at_an_idle_model_costs_next_to_nothing(world: Trainings) -> None:
    world.onboard(REGISTERS, Retraining(daily_cap=1))
    world.wake()
    world.aws.advance(HOUR)
    before = world.aws.calls.count(caller="leeway-retrainer")
    world.aws.advance(24 * HOUR)
    looks = (world.aws.calls.count(caller="leeway-retrainer") - before) / 24
    assert 4 <= looks <= 7, "clear the flag, read the specification, what is pending, requests, runs, and rest"
    assert [entry.what for entry in world.journal()] == []


def test_two_models_do_not_wait_for_each_other(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=AT_ONCE)
    world.aws.faults.add(
        lambda call: f"model#{MODEL}".encode() in call.body, caller="leeway-retrainer", service="dynamodb"
    )
    world.drop("a")
    world.wake("other")
    world.aws.settle()
    assert world.table.get("model#other", "retrainer") is not None
    assert (world.table.get("model#other", "retrainer") or {})["waiting_code"] == "no-spec"
