"""Schedules, and virtual time that passes over what is idle."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localaws import AwsError, LocalAWS, cron

pytestmark = pytest.mark.contract

START = datetime(2026, 1, 1, tzinfo=UTC)


def _tick(aws: LocalAWS) -> dict[str, Any]:
    key = {"pk": {"S": "tick"}, "sk": {"S": "tick"}}
    item: dict[str, Any] = aws.client("dynamodb").get_item(TableName="keep", Key=key).get("Item", {"n": {"N": "0"}})
    return item


def _idle_until(aws: LocalAWS, moment: datetime) -> None:
    item = {"pk": {"S": "tick"}, "sk": {"S": "answer"}, "idle_until": {"S": moment.isoformat()}}
    aws.client("dynamodb").put_item(TableName="keep", Item=item)


def test_a_rate_fires_once_a_period_with_its_context(aws: LocalAWS) -> None:
    began = aws.now()
    aws.advance(timedelta(minutes=10, seconds=1))
    item = _tick(aws)
    assert item["n"]["N"] == "10"
    assert item["latest"]["S"] == (began + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:") + item["latest"]["S"][-3:]


def test_idle_firings_are_passed_over_until_their_time(aws: LocalAWS) -> None:
    _idle_until(aws, aws.now() + timedelta(hours=24))
    aws.advance(timedelta(hours=23))
    assert _tick(aws)["n"]["N"] == "1"
    aws.advance(timedelta(hours=2))
    assert int(_tick(aws)["n"]["N"]) > 1


def test_anything_that_happens_ends_the_idleness(aws: LocalAWS, inbox: str) -> None:
    _idle_until(aws, aws.now() + timedelta(days=1))
    aws.advance(timedelta(minutes=2))
    before = int(_tick(aws)["n"]["N"])
    aws.client("s3").put_object(Bucket=inbox, Key="inbox/a", Body=b"x")
    aws.advance(timedelta(minutes=2))
    assert int(_tick(aws)["n"]["N"]) == before + 1


def test_a_month_of_idleness_takes_no_time(aws: LocalAWS) -> None:
    _idle_until(aws, aws.now() + timedelta(days=400))
    began = time.process_time()
    aws.advance(timedelta(days=30))
    assert _tick(aws)["n"]["N"] == "1"
    assert time.process_time() - began < 10


def test_schedules_can_be_read_and_not_written(aws: LocalAWS) -> None:
    client = aws.client("scheduler")
    (summary,) = client.list_schedules()["Schedules"]
    schedule = client.get_schedule(Name=summary["Name"])
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 minute)", "ENABLED")
    with pytest.raises(client.exceptions.ClientError, match="not emulated"):
        client.delete_schedule(Name=summary["Name"])


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        pytest.param("rate(5 minutes)", "UTC", "2026-01-01T00:07", "2026-01-01T00:10", id="rate"),
        pytest.param("cron(0 3 ? * MON *)", "UTC", "2026-01-01T00:00", "2026-01-05T03:00", id="weekday"),
        pytest.param("cron(15 10 1 * ? *)", "UTC", "2026-01-01T10:15", "2026-02-01T10:15", id="strictly-after"),
        pytest.param("cron(0/20 8-9 ? * 2-6 *)", "UTC", "2026-01-02T09:40", "2026-01-05T08:00", id="steps-and-spans"),
        pytest.param("cron(0 0 L * ? *)", "UTC", "2026-02-01T00:00", "2026-02-28T00:00", id="last-day"),
        pytest.param("cron(0 0 29 2 ? *)", "UTC", "2026-01-01T00:00", "2028-02-29T00:00", id="leap-day"),
        pytest.param("cron(0 9 ? * 3#2 *)", "UTC", "2026-01-01T00:00", "2026-01-13T09:00", id="second-tuesday"),
        pytest.param("cron(0 9 ? * FRIL *)", "UTC", "2026-01-01T00:00", "2026-01-30T09:00", id="last-friday"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T00:30", id="gap-skipped"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:00", "2026-10-25T00:30", id="twice-is-once"),
        pytest.param("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T00:30", "2026-10-26T01:30", id="not-again"),
        pytest.param("cron(0 12 * * ? 2030)", "UTC", "2026-01-01T00:00", "2030-01-01T12:00", id="year"),
    ],
)
def test_when(expression: str, zone: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = cron.parse(expression, zone, START).after(moment)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    ["rate(0 minutes)", "rate(1 fortnight)", "cron(0 3 * * * *)", "cron(61 3 ? * MON *)", "cron(0 3 ? * MON)", "soon"],
)
def test_invalid_expressions_are_refused(expression: str) -> None:
    with pytest.raises(AwsError, match="ValidationException"):
        cron.parse(expression, "UTC", START)
