"""Drift as the terminal shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from leeway.drift.records import Report, report
from leeway.rollout.observed import Slot
from leeway_cli import layout
from leeway_cli.drift import chart, columns, look, words
from leeway_cli.drift.look import Look
from leeway_cli.exits import Usage
from leeway_cli.moments import past
from tests.unit.cli.looked import HOUR, START, looked

pytestmark = pytest.mark.unit
NOW = START + 72 * HOUR


@pytest.fixture(scope="module")
def found() -> Look:
    return looked()


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def told(found: Look) -> list[str]:
    return [*words.before(found), *chart.lines(found), *words.after(found, NOW)]


def test_it_fits_80_columns_and_lets_no_control_character_through(found: Look) -> None:
    for one in (found, looked(hours=5, drift_from=None), looked(hours=400, rows=120)):
        text = told(one)
        assert max(map(len, text)) <= 80
        assert "\x1b" not in "".join(text)


def test_the_verdict_stands_first_and_the_culprits_in_words(found: Look) -> None:
    text = told(found)
    assert text[0].startswith("churn version 3: drifted; evidence ")
    assert text[0].endswith(" against a bar of 1,000")
    assert "20,100 rows in 71 hours, 4 of them unknown; 1 hour without a report" in " ".join(text[1:3])
    assert "records without use: 71 because the answer is missing" in text
    assert any(line.startswith("  `tenure`: median 35") and "since Wednesday 12:00" in line for line in text)


def test_the_map_shows_what_moved_when_and_what_is_not_known(found: Look) -> None:
    shown = columns.columns(found, 100)
    assert len(shown) == 72
    tenure = [column.distances["tenure"] for column in shown]
    assert tenure[:24] == [0.0] * 24, "what chance makes is no distance"
    assert tenure[24:28] == [None] * 4
    assert [columns.level(one or 0.0, 0.05) for one in tenure[60:]] == [4] * 12
    rows = {line.split("  ")[1]: line for line in reversed(list(chart.lines(found)))}
    assert "?" in rows["tenure"]
    assert rows["tenure"].endswith("·" + "█" * 6)
    assert rows["verdict"].endswith("·" + "!" * 6)
    assert list(rows).index("tenure") > list(rows).index("plan"), "what moved stands above"


def test_hours_become_days_where_they_do_not_fit(found: Look) -> None:
    assert [len(columns.columns(found, room)) for room in (72, 40, 25, 13, 6)] == [72, 36, 24, 12, 6]
    days = columns.columns(found, 4)
    assert [(day.step, day.verdict) for day in days] == [(24, "stable"), (24, "stable"), (24, "drifted")]
    assert days[1].distances["tenure"] == 0.0
    assert days[1].window.rows == 300 * (24 - 5)


def test_without_other_letters_it_is_ascii(found: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "glyphs", lambda: chart.ASCII)
    assert all(line.isascii() for line in chart.lines(found))


def test_an_hour_without_a_verdict_does_not_hide_the_one_before(found: Look) -> None:
    last = replace(found.hours[-1], status=replace(found.hours[-1].status, verdict="unknown", why="unknown: 0 rows"))
    later = replace(found, hours=[*found.hours[:-1], last])
    assert later.verdict == "drifted"
    assert "the verdict is of 2026-03-04 22:00, nothing is known since" in words.counted(later)
    assert words.headline(replace(found, hours=[last])) == "churn version 3: unknown: 0 rows"
    assert words.headline(replace(found, hours=[])) == "churn version 3: unknown: no hour has a report"


def test_a_report_is_read_as_it_was_written(found: Look) -> None:
    for one in found.hours[-2:]:
        document = json.loads(json.dumps(report(one.hour, one.version, one.window, one.status)))
        assert Report.from_json(document) == one


def test_for_programs_each_hour_has_its_distances(found: Look) -> None:
    answer = look.as_json(found, {one.hour: columns.distances(found, one.window) for one in found.hours})
    assert json.loads(json.dumps(answer)) == answer
    assert answer["hours"][-1]["distances"]["tenure"] > 0.4
    assert answer["hours"][24]["distances"]["tenure"] is None
    assert (answer["rows"], answer["hours_without_report"]) == (20100, 1)


def slot(version: int, begin: int, end: int | None) -> Slot:
    return Slot(
        endpoint="e", slot="a", version=version, package=f"p/{version}", begin=START + begin * HOUR,
        end=None if end is None else START + end * HOUR,
    )  # fmt: skip


def test_the_window_is_the_last_week_in_which_the_version_served() -> None:
    now = START + timedelta(days=30, minutes=30)
    assert look.span([slot(1, 5, None)], None, None, now) == (now - timedelta(days=7, minutes=30), START + 720 * HOUR)
    assert look.span([slot(1, 5, 9)], None, None, now) == (START + 5 * HOUR, START + 10 * HOUR)
    assert look.span([slot(1, 719, None)], None, None, now) == (START + 719 * HOUR, START + 720 * HOUR)
    assert look.span([slot(1, 720, None)], None, None, now) == (START + 720 * HOUR, START + 720 * HOUR)
    with pytest.raises(Usage, match="before it begins"):
        look.span([slot(1, 5, None)], now, START, now)


def test_times_are_moments_or_how_long_ago() -> None:
    assert past("2d", NOW) == NOW - timedelta(days=2)
    assert past("2026-03-02T00:00:00Z", NOW) == START
    with pytest.raises(Usage):
        past("yesterday", NOW)


def test_layout_of_a_legend(found: Look) -> None:
    assert layout.width() == 80
    assert "  column      2 hours (UTC), of at most 600 rows" in list(chart.lines(found))
