"""Many units through the real function: a weight that grows moves exactly those who come over."""

from __future__ import annotations

import json

import pytest

from leeway.experiment.assignment import place
from localaws import LocalAWS
from tests.cases import of_the_proof, of_the_stories
from tests.local.predicted import EXPERIMENT, FUNCTION, SECOND, Predicted

pytestmark = pytest.mark.local


def versions(model: Predicted, units: list[str]) -> dict[str, int]:
    """Who is answered by which version."""
    found = {}
    for unit in units:
        body = json.dumps({"unit_id": unit, "rows": [["month", 3]]})
        event = {"rawPath": "/churn", "requestContext": {"http": {"method": "POST"}}, "body": body}
        said = json.loads(model.aws.lambda_.invoke(FUNCTION, event).result["body"])
        assert said["scores"] == [said["version"] + 0.003]
        found[unit] = said["version"]
    return found


@pytest.mark.parametrize("count", [*of_the_stories(300), *of_the_proof(10_000)])
def test_from_10_to_25_percent_those_between_move_and_nobody_else(aws: LocalAWS, count: int) -> None:
    units = [f"customer-{number}" for number in range(count)]
    model = Predicted(aws=aws)
    model.serve(share=10)
    before = versions(model, units)
    model.aws.advance(6 * SECOND)
    model.assign(25, epoch=2)
    after = versions(model, units)

    where = {unit: int(place(EXPERIMENT, unit), 16) / 2**64 for unit in units}
    assert {unit for unit, version in before.items() if version == 2} == {u for u in units if where[u] < 0.10}
    moved = {unit for unit in units if before[unit] != after[unit]}
    assert moved == {unit for unit in units if 0.10 <= where[unit] < 0.25}
    assert {after[unit] for unit in moved} == {2}
    assert 0.12 * count < len(moved) < 0.18 * count
