"""From arrivals to trainings through the real template: when one starts, what it considers, what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from leeway import keys
from leeway.aws.table import Put
from leeway.spec import Retraining
from tests.cases import of_the_stories
from tests.local.trainings import BREAKS, HOUR, MINUTE, REGISTERS, SECOND, Trainings, trainings

pytestmark = pytest.mark.local


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Trainings]:
    with trainings(tmp_path / "aws") as world:
        yield world


def test_quiet_for_a_minute_then_one_training_of_all_that_came(world: Trainings) -> None:
    world.onboard(REGISTERS)
    for number in range(3):
        world.drop(f"{number}", 20 + number)
        world.aws.advance(20 * SECOND)
    dropped = world.pending()
    assert len(dropped) == 3
    assert world.executions() == []
    world.aws.advance(2 * MINUTE)

    (execution,) = world.executions()
    (run,) = world.runs()
    manifest = world.manifest(run)
    assert manifest["considered"] == dropped == sorted(file["id"] for file in manifest["train"])
    assert manifest["train_rows"] == 63
    assert execution["Manifest"].endswith(run.manifest)
    assert execution["RunPrefix"].endswith(run.folder)
    assert execution["Champion"].endswith("/champions/none")
    assert execution["name"] == run.name

    world.aws.advance(3 * MINUTE)
    assert world.outcomes() == ["Succeeded"]
    assert world.pending() == []
    said = {entry.what: entry.why for entry in world.journal()}
    assert said["TrainingStarted"].startswith("3 files, 63 rows, quiet for ")
    assert said["TrainingSucceeded"].startswith("version 1 registered")
    events = [event["detail-type"] for event in world.aws.events if event["source"] == "leeway"]
    assert events.count("TrainingStarted") == events.count("TrainingSucceeded") == 1
    world.aws.advance(3 * HOUR)
    assert len(world.executions()) == 1


@pytest.mark.story
def test_files_without_a_pause_are_trained_on_after_the_longest_wait(world: Trainings) -> None:
    world.onboard(REGISTERS, max_wait=10 * MINUTE)
    start = world.aws.now()
    for number in range(40):
        world.drop(f"{number}")
        world.aws.advance(30 * SECOND)

    first = world.runs()[0]
    assert 10 * MINUTE <= first.created - start <= 11.1 * MINUTE
    assert "the oldest has waited" in world.journal("TrainingStarted")[0].why
    assert 20 <= len(world.manifest(first)["considered"]) <= 23


def test_with_no_quiet_period_a_training_starts_at_once(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=0 * SECOND)
    start = world.aws.now()
    world.drop("a")
    world.aws.settle()
    assert len(world.executions()) == 1
    assert world.runs()[0].created - start < 2 * SECOND


def test_too_few_rows_wait_for_more(world: Trainings) -> None:
    world.onboard(REGISTERS, min_rows=30)
    world.drop("a", 20)
    world.aws.advance(3 * HOUR)
    assert world.executions() == []
    assert [entry.why for entry in world.journal() if entry.detail.get("code") == "too-few-rows"] == [
        "1 file, 20 rows in the window, and min_rows is 30"
    ]
    world.drop("b", 20)
    world.aws.advance(3 * MINUTE)
    assert len(world.manifest(world.runs()[0])["considered"]) == 2


@pytest.mark.story
def test_the_daily_cap_holds_in_a_rolling_day(world: Trainings) -> None:
    world.onboard(REGISTERS, Retraining(daily_cap=2))
    for number in range(4):
        world.drop(f"{number}")
        world.aws.advance(HOUR)
    first = world.runs()[0]
    assert (len(world.runs()), len(world.pending())) == (2, 2)
    assert world.item()["waiting_code"] == "daily-cap"
    world.aws.advance_to(first.created + 24 * HOUR - MINUTE)
    assert len(world.runs()) == 2
    world.aws.advance(5 * MINUTE)
    assert len(world.runs()) == 3
    assert world.runs()[2].created - first.created >= 24 * HOUR
    assert len(world.manifest(world.runs()[2])["considered"]) == 2


def test_the_kill_switch_holds_every_start_and_lets_go(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.switch("on")
    world.drop("a")
    world.request()
    world.aws.advance(2 * HOUR)
    assert world.executions() == []
    assert world.item()["waiting_code"] == "kill-switch"
    world.switch("off")
    world.aws.advance(7 * MINUTE)
    assert len(world.executions()) == 1


@pytest.mark.story
def test_the_kill_switch_holds_a_start_that_is_recorded_and_not_sent(world: Trainings) -> None:
    world.onboard(REGISTERS, quiet_period=0 * SECOND)
    world.aws.faults.add(operation="StartPipelineExecution", end=world.aws.now() + MINUTE)
    world.drop("a")
    world.aws.settle()
    world.switch("on")
    world.aws.advance(HOUR)
    assert (world.outcomes(), world.executions()) == (["Recorded"], [])
    world.switch("off")
    world.aws.advance(10 * MINUTE)
    assert (world.outcomes(), len(world.executions())) == (["Succeeded"], 1)


def test_a_paused_model_starts_by_hand_alone(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.pause(paused=True)
    world.drop("a")
    world.aws.advance(2 * HOUR)
    assert world.executions() == []
    world.request()
    world.aws.advance(5 * MINUTE)
    assert [run.trigger for run in world.runs()] == ["manual"]
    world.drop("b")
    world.aws.advance(2 * HOUR)
    assert len(world.runs()) == 1
    world.pause(paused=False)
    world.aws.settle()
    assert [run.trigger for run in world.runs()] == ["manual", "data"]


def test_by_hand_with_nothing_new_and_over_the_cap_but_not_beside_another(world: Trainings) -> None:
    world.onboard(REGISTERS, Retraining(daily_cap=1))
    world.drop("a")
    world.aws.advance(90 * SECOND + MINUTE)
    assert world.outcomes() == ["Executing"]
    world.request()
    world.request()
    world.aws.advance(30 * SECOND)
    assert len(world.executions()) == 1
    world.aws.advance(10 * MINUTE)
    assert [run.trigger for run in world.runs()] == ["data", "manual"]
    assert world.outcomes() == ["Succeeded", "Succeeded"]
    assert world.manifest(world.runs()[1])["considered"] == []
    assert world.table.query("model#churn", "request#") == []


def test_the_same_training_once_more_is_an_execution_of_its_own(world: Trainings) -> None:
    """Same manifest, definition and champion: without another token SageMaker would answer with the first execution."""
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(10 * MINUTE)
    for _ in range(2):
        world.request()
        world.aws.advance(10 * MINUTE)
    _, second, third = world.runs()
    assert second.key == third.key
    assert (second.attempt, third.attempt) == (1, 2)
    assert len({execution["arn"] for execution in world.executions()}) == 3


def test_by_hand_without_any_data_is_said_and_over(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.request()
    world.aws.settle()
    (entry,) = world.journal("TrainingSkipped")
    assert "no accepted data" in entry.why
    assert world.table.query("model#churn", "request#") == []


@pytest.mark.story
def test_a_broken_run_gives_its_arrivals_back_and_is_tried_three_times(world: Trainings) -> None:
    world.onboard(BREAKS)
    world.drop("a")
    world.aws.advance(HOUR)

    runs = world.runs()
    assert world.outcomes() == ["Broken"] * 3
    assert len(world.pending()) == 1
    assert [run.attempt for run in runs] == [1, 2, 3]
    assert len({run.manifest for run in runs}) == 1
    assert len({run.token for run in runs}) == len({run.folder for run in runs}) == len(world.executions()) == 3
    ended = [run.ended for run in runs]
    assert all(at is not None for at in ended)
    pauses = [after.created - before.ended for before, after in pairwise(runs) if before.ended]
    assert MINUTE <= pauses[0] <= 2.1 * MINUTE
    assert 5 * MINUTE <= pauses[1] <= 6.1 * MINUTE
    said = [entry.why for entry in world.journal("TrainingBroken")]
    assert "step Train: out of memory; attempt 2 of 3 in 60 s" in said[0]
    assert "3 in a row broke" in said[2]

    world.aws.advance(12 * HOUR)
    assert len(world.runs()) == 3
    assert world.item()["waiting_code"] == "three-broken"
    world.change(REGISTERS)
    world.request()
    world.aws.advance(10 * MINUTE)
    assert world.outcomes() == ["Broken"] * 3 + ["Succeeded"]
    assert world.pending() == []


def test_a_refused_run_consumes_what_it_considered_and_is_not_tried_again(world: Trainings) -> None:
    world.onboard(BREAKS)
    world.drop("a")
    world.aws.advance(3 * MINUTE)
    assert world.outcomes() == ["Executing"]
    world.refuse()
    world.aws.advance(6 * HOUR)
    assert world.outcomes() == ["Refused"]
    assert world.pending() == []
    assert [entry.why for entry in world.journal("TrainingRefused")] == ["refused by the gate: auc 0.61 < the bar 0.8"]


def test_data_that_is_not_ready_is_refused_with_its_reason(world: Trainings) -> None:
    world.onboard(BREAKS)
    world.drop("a")
    world.aws.advance(3 * MINUTE)
    world.report("prepare/prepare.json", {"ready": 0, "reason": "one class only"})
    world.aws.advance(10 * MINUTE)
    assert world.outcomes() == ["Refused"]
    assert "one class only" in world.journal("TrainingRefused")[0].why


@pytest.mark.parametrize("body", [{"passed": "0"}, *of_the_stories(7, None, [], {"passed": 2})])
def test_a_report_that_cannot_be_read_refuses_nothing(world: Trainings, body: object) -> None:
    world.onboard(BREAKS)
    world.drop("a")
    world.aws.advance(3 * MINUTE)
    world.report("evaluate/gate.json", body)
    world.aws.advance(3 * MINUTE)
    assert world.outcomes()[0] == "Broken"


def test_a_stopped_execution_is_broken(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(3 * MINUTE)
    world.sagemaker.stop_pipeline_execution(PipelineExecutionArn=world.executions()[0]["arn"])
    world.aws.advance(MINUTE)
    assert world.outcomes()[0] == "Broken"
    assert "Stopped" in world.journal("TrainingBroken")[0].why
    assert len(world.pending()) == 1


def test_a_pipeline_that_is_not_there_is_a_broken_run_with_its_reason(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.sagemaker.delete_pipeline(PipelineName="leeway-churn", ClientRequestToken="x" * 32)
    world.drop("a")
    world.aws.advance(2 * HOUR)
    assert world.outcomes() == ["Broken"] * 3
    assert "the pipeline cannot be started" in world.journal("TrainingBroken")[0].why
    assert world.dead() == 0


@pytest.mark.story
def test_the_schedule_starts_where_there_is_something_new_and_says_once_where_not(world: Trainings) -> None:
    rules = Retraining(schedule="rate(2 hours)", cooldown=HOUR, daily_cap=10)
    world.onboard(REGISTERS, rules, quiet_period=10 * HOUR, max_wait=10 * HOUR)
    start = world.aws.now()
    world.drop("a")
    world.aws.advance(3 * HOUR)
    (run,) = world.runs()
    assert run.trigger == "schedule"
    assert 2 * HOUR <= run.created - start <= 2 * HOUR + 2 * MINUTE
    world.aws.advance(4 * HOUR)
    assert len(world.runs()) == 1
    assert [entry.detail["code"] for entry in world.journal("TrainingSkipped")] == ["nothing-new", "nothing-new"]


def test_the_rollout_can_ask_for_a_training_against_another_champion(world: Trainings) -> None:
    world.onboard(REGISTERS)
    world.drop("a")
    world.aws.advance(10 * MINUTE)
    world.request("reevaluate")
    world.aws.advance(10 * MINUTE)
    assert [run.trigger for run in world.runs()] == ["data", "reevaluate"]
    assert "asked for by a test" in world.journal("TrainingStarted")[1].why


def test_a_model_without_a_specification_rests(world: Trainings) -> None:
    world.wake()
    world.aws.advance(3 * HOUR)
    assert [entry.detail["code"] for entry in world.journal()] == ["no-spec"]
    assert world.dead() == 0


def test_a_new_specification_lets_go_of_what_broke(world: Trainings) -> None:
    world.onboard(BREAKS)
    world.drop("a")
    world.aws.advance(HOUR)
    assert len(world.runs()) == 3
    world.change(REGISTERS)
    item = world.table.get("model#churn", "spec") or {}
    world.table.put(Put(item=item | {"applied_at": keys.stamp(world.aws.now()), "definition_sha256": "1" * 64}))
    world.wake()
    world.aws.advance(5 * MINUTE)
    assert world.outcomes() == ["Broken"] * 3 + ["Succeeded"]
