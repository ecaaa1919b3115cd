"""Predictions while the rollout tries a challenger: by its own assignments, from the first version to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leeway.experiment.assignment import Attributes, place
from leeway.predict import known
from localaws import Lifecycle, LocalAWS
from tests.clock import BEGINS
from tests.local.contest import Contest
from tests.local.predicted import FUNCTION, Predicted
from tests.local.registered import MINUTE

pytestmark = [pytest.mark.local, pytest.mark.story]
ROOT = Path(__file__).parents[2]
IMAGE = ROOT / ".venv-image/bin/python"
UNITS = [f"customer-{number}" for number in range(200)]


@pytest.fixture
def contest(tmp_path: Path) -> Iterator[Contest]:
    """Version 1 serves; each version answers with its number. An update takes longer than an assignment is cached."""
    known.forget()
    with LocalAWS(state_dir=tmp_path, lifecycle=Lifecycle(endpoint_update=30), image_python=IMAGE, start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Contest(aws=aws)
        super(Contest, found).begin()
        found.specify()
        yield found
        assert aws.denied == []


def ask(contest: Contest, unit: str) -> dict[str, Any]:
    body = json.dumps({"unit_id": unit, "rows": [["month", 3]]})
    event = {"rawPath": "/churn", "requestContext": {"http": {"method": "POST"}}, "body": body}
    answer = contest.aws.lambda_.invoke(FUNCTION, event).result
    assert answer["statusCode"] == 200, answer
    said: dict[str, Any] = json.loads(answer["body"])
    assert not said["fell_back"]
    return said


def versions(contest: Contest) -> dict[str, int | None]:
    """Who is answered by which version; the score is that of the model that answered in truth."""
    found = {unit: ask(contest, unit) for unit in UNITS}
    assert all(said["version"] in {None, said["scores"][0]} for said in found.values())
    return {unit: said["version"] for unit, said in found.items()}


def test_predictions_follow_the_rollout(contest: Contest) -> None:
    first = contest.register("1")
    contest.decide(first)
    contest.aws.advance(2 * MINUTE)
    assert set(versions(contest).values()) == {1}

    contest.decide(contest.register("2", champion="1"))
    seen = set()
    for _ in range(40):  # while the challenger comes up, the champion answers: of an epoch, or of none
        said = ask(contest, UNITS[0])
        assert said["scores"] == [1.0] or contest.assignment.challenger
        seen.add(said["version"])
        contest.aws.advance(timedelta(seconds=3))
    assert None in seen
    assert contest.assignment.share == 10

    during = contest.assignment
    found = versions(contest)
    wanted = {unit: during.arm(place(during.experiment, unit)).version for unit in UNITS}
    assert found == wanted
    assert 5 < sum(version == 2 for version in wanted.values()) < 40

    contest.wish("promote")
    contest.aws.advance(5 * MINUTE)
    assert set(versions(contest).values()) == {2}
    said = [
        Attributes.parse(record["eventMetadata"]["customAttributes"][0])
        for _, record in Predicted(aws=contest.aws).captured()
        if "customAttributes" in record["eventMetadata"]
    ]
    counted = {one.unit: one.version for one in said if one is not None and one.epoch == during.epoch}
    assert counted == {place(during.experiment, unit): version for unit, version in wanted.items()}
