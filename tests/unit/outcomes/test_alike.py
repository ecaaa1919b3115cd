"""Scores of two versions by the same requests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leeway.counting import counted
from leeway.outcomes.act import MEMORY
from leeway.outcomes.alike import Alike, compare

pytestmark = pytest.mark.unit
HOUR = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))


def captured(path: Path, answers: list[tuple[str, str]], at: str = "2026-03-02T09:30:00Z") -> list[Path]:
    lines = []
    for number, (name, answer) in enumerate(answers):
        half = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": answer, "encoding": "CSV"}
        about = {"eventId": f"{path.name}-{number}", "inferenceTime": at} | ({"inferenceId": name} if name else {})
        lines.append(json.dumps({"captureData": {"endpointOutput": half}, "eventMetadata": about, "eventVersion": "0"}))
    path.write_text("\n".join(lines) + "\n")
    return [path]


def test_what_both_answered_is_compared_and_nothing_else(tmp_path: Path) -> None:
    champion = captured(
        tmp_path / "a", [("1", "0.5"), ("2", "0.2\n"), ("3", "0.9"), ("4", "nan"), ("", "0.1"), ("9", "1")]
    )
    challenger = captured(
        tmp_path / "b", [("1", "0.6"), ("2", "0.5"), ("4", "0.1"), ("5", "0.3"), ("", "0.1"), ("9", "1"), ("9", "0")]
    )
    early = captured(tmp_path / "c", [("3", "0.0")], at="2026-03-02T08:59:59Z")
    with counted(tmp_path, MEMORY) as connection:
        found = compare(connection, (champion, [*challenger, *early]), HOUR)
        nothing = compare(connection, ([], []), HOUR)
    assert found.pairs == 2
    assert found.mean == pytest.approx(0.2)
    assert found.most == pytest.approx(0.3)
    assert nothing == Alike()
    assert nothing.mean == 0


def test_a_line_that_is_no_record_takes_no_other_with_it(tmp_path: Path) -> None:
    both = [captured(tmp_path / name, [("1", "0.5"), ("2", "0.2")]) for name in "ab"]
    both[1][0].write_text("5\n" + both[1][0].read_text())
    with counted(tmp_path, MEMORY) as connection:
        assert compare(connection, (both[0], both[1]), HOUR).pairs == 2


def test_hours_add_up() -> None:
    assert Alike(pairs=1, total=0.1, most=0.1).merge(Alike(pairs=2, total=0.4, most=0.3)) == Alike(
        pairs=3, total=0.5, most=0.3
    )
