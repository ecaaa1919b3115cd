"""An experiment as a page: drawn whole, running or over, and no word of it taken for markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leeway.experiment.assignment import Arm, Assignment
from leeway.experiment.evidence import Cohort, Evidence
from leeway.journal import Entry
from leeway_cli.drift.page.page import POLICY
from leeway_cli.trial.page import page
from leeway_cli.trial.past import Counted, Guarded, Past
from tests.unit.cli.browser import opened
from tests.unit.cli.looked import HOSTILE

pytestmark = pytest.mark.unit
BEGIN = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def tried(hours: int = 30) -> Past:
    """Version 2 wins from hour to hour, and a person with a strange name promotes it."""
    first = Assignment(
        experiment="churn-2-1-0a0b0c0d", epoch=1, share=10, begin=BEGIN, end=BEGIN + 2 * HOUR,
        champion=Arm(version=1, endpoint="leeway-churn", slot="a"),
        challenger=Arm(version=2, endpoint="leeway-churn", slot="b"),
    )  # fmt: skip
    second = replace(first, epoch=2, share=50, begin=BEGIN + 2 * HOUR, end=None)
    evidence, counted = Evidence.none(), []
    for hour in range(hours):
        cohort = Cohort(champion=300, champion_successes=60, challenger=300, challenger_successes=75)
        evidence, at = evidence.add(cohort), BEGIN + hour * HOUR
        counted.append(Counted(begin=at, end=at + HOUR, cohort=cohort, up=evidence.up(), down=evidence.down()))
    guarded = [
        Guarded(at=BEGIN + n * MINUTE, errors=0.99**n, latency=1 + n / 100, tails=1.0) for n in range(60 * hours)
    ]
    story = [
        Entry(model="churn", at=BEGIN + 2 * HOUR, actor="rollout", what="StageReached", why="10 % has gone well"),
        Entry(model="churn", at=BEGIN + 9 * HOUR, actor="rollout", what="ChallengerPromoted", why=f"by {HOSTILE}"),
    ]
    return Past(
        model="churn", champion=1, challenger=2, begin=BEGIN, until=BEGIN + hours * HOUR, decision=f"by {HOSTILE}",
        epochs=[first, second], counted=counted, guarded=guarded, unread="", story=story,
    )  # fmt: skip


def made(found: Past) -> str:
    return page(found, "local (http://localhost:4566), stack leeway", found.until)


def test_all_of_it_is_drawn_with_a_table_beside_each_chart() -> None:
    drawn = made(tried())
    titles = re.findall("<h2>([^<]*)</h2>", drawn)
    assert titles == ["Evidence over time", "Weights over time", "Guardrails", "What was done"]
    assert drawn.count('role="img"') == len(re.findall(r"<summary>[^<]* as a table</summary>", drawn)) == 3
    assert drawn.count('class="series"') >= 4, "two lines and two keys"
    assert ">bar 40</text>" in drawn
    assert ">bar 100</text>" in drawn
    assert "75 of 300" in drawn
    assert re.search(r"<td>[^<]*</td><td>50 %</td>", drawn)
    assert len(drawn) < 200_000, "a line of a month has no more points than it needs"


def test_what_is_not_known_yet_is_said() -> None:
    fresh = replace(tried(), counted=[], guarded=[], story=[], decision="", until=BEGIN + MINUTE)
    assert "nothing is decided yet" in made(fresh)
    assert "No minute with traffic of both" in made(fresh)
    assert "AccessDenied &lt;b&gt;" in made(replace(fresh, unread="AccessDenied <b>"))


def test_evidence_beyond_all_numbers_is_drawn_at_the_edge() -> None:
    endless = replace(tried(), counted=[replace(one, up=float("inf"), down=0.0) for one in tried().counted])
    assert "nan" not in made(endless)
    assert re.search(r'class="series"', made(endless))


def test_what_comes_from_people_is_text() -> None:
    drawn = made(tried())
    assert "<script>" not in drawn
    assert drawn.count("&lt;script&gt;") == 2
    assert POLICY in drawn


PROBE = """<script>document.documentElement.dataset.probe = JSON.stringify({
  needed: document.documentElement.scrollWidth,
  charts: [...document.querySelectorAll("svg[role=img]")].filter(one => one.getBoundingClientRect().height > 50).length,
  lines: [...document.querySelectorAll("polyline")].filter(one => one.getTotalLength() > 100).length,
  scripts: document.scripts.length,
});</script></body>"""


@pytest.mark.story
@pytest.mark.parametrize("width", [1280, 500])
def test_a_browser_draws_it_without_complaint(tmp_path: Path, width: int) -> None:
    file = tmp_path / "trial.html"
    file.write_text(made(tried()), encoding="utf-8")
    assert opened(file, tmp_path / "profile", width).console == []
    loose = made(tried()).replace(POLICY, "default-src 'unsafe-inline'").replace("</body>", PROBE)
    file.write_text(loose, encoding="utf-8")
    seen = opened(file, tmp_path / "profile", width)
    assert seen.console == []
    assert "<title>churn: version 2 against version 1</title>" in seen.dom, "no script of the data has run"
    said = seen.said()
    assert said["needed"] <= width, "what is wide scrolls in itself"
    assert (said["charts"], said["scripts"]) == (3, 1)
    assert said["lines"] >= 5
