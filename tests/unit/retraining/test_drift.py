"""Alarms as a trigger: when one starts a training, what holds it, how often, and what people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from leeway.retraining.decisions import Alarm, Decision, Look, Start, Tell, Wait
from leeway.retraining.plan import plan
from leeway.retraining.run import BROKEN, DRIFT, MANUAL, REFUSED, SUCCEEDED
from leeway.retraining.triggers import prospect
from tests.unit.retraining.values import DAY, HOUR, MINUTE, NOW, observed, pending, request, run, spec, stock

pytestmark = pytest.mark.unit
OLDER = run(2 * HOUR, REFUSED, definition="older")
SLOW = [pending("new", MINUTE)]  # in its quiet period, so that no data starts anything


def alarm(age: timedelta = HOUR, name: str = "leeway-churn-drift", **rest: Any) -> Alarm:
    return Alarm(name=name, since=NOW - age, **rest)


def decide(**found: Any) -> Decision:
    rules = found.pop("spec", spec())
    return plan(rules, observed(**{"pending": SLOW, "alarms": [alarm()], **found}), NOW)


def test_an_alarm_that_stands_starts_a_training_of_what_is_new() -> None:
    assert decide() == Look()
    start = decide(stock=stock("new"))
    assert isinstance(start, Start)
    assert start.trigger == DRIFT
    assert "alarm leeway-churn-drift stands since 2026-03-02 11:00:00 UTC" in start.why


@pytest.mark.parametrize(
    ("found", "code", "until"),
    [
        pytest.param({"recent": [run(30 * HOUR)], "pending": []}, "nothing-new", None, id="nothing-new"),
        pytest.param({"pending": [], "recent": [run(30 * HOUR, REFUSED)]}, "nothing-new", None, id="refused-before"),
        pytest.param({"spec": spec(min_labels=1001)}, "too-few-labels", NOW + 4 * MINUTE, id="min-labels"),
        pytest.param({"recent": [OLDER], "pending": []}, "cooldown", NOW + 22 * HOUR, id="cooldown"),
        pytest.param(
            {"recent": [replace(OLDER, trigger=MANUAL)], "pending": []}, "cooldown", NOW + 22 * HOUR, id="by-hand"
        ),
        pytest.param(
            {"recent": [replace(OLDER, status=BROKEN)], "pending": []}, "cooldown", NOW + 22 * HOUR, id="broken"
        ),
        pytest.param(
            {"recent": [OLDER, run(3 * HOUR)], "spec": spec(cooldown=HOUR), "pending": []},
            "daily-cap",
            NOW + 21 * HOUR,
            id="daily-cap",
        ),
        pytest.param(
            {"recent": [run(n * HOUR, BROKEN, DRIFT) for n in (2, 3)], "spec": spec(cooldown=HOUR), "pending": []},
            "daily-cap",
            NOW + 21 * HOUR,
            id="the-cap-counts-what-drift-broke",
        ),
        pytest.param({"stock": stock(kill_switch=True)}, "kill-switch", NOW + 5 * MINUTE, id="kill-switch"),
        pytest.param({"paused": True}, "paused", None, id="paused"),
        pytest.param({"stock": stock("new", rows=499)}, "too-few-rows", None, id="too-few-rows"),
        pytest.param({"pending": [], "stock": stock()}, "no-data", None, id="no-data"),
    ],
)
def test_what_holds_it_is_told_once_and_then_waited_for(found: dict[str, Any], code: str, until: datetime) -> None:
    said = decide(**found)
    assert isinstance(said, Tell)
    assert said.code == code
    assert "alarm leeway-churn-drift stands since" in said.why
    waits = decide(**found, told=said.key)
    assert isinstance(waits, Wait)
    assert (waits.code, waits.silent) == (code, True)
    assert waits.until == until


def test_another_reason_and_another_alarm_are_told_again() -> None:
    first, waits = decide(recent=[run(2 * HOUR)]), decide(spec=spec(min_labels=10**6))
    later = decide(recent=[run(2 * HOUR)], alarms=[alarm(30 * MINUTE)])
    assert isinstance(first, Tell)
    assert isinstance(waits, Tell)
    assert isinstance(later, Tell)
    assert len({first.key, waits.key, later.key}) == 3


def test_after_a_success_it_is_answered_and_after_anything_else_not() -> None:
    """The alarm stands since an hour; the runs ended a minute after they began."""
    rules = spec(cooldown=timedelta(0))
    for status in (BROKEN, REFUSED):
        assert decide(spec=rules, recent=[run(30 * MINUTE, status)]) == Look()
    answered = decide(spec=rules, recent=[run(30 * MINUTE, SUCCEEDED)], pending=[])
    assert isinstance(answered, Wait)
    assert (answered.code, answered.silent) == ("alarm-answered", True)
    assert decide(spec=rules, recent=[run(2 * HOUR, SUCCEEDED)]) == Look(), "that one was before the alarm"


def test_while_it_stands_it_starts_once_a_cooldown() -> None:
    """Three broken runs in a row hold all that data starts; an alarm comes back after each cooldown."""
    broken = [run(n * DAY, BROKEN, DRIFT) for n in (1, 2, 3)]
    assert decide(recent=broken) == Look()
    again = decide(recent=[run(MINUTE, BROKEN, DRIFT), *broken])
    assert isinstance(again, Tell)
    assert again.code == "cooldown"


def test_without_a_cooldown_a_broken_training_is_still_not_repeated_at_once() -> None:
    rules = spec(cooldown=timedelta(0), daily_cap=10)
    held = decide(spec=rules, recent=[run(4 * MINUTE, BROKEN, DRIFT)])
    assert isinstance(held, Tell)
    assert decide(spec=rules, recent=[run(6 * MINUTE, BROKEN, DRIFT)]) == Look()


def test_what_comes_after_a_broken_training_by_drift_is_the_cooldown() -> None:
    said = prospect([run(HOUR, BROKEN, DRIFT)], [], NOW - 30 * DAY, 24 * HOUR)
    assert said == "again from 2026-03-03 11:00:00 UTC on, if the alarm still stands"


@pytest.mark.parametrize("silenced", ["muted by the rule nights", "suppressed by maintenance"])
def test_a_silenced_alarm_starts_nothing_and_troubles_nobody(silenced: str) -> None:
    waits = decide(alarms=[alarm(silenced=silenced)], pending=[])
    assert isinstance(waits, Wait)
    assert (waits.code, waits.silent) == ("alarm-silenced", True)
    assert silenced in waits.why
    assert decide(alarms=[alarm(silenced=silenced), alarm(MINUTE, "other")]) == Look(), "another one is heard"


def test_alarms_that_cannot_be_read_are_not_their_absence_and_hold_nothing_else_up() -> None:
    unread = {"alarms": [], "alarms_unread": "CloudWatch DescribeAlarms: AccessDenied"}
    waits = decide(**unread, pending=[])
    assert isinstance(waits, Wait)
    assert (waits.code, waits.silent, waits.until) == ("alarms-unread", False, NOW + 10 * MINUTE)
    assert "AccessDenied" in waits.why
    assert decide(**unread, pending=[pending("a", HOUR)]) == Look()
    assert decide(**unread, requests=[request("manual")]) == Look()


def test_a_person_and_the_rollout_come_first() -> None:
    for trigger in ("manual", "reevaluate"):
        start = decide(requests=[request(trigger)], stock=stock("new"))
        assert isinstance(start, Start)
        assert start.trigger == trigger


def test_the_alarm_that_has_waited_longest_is_named_and_order_does_not_matter() -> None:
    found = [alarm(), alarm(3 * HOUR, "model-monitor"), alarm(2 * HOUR, silenced="muted by the rule x")]
    starts = [decide(alarms=order, stock=stock("new")) for order in (found, found[::-1])]
    assert starts[0] == starts[1]
    assert isinstance(starts[0], Start)
    assert "alarm model-monitor stands" in starts[0].why


def test_new_data_that_are_quiet_start_as_ever_while_drift_is_held() -> None:
    data = decide(pending=[pending("a", HOUR)], recent=[run(2 * HOUR)], stock=stock("a"))
    assert isinstance(data, Start)
    assert data.trigger == "data"
