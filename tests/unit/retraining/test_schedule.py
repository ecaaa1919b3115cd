"""When a schedule is due, by the examples of AWS's pages and by the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.retraining.schedule import following

pytestmark = pytest.mark.unit
START = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


def times(schedule: str, count: int, after: datetime = START) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        at = following(schedule, after, START)
        if at is None:
            break
        found.append(at.strftime("%Y-%m-%d %H:%M %a"))
        after = at
    return found


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        # EventBridge user guide, "Cron expressions", the table of examples
        pytest.param(
            "cron(0 10 * * ? *)", ["2026-01-01 10:00 Thu", "2026-01-02 10:00 Fri", "2026-01-03 10:00 Sat"], id="daily"
        ),
        pytest.param("cron(15 12 * * ? *)", ["2026-01-01 12:15 Thu", "2026-01-02 12:15 Fri"], id="daily-with-minutes"),
        pytest.param(
            "cron(0 18 ? * MON-FRI *)",
            ["2026-01-01 18:00 Thu", "2026-01-02 18:00 Fri", "2026-01-05 18:00 Mon"],
            id="weekdays",
        ),
        pytest.param("cron(0 8 1 * ? *)", ["2026-01-01 08:00 Thu", "2026-02-01 08:00 Sun"], id="first-of-each-month"),
        pytest.param(
            "cron(0/15 * * * ? *)",
            ["2026-01-01 00:15 Thu", "2026-01-01 00:30 Thu", "2026-01-01 00:45 Thu", "2026-01-01 01:00 Thu"],
            id="every-quarter",
        ),
        pytest.param("cron(0/10 * ? * MON-FRI *)", ["2026-01-01 00:10 Thu", "2026-01-01 00:20 Thu"], id="ten-weekdays"),
        pytest.param(
            "cron(0/5 8-17 ? * MON-FRI *)", ["2026-01-01 08:00 Thu", "2026-01-01 08:05 Thu"], id="office-hours"
        ),
        # AWS: "0/30 20-2 ? * MON-FRI *", half-hourly between 10 pm and 2 am
        pytest.param(
            "cron(0/30 20-2 ? * MON-FRI *)",
            ["2026-01-01 00:30 Thu", "2026-01-01 01:00 Thu", "2026-01-01 01:30 Thu", "2026-01-01 02:00 Thu",
             "2026-01-01 02:30 Thu", "2026-01-01 20:00 Thu"],
            id="over-midnight",
        ),
        # EventBridge Scheduler user guide, "Schedule types": 6L is the last Friday, 3#2 the second Tuesday
        pytest.param(
            "cron(15 10 ? * 6L 2026-2027)",
            ["2026-01-30 10:15 Fri", "2026-02-27 10:15 Fri", "2026-03-27 10:15 Fri"],
            id="last-friday",
        ),
        pytest.param("cron(0 9 ? * 3#2 *)", ["2026-01-13 09:00 Tue", "2026-02-10 09:00 Tue"], id="second-tuesday"),
        pytest.param("cron(0 9 ? * TUE#5 *)", ["2026-03-31 09:00 Tue", "2026-06-30 09:00 Tue"], id="fifth-tuesday"),
        pytest.param("cron(0 0 L * ? *)", ["2026-01-31 00:00 Sat", "2026-02-28 00:00 Sat"], id="last-day"),
        pytest.param("cron(0 0 LW * ? *)", ["2026-01-30 00:00 Fri", "2026-02-27 00:00 Fri"], id="last-weekday"),
        pytest.param(
            "cron(0 0 3W * ? *)",
            ["2026-01-02 00:00 Fri", "2026-02-03 00:00 Tue", "2026-03-03 00:00 Tue"],
            id="weekday-nearest-to-a-saturday",
        ),
        pytest.param("cron(0 0 1W 8 ? *)", ["2026-08-03 00:00 Mon", "2027-08-02 00:00 Mon"], id="nearest-in-the-month"),
        pytest.param("cron(0 0 31W 5 ? *)", ["2026-05-29 00:00 Fri", "2027-05-31 00:00 Mon"], id="not-into-the-next"),
        pytest.param("cron(0 0 31 * ? *)", ["2026-01-31 00:00 Sat", "2026-03-31 00:00 Tue"], id="short-months"),
        pytest.param("cron(0 0 29 2 ? *)", ["2028-02-29 00:00 Tue", "2032-02-29 00:00 Sun"], id="leap-day"),
        pytest.param("cron(0 3 ? * FRI-MON *)", ["2026-01-02 03:00 Fri", "2026-01-03 03:00 Sat",
                                                 "2026-01-04 03:00 Sun", "2026-01-05 03:00 Mon"], id="over-the-week"),
        pytest.param("cron(0 3 ? * L *)", ["2026-01-03 03:00 Sat", "2026-01-10 03:00 Sat"], id="last-day-of-the-week"),
        pytest.param("cron(0 0 1 JAN,JUL ? *)", ["2026-07-01 00:00 Wed", "2027-01-01 00:00 Fri"], id="names-of-months"),
        pytest.param("cron(0 0 1 1/6 ? *)", ["2026-07-01 00:00 Wed", "2027-01-01 00:00 Fri"], id="steps-of-months"),
        pytest.param("cron(0 0 1 1 ? 2027)", ["2027-01-01 00:00 Fri"], id="one-year-and-no-more"),
        pytest.param("cron(0 0 1 1 ? 2020)", [], id="in-the-past"),
        pytest.param("cron(0 0 30 2 ? *)", [], id="never"),
    ],
)  # fmt: skip
def test_cron(schedule: str, expected: list[str]) -> None:
    assert times(schedule, len(expected) or 1) == expected


def test_a_time_that_is_now_is_over() -> None:
    at = datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert following("cron(0 10 * * ? *)", at, START) == at + timedelta(days=1)
    assert following("cron(0 10 * * ? *)", at - timedelta(microseconds=1), START) == at


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [("rate(1 minute)", 1), ("rate(5 minutes)", 5), ("rate(1 hour)", 60), ("rate(2 days)", 2880)],
)
def test_rate_counts_from_its_anchor(schedule: str, minutes: int) -> None:
    step = timedelta(minutes=minutes)
    assert following(schedule, START, START) == START + step
    assert following(schedule, START + 7 * step + timedelta(seconds=1), START) == START + 8 * step
    assert following(schedule, START + 7 * step, START) == START + 8 * step
    assert following(schedule, START - timedelta(days=400), START) == START + step


@pytest.mark.parametrize("schedule", ["", "daily", "cron(0 3 * *)", "rate(1 fortnight)"])
def test_what_is_no_schedule(schedule: str) -> None:
    with pytest.raises(ValueError, match="is neither"):
        following(schedule, START, START)


FIELDS = st.tuples(
    st.sampled_from(["0", "30", "*/20", "5-10", "1,59"]),
    st.sampled_from(["*", "3", "0/6", "22-1"]),
    st.sampled_from(["*", "1", "15,31", "L"]),
    st.sampled_from(["*", "2", "JAN-MAR", "1/5"]),
)


@given(fields=FIELDS, start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001  hypothesis wants naive bounds
def test_nothing_between_is_left_out(fields: tuple[str, ...], start: datetime) -> None:
    """No time lies between a moment and the time that follows it: asked from any point between, it is the same."""
    schedule = f"cron({' '.join(fields)} ? *)"
    after = start.replace(tzinfo=UTC)
    found = following(schedule, after, START)
    assert found is not None
    assert found > after
    assert following(schedule, after + (found - after) / 2, START) == found
