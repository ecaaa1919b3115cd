"""The README's chart of false decisions: drawn by its command, with the figures that the README tells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulations.chart import RULES, drawn, shares
from simulations.rollout import NO_DIFFERENCE, bandit

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[3]
README, CHART = (ROOT / "README.md").read_text(), (ROOT / "docs/false-decisions.svg").read_text()
FIGURES = [
    {"name": "false decisions, ramp: naive z-test", "value": 0.5},
    {"name": "false decisions, ramp: Leeway", "value": 0.0214},
    {"name": "units to promote", "value": 900},
]


def read() -> dict[str, list[float]]:
    """Percents of each rule in the chart, scenario by scenario."""
    found: dict[str, list[float]] = {}
    for rule, percent in re.findall(r'text-anchor="end">([^<]*)</text>.*?>([0-9.]+)%</text>', CHART):
        found.setdefault(rule.replace("&gt;", ">").replace("&#x27;", "'"), []).append(float(percent))
    return found


def test_it_draws_what_was_simulated_ours_first() -> None:
    made = drawn(shares(FIGURES))
    assert made.index(">Leeway<") < made.index(">naive z-test<")
    assert ">2.1%</text>" in made
    assert 'width="235.0"' in made, "half of the way"
    assert "prefers-color-scheme:dark" in made
    assert "900" not in made


def test_the_chart_of_the_readme_has_every_rule_in_every_scenario() -> None:
    assert "docs/false-decisions.svg" in README
    assert {rule: len(found) for rule, found in read().items()} == dict.fromkeys(RULES, len(NO_DIFFERENCE))
    assert max(read()["Leeway"]) <= 3.0, "the bar"


def test_the_readme_tells_the_charts_own_figures() -> None:
    told = re.search(r"decides in ([0-9.]+) to ([0-9.]+) %.*naive z-test in ([0-9.]+) to ([0-9.]+) %", README)
    assert told
    pairs = [read()["Leeway"], read()["naive z-test"]]
    assert [float(one) for one in told.groups()] == [edge for found in pairs for edge in (min(found), max(found))]


def test_a_bandit_finds_a_winner_where_there_is_none() -> None:
    assert bandit(NO_DIFFERENCE[0], 100, number=100) > 0.3
