"""Rented bicycles, month by month: what was learnt in winter has drifted by spring, and is learnt again.

A month is replayed in some hours, a hundred requests each, and what became of them comes as labels.
UCI 275, Fanaee-T and Gama 2013.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway import keys
from leeway.journal import Entry
from leeway.retraining.records import history
from localaws import LocalAWS
from localaws.sagemaker.serving import Asked
from tests.clock import BEGINS
from tests.local.onboarding import ARTIFACTS, INBOX, table
from tests.local.person import MINUTE, ROOT, Person
from tests.local.watched import HOUR

pytestmark = [pytest.mark.local, pytest.mark.story]
TOML = (ROOT / "tests/training/specs/bike.toml").read_text()
SPEC = (
    TOML.replace('quiet_period = "1m"', 'quiet_period = "7d"\nmax_wait = "30d"')
    + """
[retraining]
cooldown = "12h"

[rollout]
outcome_window = "1d"
"""
)
AN_HOUR = 120
DAY = 24 * HOUR
Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Bikes(Person):
    """One model; nothing starts but by hand, or by drift."""

    data: Path

    def rows(self, month: str) -> list[Row]:
        with (self.data / f"{month}.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def drops(self, *months: str) -> None:
        for month in months:
            self.drop("bike", f"{month}.csv", (self.data / f"{month}.csv").read_bytes())
        self.aws.advance(2 * MINUTE)

    def replay(self, rows: list[Row]) -> None:
        """Requests in the first minutes of each of the next hours, and within the hour what became of them."""
        names = sorted(self.json("validate", str(self.folder / "model.toml"))["spec"]["data"]["columns"])
        for place in range(0, len(rows), AN_HOUR):
            start = self.aws.now().replace(minute=0, second=0, microsecond=0) + HOUR
            bodies = [",".join(row[name] for name in names).encode() for row in rows[place : place + AN_HOUR]]
            ids = [row["record_id"] for row in rows[place : place + AN_HOUR]]
            asked = [
                Asked(at=start + timedelta(seconds=number), body=body, inference_id=ids[number])
                for number, body in enumerate(bodies)
            ]
            assert {answer.status for answer in self.aws.traffic("leeway-bike", asked)} == {200}
            self._label(start, rows[place : place + AN_HOUR])
            self.aws.advance_to(start + timedelta(minutes=50))

    def _label(self, hour: datetime, rows: list[Row]) -> None:
        lines = ["inference_id,label", *(f"{row['record_id']},{row['high_demand']}" for row in rows)]
        key = f"labels/bike/{hour:%Y/%m/%d/%H}/rentals.csv"
        self.aws.client("s3").put_object(Bucket=INBOX, Key=key, Body="\n".join(lines).encode())

    def measured(self, version: int) -> list[dict[str, Any]]:
        """The reports of the version's hours whose quality was measured."""
        s3, prefix = self.aws.client("s3"), f"monitoring/bike/v{version}/2"
        found = [one["Key"] for one in s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=prefix)["Contents"]]
        reports = [
            json.loads(s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read())
            for key in found
            if key[-7:-5].isdecimal()
        ]
        return [one for one in reports if one.get("quality")]

    def journal(self, what: str) -> list[Entry]:
        items = table(self.aws).query(keys.model_pk("bike"), keys.JOURNAL)
        return [entry for entry in map(Entry.from_item, items) if entry.what == what]

    def gate(self) -> dict[str, Any]:
        """What the newest training was judged by."""
        key = f"{history(table(self.aws), 'bike')[-1].folder}/evaluate/gate.json"
        body = self.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
        found: dict[str, Any] = json.loads(body)
        return found


def found_of(reports: list[dict[str, Any]]) -> float:
    """The share of the positive rows that the version called so."""
    matrices = [report["quality"]["confusion_matrix"] for report in reports]
    return sum(one["1"]["1"] for one in matrices) / sum(one["1"]["0"] + one["1"]["1"] for one in matrices)


@pytest.fixture
def bikes(tmp_path: Path, shared: Path) -> Iterator[Bikes]:
    start, image = BEGINS, ROOT / ".venv-image/bin/python"
    with LocalAWS(state_dir=tmp_path / "aws", image_python=image, start=start) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        yield Bikes(aws=aws, folder=tmp_path, data=shared / "data/bike")
        assert aws.denied == []


def test_drift_is_found_retrained_once_its_cooldown_is_over_and_the_new_version_is_better(bikes: Bikes) -> None:
    bikes.apply(SPEC)
    bikes.drops("2011-01", "2011-02", "2011-03")
    bikes.says("retrain", "bike", "--reason", "the first quarter", "--yes")
    bikes.aws.advance(5 * MINUTE)
    bikes.approve("bike", 1)

    bikes.drops("2011-04", "2011-05")
    spring = bikes.rows("2011-04") + bikes.rows("2011-05")
    bikes.replay(spring)
    [found] = bikes.journal("DriftFound")
    assert "version 1: drift: evidence" in found.why
    assert "season: is 1 in 100.0% → 0.0% of rows" in found.why
    [held] = bikes.journal("DriftWaits")
    assert "a cooldown of 12 h since the last training" in held.why
    first, second = bikes.journal("TrainingStarted")
    assert second.detail["trigger"] == "drift"
    assert timedelta(hours=12) <= second.at - first.at <= timedelta(hours=12, minutes=2)
    assert bikes.json("status", "bike")["models"][0]["serving"] == 1, "a training promotes nothing"

    [*_, ended] = bikes.journal("TrainingSucceeded")
    assert ended.detail["version"] == 2
    gate = bikes.gate()
    assert (gate["passed"], gate["comparable"]) == (1, True)
    assert gate["value"] > gate["champion_value"], gate["reason"]
    assert gate["difference"]["low"] > 0, "better than what served on the same rows, and not by chance"
    bikes.approve("bike", 2)
    assert bikes.json("status", "bike")["models"][0]["serving"] == 2

    bikes.replay(bikes.rows("2011-06"))
    bikes.aws.advance(DAY + 8 * HOUR)  # until the outcome window has closed, and all captures have come
    old, new = bikes.measured(1), bikes.measured(2)
    assert sum(one["quality_verdict"]["rows"] for one in old) == len(spring), "each prediction has its label"
    told = [one["quality_verdict"] for one in old]
    assert [one["verdict"] for one in told] == [*["stable"] * 5, *["worse"] * 7, "unknown"], "23 rows are too few"
    assert "quality is lost: evidence 14,664 against a bar of 1,000; is right: 97.4% → 75.0% of rows" in told[5]["why"]
    assert {one["quality_verdict"]["verdict"] for one in new} == {"stable"}
    assert found_of(new) > 2 * found_of(old[-6:]), "of hours of high demand, by what learnt the spring"
    assert bikes.json("status", "bike")["models"][0]["serving"] == 2
