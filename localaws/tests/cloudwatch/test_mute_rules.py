"""Mute rules. Sources: API Reference, PutAlarmMuteRule; user guide, "How alarm mute rules work"."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.contract
HOUR = timedelta(hours=1)


def quiet(desk: Any, name: str = "quiet", hours: int = 2, alarms: tuple[str, ...] = ("a",)) -> datetime:
    """A window of so many hours from the full minute after the next on; its beginning."""
    start: datetime = desk.aws.now().replace(second=0, microsecond=0) + timedelta(minutes=2)
    schedule = {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": f"PT{hours}H"}
    desk.cloudwatch.put_alarm_mute_rule(Name=name, Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": [*alarms]})
    return start


def watched(desk: Any) -> None:
    desk.alarm("a", AlarmActions=[desk.topic], OKActions=[desk.topic])
    desk.set("a", "OK")
    desk.told()


def status(desk: Any, name: str = "quiet") -> str:
    return str(desk.cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)["Status"])


def test_actions_are_muted_and_come_when_the_window_ends(desk: Any) -> None:
    """Scenario: re-triggered after the mute window, since the alarm is still in that state."""
    watched(desk)
    start = quiet(desk)
    assert status(desk) == "SCHEDULED"
    desk.aws.advance_to(start + HOUR)
    assert status(desk) == "ACTIVE"
    desk.set("a", "ALARM")
    desk.advance(minutes=50)
    assert (desk.told(), desk.state("a")) == ([], "ALARM")
    desk.advance(minutes=20)
    assert (desk.told(), status(desk)) == (["a ALARM"], "EXPIRED")


def test_what_comes_and_goes_in_the_window_is_not_acted_on(desk: Any) -> None:
    watched(desk)
    desk.aws.advance_to(quiet(desk) + HOUR)
    desk.set("a", "ALARM")
    desk.set("a", "OK")
    desk.advance(hours=3)
    assert desk.told() == []


def test_windows_that_overlap_mute_to_the_end_of_the_last(desk: Any) -> None:
    watched(desk)
    quiet(desk, "short", 1)
    start = quiet(desk, "long", 3)
    desk.aws.advance_to(start + HOUR / 2)
    desk.set("a", "ALARM")
    desk.aws.advance_to(start + 2 * HOUR)
    assert desk.told() == []
    desk.aws.advance_to(start + 4 * HOUR)
    assert desk.told() == ["a ALARM"]


def test_a_rule_that_is_deleted_mutes_no_more(desk: Any) -> None:
    """API, DeleteAlarmMuteRule: alarms are unmuted at once, and their actions come; twice is no error."""
    watched(desk)
    desk.aws.advance_to(quiet(desk) + HOUR)
    desk.set("a", "ALARM")
    for _ in range(2):
        desk.cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="quiet")
    assert desk.told() == ["a ALARM"]
    desk.refused("get_alarm_mute_rule", "ResourceNotFoundException", AlarmMuteRuleName="quiet")


def test_the_event_of_a_muted_alarm_says_so(desk: Any, shared: Path) -> None:
    sample = json.loads((shared / "reference/samples/events/alarm-muted.json").read_text())["detail"]
    watched(desk)
    start = quiet(desk)
    desk.aws.advance_to(start + HOUR)
    desk.set("a", "ALARM")
    event = desk.events("State", "a")[-1]
    assert event.keys() == sample.keys()
    assert event["muteDetail"] == {
        "mutedByArn": f"arn:aws:cloudwatch:us-east-1:{desk.aws.account}:alarm-mute-rule:quiet",
        "muteWindowStart": start.strftime("%Y-%m-%dT%H:%M:00.000+0000"),
        "muteWindowEnd": (start + 2 * HOUR).strftime("%Y-%m-%dT%H:%M:00.000+0000"),
    }


def test_composite_alarms_are_muted_too(desk: Any) -> None:
    desk.alarm("a")
    desk.composite("any", "ALARM(a)", AlarmActions=[desk.topic])
    desk.aws.advance_to(quiet(desk, alarms=("any",)) + HOUR)
    desk.set("a", "ALARM")
    assert (desk.told(), desk.state("any")) == ([], "ALARM")
    desk.advance(hours=2)
    assert desk.told() == ["any ALARM"]


def test_a_window_comes_again_in_its_time_zone(desk: Any) -> None:
    """API: cron(minutes hours day-of-month month day-of-week), in the schedule's zone; StartDate and ExpireDate."""
    watched(desk)
    schedule = {"Expression": "cron(0 18 * * FRI)", "Duration": "P2DT12H", "Timezone": "Europe/Berlin"}
    after = desk.aws.now() + timedelta(days=30)
    rule = {"Name": "weekends", "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": ["a"]}}
    desk.cloudwatch.put_alarm_mute_rule(**rule, ExpireDate=after)
    found = desk.aws.alarms.mutes.rules["weekends"]
    friday = datetime(2026, 11, 27, 17, tzinfo=UTC)  # 18:00 in Berlin
    window = found.window(friday + HOUR)
    assert (window.start, window.end) == (friday, friday + timedelta(days=2, hours=12))
    assert found.window(friday - timedelta(seconds=1)) is None
    assert found.window(friday + timedelta(days=2, hours=12)) is None
    assert (found.status(friday), found.status(friday - HOUR), found.status(after)) == (
        "ACTIVE",
        "SCHEDULED",
        "EXPIRED",
    )
    (listed,) = desk.cloudwatch.list_alarm_mute_rules(AlarmName="a")["AlarmMuteRuleSummaries"]
    assert (listed["MuteType"], listed["AlarmMuteRuleArn"]) == ("RECURRING", found.arn)
    assert desk.cloudwatch.list_alarm_mute_rules(AlarmName="b")["AlarmMuteRuleSummaries"] == []


@pytest.mark.parametrize(
    ("schedule", "rest"),
    [
        pytest.param({"Expression": "cron(0 2 * * * *)", "Duration": "PT1H"}, {}, id="six fields"),
        pytest.param({"Expression": "cron(0 2 1 * MON)", "Duration": "PT1H"}, {}, id="two days"),
        pytest.param({"Expression": "at(tomorrow)", "Duration": "PT1H"}, {}, id="no time"),
        pytest.param({"Expression": "at(2027-01-01T00:00)", "Duration": "P16D"}, {}, id="too long"),
        pytest.param({"Expression": "at(2027-01-01T00:00)", "Duration": "1h"}, {}, id="no duration"),
        pytest.param(
            {"Expression": "at(2027-01-01T00:00)", "Duration": "PT1H"},
            {"ExpireDate": datetime(2028, 1, 1, tzinfo=UTC)},
            id="once",
        ),
    ],
)
def test_what_is_no_rule_is_refused(schedule: dict[str, str], rest: dict[str, Any], desk: Any) -> None:
    desk.refused("put_alarm_mute_rule", "ValidationError", Name="bad", Rule={"Schedule": schedule}, **rest)
