"""The journal as people read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leeway.journal import Entry
from leeway_cli import console, timeline

pytestmark = pytest.mark.unit


def entry(at: datetime, why: str = "1,000 rows") -> Entry:
    return Entry(model="churn", at=at, actor="data_arrival", what="DataAccepted", why=why)


def test_each_day_has_its_heading() -> None:
    story = [entry(datetime(2026, 3, day, 9, 0, 7, tzinfo=UTC)) for day in (1, 1, 2)]
    told = list(timeline.lines(story, width=100))
    assert told[0] == "Sunday, 01 March 2026 (UTC)"
    assert told[1] == "  09:00:07  data_arrival      Data accepted: 1,000 rows"
    assert [line.startswith("Monday") for line in told] == [False, False, False, True, False]


def test_long_reasons_are_wrapped_under_themselves() -> None:
    told = list(timeline.lines([entry(datetime(2026, 3, 1, tzinfo=UTC), why="word " * 40)], width=80))
    lines = told[1].splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert {line[:30].strip() for line in lines[1:]} == {""}


def test_no_control_character_reaches_the_terminal() -> None:
    told = list(timeline.lines([entry(datetime(2026, 3, 1, tzinfo=UTC), why="a\x1b[31mb\n\u202ec")], width=100))
    assert told[1].endswith(r"a\x1b[31mb\x0a\u202ec")


@pytest.mark.parametrize(
    ("what", "said"),
    [("DataAccepted", "Data accepted"), ("BackedOff", "Backed off"), ("X", "X"), ("S3Missing", "S3 missing"), ("", "")],
)
def test_words(what: str, said: str) -> None:
    assert timeline.words(what) == said


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], coloured: bool) -> None:
    import io

    stream = io.StringIO()
    assert not console.coloured(stream, env)
    monkeypatch.setattr(stream, "isatty", lambda: True)
    assert console.coloured(stream, env) == coloured
