"""From an alarm to a training through the real rule, function and retrainer, and what keeps one from the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from leeway.alarms import records
from localaws import Lifecycle, LocalAWS
from tests.local.alarmed import DAY, MUTED, OWN, Alarmed
from tests.local.trainings import BREAKS, HOUR, MINUTE, REGISTERS, TAKES, trainings

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Alarmed]:
    with trainings(tmp_path / "aws") as found:
        yield Alarmed(aws=found.aws)


def test_an_alarm_starts_a_training_at_once_and_a_success_answers_it(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.drift(hours=6)

    assert world.stands()
    (run,) = world.runs()
    assert (run.trigger, run.status) == ("drift", "Succeeded")
    [fact] = world.facts()
    assert run.created - fact.at < MINUTE
    assert fact.what == "AlarmRaised"
    assert "5000.0" in fact.why
    [started] = world.journal("TrainingStarted")
    assert "1 file, 20 rows, alarm leeway-churn-drift stands since" in started.why
    assert started.at > fact.at
    assert world.item()["waiting_code"] == "alarm-answered"
    assert world.told() == 0


@pytest.mark.story
def test_evidence_below_the_bar_is_no_alarm_and_its_end_ends_it(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.drift(hours=3, evidence=999.9)
    assert not world.stands()
    assert (world.facts(), world.begun()) == ([], [])
    world.drift(hours=2)
    assert world.stands()
    world.drift(hours=4, evidence=1.0)
    assert not world.stands()


@pytest.mark.story
def test_an_alarm_that_stays_while_trainings_fail_starts_one_each_cooldown(world: Alarmed) -> None:
    world.begin(BREAKS, cooldown=4 * HOUR)
    world.drift(hours=15)

    runs = world.runs()
    assert world.outcomes() == ["Broken"] * 4
    assert {run.trigger for run in runs} == {"drift"}
    pauses = [after.created - before.created for before, after in pairwise(runs)]
    assert all(4 * HOUR <= pause <= 4 * HOUR + 2 * MINUTE for pause in pauses)
    assert len(world.facts()) == 1, "it was raised once"
    assert "again from" in world.journal("TrainingBroken")[0].why
    world.change(REGISTERS)
    world.drift(hours=6)
    assert world.outcomes() == ["Broken"] * 4 + ["Succeeded"]


@pytest.mark.story
def test_what_holds_it_is_told_once_and_it_starts_when_the_hold_is_over(world: Alarmed) -> None:
    world.begin(REGISTERS, cooldown=3 * HOUR)
    subjects = world.listen()
    world.request()
    world.aws.advance(5 * MINUTE)
    first = world.runs()[0]
    assert first.status == "Succeeded"
    world.drop("second")
    world.drift(hours=4)

    assert world.begun() == ["manual", "drift"]
    after = world.runs()[1].created - first.created
    assert 3 * HOUR <= after <= 3 * HOUR + 2 * MINUTE
    [entry] = world.journal("DriftWaits")
    assert "a cooldown of 3 h since the last training runs until" in entry.why
    assert subjects() == ["churn: drift, and no training starts"]


def test_with_nothing_new_it_waits_for_data_and_says_so(world: Alarmed) -> None:
    world.begin(REGISTERS, cooldown=MINUTE)
    world.request()
    world.aws.advance(5 * MINUTE)
    world.drift(hours=3)
    assert world.begun() == ["manual"]
    [entry] = world.journal("DriftWaits")
    assert "nothing is new since the last training" in entry.why
    assert world.told() == 1
    world.drop("second")
    world.aws.advance(5 * MINUTE)
    assert world.begun() == ["manual", "drift"]


@pytest.mark.story
def test_an_event_that_is_lost_is_made_up_for_within_the_hour(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.aws.client("events").disable_rule(Name="leeway-alarms")
    world.drift(hours=2)
    assert world.facts() == []
    assert world.begun() == ["drift"]
    assert world.runs()[0].created - world.since() <= HOUR + MINUTE


def test_the_same_event_again_is_the_same_fact_and_a_forged_one_is_none(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.drift()
    sent = json.loads(json.dumps([event for event in world.aws.events if event["source"] == "aws.cloudwatch"]))
    [event] = [one for one in sent if one["detail"]["alarmName"] == OWN and one["detail"]["state"]["value"] == "ALARM"]
    elsewhere = [text.replace(world.aws.account, "111122223333") for text in (json.dumps(event),)]
    sqs = world.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="leeway-alarms")["QueueUrl"]
    later = replace_time(event, "2036-01-01T00:00:00.000+0000")
    for body in (json.dumps(event | {"id": "another"}), *elsewhere, json.dumps(later), "{}", "[]", "null"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    world.aws.advance(HOUR)
    assert len(world.facts()) == 1
    assert world.begun() == ["drift"]
    assert world.dead() == 0
    assert world.aws.logs("leeway-drift-alarm").count("message refused") == 5


def replace_time(event: dict[str, object], at: str) -> dict[str, object]:
    copy: dict[str, object] = json.loads(json.dumps(event))
    copy["detail"]["state"]["timestamp"] = at  # type: ignore[index]
    return copy


def test_a_muted_alarm_starts_nothing_until_it_is_heard_again(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.cloudwatch.put_alarm_mute_rule(Name="nights", MuteTargets={"AlarmNames": [OWN]}, **MUTED)
    world.drift(hours=3)
    assert world.stands()
    assert world.begun() == []
    [fact] = world.facts()
    assert fact.what == "AlarmSilenced"
    assert "muted by the rule nights until" in fact.why
    assert (world.told(), world.journal("DriftWaits")) == (0, [])
    world.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="nights")
    world.drift()
    assert world.begun() == ["drift"]


@pytest.mark.story
def test_a_suppressed_composite_and_one_whose_actions_are_off_start_nothing(world: Alarmed) -> None:
    world.begin(REGISTERS, alarms=("any",))
    records_of(world, "any")
    world.cloudwatch.put_metric_alarm(
        AlarmName="works", Namespace="x", MetricName="y", Statistic="Maximum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    world.aws.advance(2 * MINUTE)
    world.cloudwatch.disable_alarm_actions(AlarmNames=[OWN])
    world.cloudwatch.put_composite_alarm(
        AlarmName="any", AlarmRule=f"ALARM({OWN})", ActionsSuppressor="works",
        ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=60,
    )  # fmt: skip
    world.drift(hours=3)
    assert world.stands("any")
    assert world.begun() == []
    assert {fact.what for fact in world.facts()} == {"AlarmRaised", "AlarmSilenced"}
    world.cloudwatch.enable_alarm_actions(AlarmNames=[OWN])
    world.drift()
    assert world.begun() == ["drift"]


def records_of(world: Alarmed, name: str) -> None:
    """As `leeway apply` keeps which model names an alarm."""
    world.table.put(records.named(name, "churn"))


def test_an_alarm_that_the_specification_names_starts_a_training(world: Alarmed) -> None:
    world.begin(REGISTERS, alarms=("model-monitor",))
    records_of(world, "model-monitor")
    world.cloudwatch.put_metric_alarm(
        AlarmName="model-monitor", Namespace="aws/sagemaker/Endpoints/data-metrics",
        MetricName="feature_baseline_drift_tenure", Statistic="Maximum", Period=3600, EvaluationPeriods=1,
        Dimensions=[{"Name": "Endpoint", "Value": "leeway-churn"}, {"Name": "MonitoringSchedule", "Value": "churn"}],
        Threshold=0.1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    world.aws.advance(2 * MINUTE)
    world.cloudwatch.set_alarm_state(AlarmName="model-monitor", StateValue="ALARM", StateReason="0.31 of 0.1")
    world.aws.advance(MINUTE / 2)
    assert world.begun() == ["drift"]
    assert "alarm model-monitor stands since" in world.journal("TrainingStarted")[0].why
    assert [fact.detail["alarm"] for fact in world.facts()] == ["model-monitor"]


@pytest.mark.story
def test_an_alarm_that_was_removed_starts_nothing_more(world: Alarmed) -> None:
    world.begin(BREAKS)
    world.drift()
    assert world.begun() == ["drift"]
    world.cloudwatch.delete_alarms(AlarmNames=[OWN])
    world.aws.advance(DAY)
    assert world.begun() == ["drift"]


@pytest.mark.story
def test_without_on_drift_an_alarm_is_only_told(world: Alarmed) -> None:
    world.begin(REGISTERS, on_drift=False)
    world.drift(hours=3)
    assert world.stands()
    assert [fact.what for fact in world.facts()] == ["AlarmRaised"]
    assert (world.begun(), world.journal("DriftWaits")) == ([], [])


@pytest.mark.story
def test_a_paused_model_and_the_kill_switch_hold_an_alarm_too(world: Alarmed) -> None:
    world.begin(REGISTERS)
    world.pause(paused=True)
    world.drift()
    world.switch("on")
    world.pause(paused=False)
    world.aws.advance(10 * MINUTE)
    assert world.begun() == []
    paused, switched = world.journal("DriftWaits")
    assert "the model is paused" in paused.why
    assert "the kill switch is on" in switched.why
    assert world.told() == 2
    world.switch("off")
    world.aws.advance(10 * MINUTE)
    assert world.begun() == ["drift"]


@pytest.mark.story
def test_alarms_that_may_not_be_read_are_an_error_and_hold_up_nothing_else(tmp_path: Path) -> None:
    with LocalAWS(state_dir=tmp_path / "aws", lifecycle=Lifecycle(step_start=TAKES)) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        world = Alarmed(aws=aws)
        denial = {"Effect": "Deny", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
        aws.client("iam").put_role_policy(
            RoleName="leeway-retrainer", PolicyName="no-alarms",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denial]}),
        )  # fmt: skip
        world.begin(REGISTERS, cooldown=MINUTE)
        world.drift(hours=2)
        assert world.begun() == []
        [said] = [entry for entry in world.journal() if entry.detail.get("code") == "alarms-unread"]
        assert "AccessDenied" in said.why
        aws.client("iam").delete_role_policy(RoleName="leeway-retrainer", PolicyName="no-alarms")
        world.drift()
        assert world.begun() == ["drift"]


@pytest.mark.story
def test_the_cap_binds_an_alarm(world: Alarmed) -> None:
    world.begin(BREAKS, cooldown=HOUR, daily_cap=2)
    world.drift(hours=8)
    assert len(world.runs()) == 2
    assert world.item()["waiting_code"] == "daily-cap"
