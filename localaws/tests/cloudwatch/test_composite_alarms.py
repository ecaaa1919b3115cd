"""Composite alarms. Sources: API Reference, PutCompositeAlarm, SetAlarmState, DeleteAlarms; user guide, suppression."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from localaws.alarms.rules import parsed
from localaws.errors import AwsError

pytestmark = pytest.mark.contract

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
        ("OK(a) OR INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND NOT OK(b)", False),
        ("ALARM(b) AND ALARM(a) OR TRUE", True),
        ("ALARM(b) AND (ALARM(a) OR TRUE)", False),
        ("NOT (ALARM(b) OR FALSE)", True),
        ("not alarm(b) and ok(b)", True),
    ],
)
def test_rules(rule: str, holds: bool) -> None:
    assert parsed(rule).holds(STATES.get) is holds


@pytest.mark.parametrize("rule", ["", "ALARM", "ALARM(a", "ALARM(a) ALARM(b)", "ALARM(a) AND", "a", "(TRUE", "ALARM()"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(AwsError, match="AlarmRule"):
        parsed(rule)


def test_it_changes_with_the_alarms_that_it_names(desk: Any) -> None:
    for name in ("a", "b"):
        desk.alarm(name)
        desk.set(name, "OK")
    desk.composite("any", "ALARM(a) OR ALARM(b)", AlarmActions=[desk.topic], OKActions=[desk.topic])
    assert desk.state("any") == "OK"
    desk.set("a", "ALARM")
    desk.set("b", "ALARM")
    assert (desk.state("any"), desk.told()) == ("ALARM", ["any OK", "any ALARM"])
    desk.set("a", "OK")
    assert (desk.state("any"), desk.told()) == ("ALARM", [])
    desk.set("b", "OK")
    assert (desk.state("any"), desk.told()) == ("OK", ["any OK"])


def test_composites_of_composites(desk: Any) -> None:
    desk.alarm("a")
    desk.composite("inner", "ALARM(a)")
    desk.composite("outer", "NOT OK(inner)")
    assert desk.state("outer") == "OK"
    desk.set("a", "ALARM")
    assert desk.state("outer") == "ALARM"


def test_a_circle_is_not_followed(desk: Any) -> None:
    """API: the evaluation stops where it finds a cycle."""
    desk.alarm("a")
    desk.composite("one", "ALARM(a)")
    desk.composite("two", "ALARM(one)")
    desk.composite("one", "ALARM(a) OR ALARM(two)")
    desk.set("a", "ALARM")
    assert (desk.state("one"), desk.state("two")) == ("ALARM", "ALARM")


def test_its_event_has_the_form_of_the_reference(desk: Any, shared: Path) -> None:
    sample = json.loads((shared / "reference/samples/events/alarm-composite.json").read_text())["detail"]
    for name in ("a", "maintenance"):
        desk.alarm(name)
        desk.set(name, "OK")
    suppressor = {"ActionsSuppressor": "maintenance"}
    periods = {"ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180}
    desk.composite("any", "ALARM(a)", **suppressor, **periods)
    desk.advance(minutes=5)
    desk.set("a", "ALARM")
    event = desk.events("State", "any")[-1]
    assert event.keys() == sample.keys()
    assert event["configuration"].keys() == sample["configuration"].keys()
    assert event["state"].keys() == sample["state"].keys()
    assert event["previousState"]["reason"].endswith(":alarm:any was created and its alarm rule evaluates to OK")
    assert event["previousState"].keys() == sample["previousState"].keys()
    arn = f"arn:aws:cloudwatch:us-east-1:{desk.aws.account}:alarm:a"
    assert event["state"]["reason"].startswith(f"{arn} transitioned to ALARM at ")
    ours, theirs = (json.loads(one["state"]["reasonData"]) for one in (event, sample))
    assert [one.keys() for one in ours["triggeringAlarms"]] == [one.keys() for one in theirs["triggeringAlarms"]]


def suppressed(desk: Any) -> None:
    """An alarm `any` of `a`, with a suppressor of two and three minutes."""
    for name in ("a", "maintenance"):
        desk.alarm(name)
        desk.set(name, "OK")
    periods = {"ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180}
    actions = {"AlarmActions": [desk.topic], "OKActions": [desk.topic]}
    desk.composite("any", "ALARM(a)", ActionsSuppressor="maintenance", **periods, **actions)
    desk.advance(minutes=5)
    desk.told()


def by(desk: Any) -> list[str | None]:
    return [event["state"].get("actionsSuppressedBy") for event in desk.events("State", "any")[1:]]


def test_it_waits_for_its_suppressor_and_then_acts(desk: Any) -> None:
    suppressed(desk)
    desk.set("a", "ALARM")
    desk.advance(seconds=110)
    assert (desk.told(), desk.state("any")) == ([], "ALARM")
    desk.advance(seconds=20)
    assert (desk.told(), by(desk)[-2:]) == (["any ALARM"], ["WaitPeriod", None])


def test_a_suppressor_that_comes_in_time_keeps_it_from_acting(desk: Any) -> None:
    suppressed(desk)
    desk.set("a", "ALARM")
    desk.advance(seconds=60)
    desk.set("maintenance", "ALARM")
    desk.advance(hours=2)
    assert (desk.told(), by(desk)[-2:]) == ([], ["WaitPeriod", "Alarm"])
    described = desk.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert (described["ActionsSuppressedBy"], described["StateValue"]) == ("Alarm", "ALARM")


def test_after_its_suppressor_it_waits_and_acts_where_it_is_still_needed(desk: Any) -> None:
    suppressed(desk)
    desk.set("maintenance", "ALARM")
    desk.set("a", "ALARM")
    desk.set("maintenance", "OK")
    desk.advance(seconds=170)
    assert (desk.told(), by(desk)[-2:]) == ([], ["Alarm", "ExtensionPeriod"])
    desk.advance(seconds=20)
    assert desk.told() == ["any ALARM"]
    desk.set("a", "OK")
    desk.advance(minutes=10)
    assert desk.told() == ["any OK"]


def test_what_comes_and_goes_while_it_is_suppressed_is_not_acted_on(desk: Any) -> None:
    suppressed(desk)
    desk.set("maintenance", "ALARM")
    desk.set("a", "ALARM")
    desk.set("maintenance", "OK")
    desk.advance(seconds=60)
    desk.set("a", "OK")
    desk.advance(hours=1)
    assert desk.told() == []


def test_a_state_set_by_hand_stays_until_a_child_changes(desk: Any) -> None:
    """API, SetAlarmState: it returns to its actual state only once any of its children changes."""
    desk.alarm("a")
    desk.composite("any", "ALARM(a)")
    desk.set("any", "ALARM")
    desk.advance(minutes=10)
    assert desk.state("any") == "ALARM"
    desk.set("a", "OK")
    assert desk.state("any") == "OK"


def test_what_cannot_be_made_is_refused(desk: Any) -> None:
    desk.alarm("a")
    rule = {"AlarmName": "any", "AlarmRule": "ALARM(a)"}
    for request in (
        rule | {"AlarmRule": "ALARM(gone)"},
        rule | {"ActionsSuppressor": "a"},
        rule | {"AlarmName": "a"},
        rule
        | {
            "ActionsSuppressor": "gone",
            "ActionsSuppressorWaitPeriod": 1,
            "ActionsSuppressorExtensionPeriod": 1,
        },
    ):
        desk.refused("put_composite_alarm", "ValidationError", **request)
    desk.composite("any", "ALARM(a)")
    with pytest.raises(AssertionError, match="ValidationError"):
        desk.refused(
            "put_metric_alarm", "none", AlarmName="any", EvaluationPeriods=1, ComparisonOperator="LessThanThreshold"
        )


def test_what_others_need_cannot_be_deleted(desk: Any) -> None:
    """API, DeleteAlarms: one composite alarm at a time, and none that another one depends on."""
    desk.alarm("a")
    desk.composite("inner", "ALARM(a)")
    desk.composite("outer", "ALARM(inner)")
    assert "outer" in desk.refused("delete_alarms", "ValidationError", AlarmNames=["inner"])
    assert "one composite" in desk.refused("delete_alarms", "ValidationError", AlarmNames=["inner", "outer"])
    desk.cloudwatch.delete_alarms(AlarmNames=["outer"])
    desk.cloudwatch.delete_alarms(AlarmNames=["inner"])
    assert desk.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []


def test_without_actions_enabled_it_tells_and_does_nothing(desk: Any) -> None:
    desk.alarm("a")
    desk.composite("any", "ALARM(a)", AlarmActions=[desk.topic])
    desk.cloudwatch.disable_alarm_actions(AlarmNames=["any"])
    desk.set("a", "ALARM")
    assert (desk.state("any"), desk.told()) == ("ALARM", [])


def test_families(desk: Any) -> None:
    """API, DescribeAlarms: children with their states, parents by name; composite alarms where they are asked for."""
    desk.alarm("a")
    desk.composite("inner", "ALARM(a)")
    desk.composite("outer", "ALARM(inner) OR ALARM(a)")
    describe = desk.cloudwatch.describe_alarms
    children = describe(ChildrenOfAlarmName="outer")
    assert [one["AlarmName"] for one in children["CompositeAlarms"]] == ["inner"]
    assert [(one["AlarmName"], one["StateValue"]) for one in children["MetricAlarms"]] == [("a", "INSUFFICIENT_DATA")]
    parents = describe(ParentsOfAlarmName="a")["CompositeAlarms"]
    assert [one["AlarmName"] for one in parents] == ["inner", "outer"]
    assert describe().get("CompositeAlarms", []) == []
    assert [one["AlarmName"] for one in describe(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]] == [
        "inner",
        "outer",
    ]
    both = describe(AlarmTypes=["CompositeAlarm", "MetricAlarm"], AlarmNamePrefix="o")
    assert [one["AlarmName"] for one in both["CompositeAlarms"]] == ["outer"]


@pytest.mark.parametrize("kind", ["metric", "composite"])
def test_changed_configurations_are_told(kind: str, desk: Any) -> None:
    """User guide, "Alarm Configuration Change Events": create, update with what was before, delete."""
    desk.alarm("a", AlarmDescription="first")
    name = "a"
    if kind == "metric":
        desk.alarm("a", AlarmDescription="first", Threshold=2)
        desk.cloudwatch.delete_alarms(AlarmNames=["a"])
    else:
        name = "any"
        desk.composite("any", "ALARM(a)", AlarmDescription="first")
        desk.composite("any", "OK(a)", AlarmDescription="first")
        desk.cloudwatch.delete_alarms(AlarmNames=["any"])
    desk.aws.settle()
    created, updated, deleted = desk.events("Configuration", name)
    assert [one["operation"] for one in (created, updated, deleted)] == ["create", "update", "delete"]
    own = "threshold" if kind == "metric" else "alarmRule"
    before, after = updated["previousConfiguration"], updated["configuration"]
    assert before[own] != after[own]
    assert deleted["configuration"] == after
    assert (
        created["configuration"].items()
        >= {
            "alarmName": name,
            "description": "first",
            "actionsEnabled": True,
            "okActions": [],
            "alarmActions": [],
            "insufficientDataActions": [],
        }.items()
    )
    assert created["state"].keys() == {"value", "timestamp"}


def test_a_template_makes_and_removes_them(desk: Any, tmp_path: Path) -> None:
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "a",
            "Namespace": "Own",
            "MetricName": "a",
            "ExtendedStatistic": "p99",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    }
    composite = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": "any", "AlarmRule": {"Fn::Sub": "ALARM(${A})"}},
    }
    mute = {
        "Type": "AWS::CloudWatch::AlarmMuteRule",
        "Properties": {
            "Name": "nights",
            "Rule": {"Schedule": {"Expression": "cron(0 20 * * *)", "Duration": "PT10H"}},
            "MuteTargets": {"AlarmNames": [{"Ref": "Any"}]},
        },
    }
    file = tmp_path / "template.json"
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Any", "Arn"]}}}
    file.write_text(json.dumps({"Resources": {"A": alarm, "Any": composite, "Nights": mute}, "Outputs": outputs}))
    desk.aws.deploy(file, stack="s")
    assert desk.state("any") in ("INSUFFICIENT_DATA", "OK")
    assert desk.cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="nights")["MuteTargets"] == {"AlarmNames": ["any"]}
    file.write_text(json.dumps({"Resources": {"A": alarm}}))
    desk.aws.deploy(file, stack="s")
    assert desk.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []
    assert desk.cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def test_they_go_on_after_a_restart(killed: Any) -> None:
    """Alarms, what waits for their suppressors, and mute rules."""
    cloudwatch = killed.aws.client("cloudwatch")
    for name in ("a", "maintenance"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Own",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by hand")
    periods = {"ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180}
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(a)", ActionsSuppressor="maintenance", **periods)
    schedule = {"Expression": "cron(0 20 * * *)", "Duration": "PT10H"}
    targets = {"AlarmNames": ["any"]}
    cloudwatch.put_alarm_mute_rule(Name="nights", Rule={"Schedule": schedule}, MuteTargets=targets)
    aws = killed.kill()
    aws.advance(timedelta(minutes=5))
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="by hand")
    aws = killed.kill()

    def any_of_them() -> dict[str, Any]:
        (found,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        return dict(found)

    assert (any_of_them()["StateValue"], any_of_them()["ActionsSuppressedBy"]) == ("ALARM", "WaitPeriod")
    aws.advance(timedelta(minutes=3))
    aws = killed.kill()
    assert "ActionsSuppressedBy" not in any_of_them()
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="nights")["Rule"] == {"Schedule": schedule}
