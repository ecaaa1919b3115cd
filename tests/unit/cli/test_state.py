"""What `leeway status` shows of a model: one screen, as wide as the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leeway_cli import embedded, layout, state
from leeway_cli.state import State, Wait
from tests.unit.cli.test_runs import run

pytestmark = pytest.mark.unit
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RUN = run(created=NOW - timedelta(minutes=5), why="version 1 registered; " + "auc 0.8154 ≥ the bar 0.5; " * 9)
STATE = State(
    model="churn", paused=False, applied_at=NOW, serving=None, endpoint="", versions=[], pending=[], run=RUN,
    waits=[Wait(machine="retrainer", why="no new \x1b[31mdata, " * 9, until=NOW + timedelta(minutes=9))], last=None,
)  # fmt: skip


def test_long_texts_are_wrapped_under_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    told = list(state.lines(STATE, NOW))
    assert max(map(len, told)) <= 90
    assert told[4].startswith("  training   succeeded, begun 5 min ago by data, 1 file, 900 rows: version 1")
    assert told[5].startswith(" " * 13 + "auc")
    assert "\x1b" not in "".join(told)
    assert told[-1].endswith("(looks again in 9 min)")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1200, "1,200 files")], ids=str
)
def test_a_number_of_things(count: int, text: str) -> None:
    assert layout.counted(count, "file") == text


def test_what_the_embedded_aws_says_of_itself() -> None:
    status = {
        "now": "2026-03-01T12:10:00.5+00:00", "offset_seconds": 600.4, "account": "123456789012",
        "region": "us-east-1", "stacks": ["leeway"], "functions": ["leeway-tick"], "jobs": [], "errors": ["it broke"],
        "ready": True, "pid": 7, "port": 4566, "planned": ["schedule leeway-tick"], "events": 3,
    }  # fmt: skip
    assert list(embedded.summary(status)) == [
        "time       2026-03-01 12:10:00 UTC, 600 s ahead of this machine",
        "account    123456789012, us-east-1",
        "stacks     leeway",
        "functions  leeway-tick",
        "errors     it broke",
    ]
    status |= {"offset_seconds": -0.0001}
    assert "ahead" not in next(embedded.summary(status))
