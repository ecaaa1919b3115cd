"""R7: an endpoint that is Updating for longer than anybody likes, and then goes back or fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import Lifecycle, LocalAWS
from tests.clock import BEGINS
from tests.local.registered import MINUTE, NAME, Registered

pytestmark = pytest.mark.local
ROOT = Path(__file__).parents[2]
TAKES = 35 * MINUTE  # of an update
UPDATES = ("UpdateEndpoint", "CreateEndpoint", "UpdateEndpointWeightsAndCapacities", "DeleteEndpoint")


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Registered]:
    takes = Lifecycle(endpoint_update=TAKES.total_seconds())
    with LocalAWS(
        state_dir=tmp_path / "aws", image_python=ROOT / ".venv-image/bin/python", lifecycle=takes, start=BEGINS
    ) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        registered = Registered(aws=aws)
        registered.begin()
        registered.serve(registered.register("one"))
        yield registered
        assert aws.denied == []
        assert registered.dead() == 0


def changes(model: Registered) -> int:
    return sum(model.calls(operation) for operation in UPDATES)


def held(model: Registered) -> list[str]:
    return [str(entry.detail.get("code")) for entry in model.journal("RolloutHeld")]


@pytest.mark.parametrize(
    ("rollback", "status", "end"),
    [
        pytest.param(True, "InService", "taken-back", id="goes back"),
        pytest.param(False, "UpdateRollbackFailed", "broken-endpoint", id="fails"),
    ],
)
def test_a_long_update_is_told_left_alone_and_its_end_is_told_too(
    model: Registered, rollback: bool, status: str, end: str
) -> None:
    before = changes(model)
    if not rollback:
        model.aws.faults.hosting.break_rollback(NAME)
    model.decide(model.register("broken", champion="one"))
    model.aws.advance(TAKES - MINUTE)
    assert model.endpoint()["EndpointStatus"] == "Updating"
    assert held(model) == ["long-update"]
    assert "version 1 keeps serving" in model.journal("RolloutHeld")[0].why
    assert model.answer() == "one"

    model.aws.advance(3 * 60 * MINUTE)
    assert model.endpoint()["EndpointStatus"] == status
    assert changes(model) == before + 1, "what SageMaker took back is not asked for again"
    assert held(model) == ["long-update", end]
    assert model.answer() == "one"


def test_another_version_waits_for_a_long_update_and_comes_after_it(model: Registered) -> None:
    before = changes(model)
    model.decide(model.register("broken", champion="one"))
    model.aws.advance(10 * MINUTE)
    model.decide(model.register("three", champion="one"))
    model.aws.advance(TAKES - 11 * MINUTE)
    assert changes(model) == before + 1
    model.aws.advance(2 * TAKES)
    assert model.answer() == "three"
    assert changes(model) == before + 2
