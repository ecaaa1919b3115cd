"""Times and durations as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leeway_cli import moments
from leeway_cli.exits import Usage

pytestmark = pytest.mark.unit
NOW = "2026-03-01T09:00:00+00:00"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172800), ("0s", 0)])
def test_durations(text: str, seconds: int) -> None:
    assert moments.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1.5h", "5M"])
def test_no_durations(text: str) -> None:
    with pytest.raises(Usage, match="not a duration"):
        moments.duration(text)


@pytest.mark.parametrize(
    ("how_far", "until", "seconds"),
    [
        pytest.param("1h", "", 3600, id="how far"),
        pytest.param("", "2026-03-01T10:00:00Z", 3600, id="until"),
        pytest.param("", "2026-03-01T10:00", 3600, id="no zone is UTC"),
        pytest.param("", "2026-03-01T12:00:00+02:00", 3600, id="other zone"),
        pytest.param("", "2026-03-02", 15 * 3600, id="a day"),
    ],
)
def test_how_far_to_advance(how_far: str, until: str, seconds: int) -> None:
    assert moments.seconds_to(how_far, until, NOW) == seconds


@pytest.mark.parametrize(
    ("how_far", "until", "says"),
    [("", "", "say either"), ("1h", NOW, "say either"), ("", "2026-02-01", "past already"), ("", "noon", "not a time")],
)
def test_time_does_not_run_so(how_far: str, until: str, says: str) -> None:
    with pytest.raises(Usage, match=says):
        moments.seconds_to(how_far, until, NOW)


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=1, minutes=30, seconds=5), "1 h 30 min"),
        (timedelta(days=2, minutes=4), "2 d 4 min"),
    ],
)
def test_lengths(gap: timedelta, text: str) -> None:
    assert moments.length(gap) == text
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert moments.ago(at, at + gap) == f"{text} ago"
    assert moments.ago(at + gap, at) == f"in {text}"
