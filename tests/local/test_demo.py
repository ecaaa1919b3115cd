"""The demonstration as a newcomer runs it: the story in its order, the file for programs, the lines to try next."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local.real_clients import BIN, ROOT

pytestmark = [pytest.mark.local, pytest.mark.story]
STORY = [
    ("you", "Apply"),
    ("you", "SpecApplied"),
    ("you", "Drop"),
    ("data_arrival", "DataAccepted"),
    ("retrainer", "TrainingStarted"),
    ("SageMaker", "Prepare succeeded"),
    ("SageMaker", "Train succeeded"),
    ("SageMaker", "Evaluate succeeded"),
    ("SageMaker", "Register succeeded"),
    ("retrainer", "TrainingSucceeded"),
    ("you", "Approve"),
    ("model_approval", "VersionApproved"),
    ("rollout", "EndpointRequested"),
    ("rollout", "EndpointInService"),
    ("you", "Predict"),
    ("data_arrival", "DataQuarantined"),
    ("monitor", "DriftFound"),
    ("drift_alarm", "AlarmRaised"),
    ("retrainer", "DriftWaits"),
    ("you", "Drop"),
    ("retrainer", "TrainingStarted"),
    ("retrainer", "TrainingSucceeded"),
    ("you", "Approve"),
]
TRIED = [
    ("rollout", "ExperimentBegun"),
    ("rollout", "ChallengerInService"),
    ("rollout", "StageReached"),
    ("rollout", "StageReached"),
    ("rollout", "ChallengerPromoted"),
    ("rollout", "ChampionReplaced"),
    ("rollout", "ExperimentEnded"),
    ("you", "Drop"),
    ("retrainer", "TrainingSucceeded"),
    ("you", "Approve"),
    ("rollout", "ExperimentBegun"),
    ("rollout", "ChallengerRolledBack"),
    ("rollout", "ExperimentEnded"),
]
REPLACED = [("rollout", "UpdateRequested"), ("rollout", "ChampionReplaced")]
BACK = [
    ("you", "Reject"),
    ("model_approval", "VersionRejected"),
    ("rollout", "RollbackRequested"),
    ("rollout", "RolledBack"),
]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a demonstration printed and wrote."""

    screen: str
    report: dict[str, Any]

    def aucs(self) -> list[float]:
        return [row["auc"] for row in self.report["metrics"]]

    def commands(self) -> list[str]:
        """The lines that it says work as typed."""
        after = self.screen.partition("these work as typed:\n")[2]
        return [line.strip() for line in after.splitlines() if line.startswith("  ")]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Any]:
    state = tmp_path / "state"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEEWAY_"))}
    env |= {"NO_COLOR": "1", "COLUMNS": "200"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*more: str | Path) -> Shown:
        report = tmp_path / "demo.json"
        words = [BIN / "leeway", "demo", "--state", state, "--port", port, "--json", report, *more]
        done = subprocess.run(
            [str(word) for word in words], env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return Shown(screen=done.stdout, report=json.loads(report.read_text()))

    yield run
    subprocess.run([str(BIN / "leeway"), "local", "down", "--state", str(state)], env=env, check=True, timeout=60)


def in_order(report: dict[str, Any], story: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Steps of the story that are missing, or not where they belong."""
    told = iter([(news["actor"], news["what"]) for news in report["timeline"]])
    return [step for step in story if step not in told]


def sentences(report: dict[str, Any], what: str) -> list[str]:
    return [news["why"] for news in report["timeline"] if news["what"] == what]


def test_the_story_is_told_and_its_proposals_work_as_typed(demo: Any) -> None:
    shown = demo()

    assert in_order(shown.report, [*STORY, *TRIED, *BACK]) == []
    assert all(news["why"] for news in shown.report["timeline"])
    started = sentences(shown.report, "TrainingStarted")
    assert "alarm leeway-churn-drift stands since" in started[1]
    assert started[1].endswith("training starts (trigger: drift)")
    [waits] = [news["why"] for news in shown.report["timeline"] if "nothing is new" in news["why"]]
    assert "alarm leeway-churn-drift stands since" in waits
    first_stage, second_stage = sentences(shown.report, "StageReached")[:2]
    assert re.search("10 % has gone well .* units: the challenger gets 25 %", first_stage)
    assert re.search("25 % has gone well .* units: the challenger gets 50 %", second_stage)
    [promoted] = sentences(shown.report, "ChallengerPromoted")
    assert re.fullmatch("version 2 is promoted: the challenger is better: evidence .* against a bar of 40", promoted)
    [harmful] = sentences(shown.report, "ChallengerRolledBack")
    assert re.fullmatch("version 3 is rolled back: the challenger is worse: evidence .* against a bar of 40", harmful)
    third = sentences(shown.report, "TrainingSucceeded")[2]
    assert re.search(r"auc 0\.9[0-9]* ≥ the champion's", third), "its gate took it for the best of all"
    first, drifted, second, back = shown.aucs()
    assert second > drifted + 0.05, "the new version is better on the new rows, by what the generator knows"
    assert back == drifted
    assert first < shown.report["metrics"][0]["best_possible"]
    assert shown.report["serving"] == 1
    assert shown.report["versions"] == {"1": "Approved", "2": "Rejected", "3": "Approved"}

    commands = shown.commands()
    assert len(commands) == 8
    typed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert "version 2 is approved" in typed.stdout
    assert "stopped: http://127.0.0.1:" in typed.stdout


def test_a_folder_of_ones_own_is_told_alike(demo: Any, tmp_path: Path, shared: Path) -> None:
    folder = tmp_path / "bike"
    folder.mkdir()
    shutil.copy(ROOT / "tests/training/specs/bike.toml", folder / "model.toml")
    for month in ("2011-01", "2011-02", "2011-03", "2011-04", "2011-05", "2011-06"):
        shutil.copy(shared / "data/bike" / f"{month}.csv", folder)

    shown = demo("--data", folder)

    assert in_order(shown.report, [*STORY, *REPLACED, *BACK]) == []
    _, drifted, second, _ = shown.aucs()
    assert second > drifted
    assert "2011-04.csv" in shown.screen
