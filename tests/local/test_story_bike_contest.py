"""Rented bicycles: what was learnt up to summer has to prove itself in autumn against what was learnt in winter.

Real rows, each asked once, with the labels that came true: the figures are those of the data. A month is replayed in
some hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from localaws import LocalAWS
from localaws.lifecycle import Lifecycle
from localaws.sagemaker.serving import Asked
from tests.clock import BEGINS
from tests.local.onboarding import INBOX
from tests.local.person import MINUTE, ROOT
from tests.local.test_story_bike import AN_HOUR, TOML, Bikes
from tests.local.watched import HOUR

pytestmark = pytest.mark.local
LATER = TOML.replace('quiet_period = "1m"', 'quiet_period = "7d"\nmax_wait = "30d"')
SPEC = f"""{LATER}
[retraining]
on_drift = false
[rollout]
strategy = "ab"
stages = [10, 50]
bake = "1h"
min_exposure = 10
cycle = "2h"
outcome_window = "1h"
horizon = "24h"
"""
WINTER, SUMMER = ("2011-01", "2011-02", "2011-03"), ("2011-04", "2011-05", "2011-06", "2011-07")
AFTER = ("2011-08", "2011-09", "2011-10")


@dataclass(frozen=True, kw_only=True)
class Seasons(Bikes):
    """One model; nothing starts but by hand."""

    def train(self, reason: str, *months: str) -> None:
        """Of what is there and these months."""
        self.drops(*months)
        self.says("retrain", "bike", "--reason", reason, "--yes")
        self.aws.advance(5 * MINUTE)

    def live(self, *months: str, until: str) -> int:
        """Ask in the first minutes of each of the next hours, and tell the labels at its end.

        Ends early once `until` is in the journal; gives the number of requests.
        """
        rows = [row for month in months for row in self.rows(month)]
        names = sorted(self.json("validate", str(self.folder / "model.toml"))["spec"]["data"]["columns"])
        for place in range(0, len(rows), AN_HOUR):
            if self.journal(until):
                return place
            start = self.aws.now().replace(minute=0, second=0, microsecond=0) + HOUR
            hour = rows[place : place + AN_HOUR]
            asked = [
                Asked(
                    at=start + timedelta(seconds=number),
                    body=",".join(row[name] for name in names).encode(),
                    inference_id=f"{start:%d-%H}-{number}",
                )
                for number, row in enumerate(hour)
            ]
            assert {answer.status for answer in self.aws.traffic("leeway-bike", asked)} == {200}
            self.aws.advance_to(start + timedelta(minutes=50))
            lines = [f"{one.inference_id},{row['high_demand']}" for one, row in zip(asked, hour, strict=True)]
            key = f"labels/bike/{start:%Y/%m/%d/%H}/{start:%d-%H}.csv"
            body = "\n".join(["inference_id,label", *lines]).encode()
            self.aws.client("s3").put_object(Bucket=INBOX, Key=key, Body=body)
        return len(rows)

    def twin(self) -> None:
        """Version 1 is registered once more, as a person may who takes it for another."""
        sagemaker = self.aws.client("sagemaker")
        [one] = sagemaker.list_model_packages(ModelPackageGroupName="leeway-bike")["ModelPackageSummaryList"]
        found = sagemaker.describe_model_package(ModelPackageName=one["ModelPackageArn"])
        artefact = found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        sagemaker.create_model_package(
            ModelPackageGroupName="leeway-bike",
            InferenceSpecification=found["InferenceSpecification"],
            ModelMetrics=found["ModelMetrics"],
            CustomerMetadataProperties=found["CustomerMetadataProperties"] | {"champion": artefact},
        )

    def serving(self) -> int:
        return int(self.json("status", "bike")["models"][0]["serving"])


@pytest.fixture
def bikes(tmp_path: Path, shared: Path) -> Iterator[Seasons]:
    """Version 1 has learnt of winter, and serves; answers take their time alike, on a busy machine too."""
    start, image = BEGINS, ROOT / ".venv-image/bin/python"
    lifecycle = Lifecycle(model_latency=0.02)
    with LocalAWS(state_dir=tmp_path / "aws", image_python=image, start=start, lifecycle=lifecycle) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        bikes = Seasons(aws=aws, folder=tmp_path, data=shared / "data/bike")
        bikes.apply(SPEC)
        bikes.train("winter", *WINTER)
        bikes.approve("bike", 1)
        yield bikes
        assert aws.denied == []


@pytest.mark.story
def test_the_retrained_version_beats_the_old_one_on_the_months_after(bikes: Seasons) -> None:
    bikes.train("summer", *SUMMER)
    bikes.approve("bike", 2)
    sent = bikes.live(*AFTER, until="ChallengerPromoted")
    promoted = bikes.journal("ChallengerPromoted")
    assert promoted, bikes.says("explain", "bike")
    assert promoted[0].why.startswith("version 2 is promoted: the challenger is better: evidence")
    assert sent < 1500, "two of the three months are enough"
    bikes.aws.advance(5 * MINUTE)
    assert bikes.serving() == 2


@pytest.mark.proof
def test_the_old_version_does_not_beat_itself(bikes: Seasons) -> None:
    bikes.twin()
    bikes.approve("bike", 2)
    assert bikes.journal("ChallengerInService")
    assert bikes.live(*AFTER, until="ChallengerPromoted") > 2000, "all three months"
    bikes.aws.advance(10 * HOUR)
    [kept] = bikes.journal("ChampionKept")
    assert "version 1 is kept: the horizon of 24 h has passed" in kept.why
    assert bikes.serving() == 1
