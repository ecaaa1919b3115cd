"""An artefact that is another one by the time its version is to be deployed: refused, said, and nothing changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.cases import of_the_stories
from tests.local.judged import Judged, registers
from tests.local.registered import MINUTE, Registered, archive
from tests.local.trainings import trainings

pytestmark = pytest.mark.local


def swap(model: Registered, name: str) -> None:
    """Somebody writes another artefact where a version's lies."""
    model._put(f"runs/{name}/model.tar.gz", archive(name=b"swapped"))


def evaluated() -> list[dict[str, Any]]:
    """The step Register with where the evaluation lies, as the real pipeline has it."""
    steps = registers()
    uri = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.RunPrefix"}, "evaluate/evaluation.json"]}}
    statistics = {"ContentType": "application/json", "S3Uri": uri}
    steps[0]["Arguments"]["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
    return steps


@pytest.mark.parametrize("approved_first", [False, *of_the_stories(True)])
def test_what_was_swapped_since_it_was_registered_never_serves(aws: LocalAWS, approved_first: bool) -> None:
    model = Registered(aws=aws)
    model.begin()
    model.serve(model.register("one"))
    arn = model.register("two", champion="one")
    aws.advance(MINUTE)
    if approved_first:
        model.decide(arn)  # nothing has happened yet
    swap(model, "two")
    model.serve(arn)
    aws.advance(10 * MINUTE)

    assert model.answer() == "one"
    assert (model.calls("CreateModel"), model.calls("UpdateEndpoint")) == (1, 0)
    [held] = model.journal("RolloutHeld")
    assert "version 2 is not deployed: its artefact s3://" in held.why
    assert "after the version was registered at" in held.why
    assert model.dead() == 0

    model.serve(model.register("three", champion="one"))
    aws.advance(5 * MINUTE)
    assert model.answer() == "three"


def test_while_a_rollout_is_held_no_artefact_is_read(aws: LocalAWS) -> None:
    """It may be of gigabytes, and a look at what is held comes again and again."""
    model = Registered(aws=aws)
    model.begin()
    model.serve(model.register("one"))
    aws.client("ssm").put_parameter(Name="/leeway/kill-switch", Value="on", Overwrite=True)
    read = aws.calls.count(caller="leeway-rollout", operation="GetObject")
    model.serve(model.register("two", champion="one"))
    aws.advance(30 * MINUTE)
    assert "kill switch is on" in model.journal("RolloutHeld")[-1].why
    assert aws.calls.count(caller="leeway-rollout", operation="GetObject") == read


def test_what_is_not_what_was_judged_never_serves_whoever_approves_it(tmp_path: Path) -> None:
    """Written before it was registered, so only the lineage tells."""
    with trainings(tmp_path) as story:
        model = Judged(aws=story.aws)
        model.begin("manual")
        model.change(evaluated())
        run = model.train("one")
        model.put(f"{run.folder}/model.tar.gz", archive(name=b"swapped"))
        model.end()
        model.decide(1, "Approved")
        model.aws.advance(10 * MINUTE)

        assert model.aws.calls.count(operation="CreateModel") == 0
        assert "was judged; train it again" in model.said("RolloutHeld")[-1]
        model.train("two")
        model.end()
        model.decide(2, "Approved")
        model.aws.advance(10 * MINUTE)
        assert model.answer() == "two"
