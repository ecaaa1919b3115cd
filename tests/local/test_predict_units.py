"""Ten thousand units through the real function: a weight that grows moves exactly those who come over."""

from __future__ import annotations

import json

import pytest

from leeway.experiment.assignment import place
from localaws import LocalAWS
from tests.local.predicted import EXPERIMENT, FUNCTION, SECOND, Predicted

pytestmark = [pytest.mark.local, pytest.mark.story]
UNITS = [f"customer-{number}" for number in range(10_000)]


def versions(model: Predicted) -> dict[str, int]:
    """Who is answered by which version."""
    found = {}
    for unit in UNITS:
        body = json.dumps({"unit_id": unit, "rows": [["month", 3]]})
        event = {"rawPath": "/churn", "requestContext": {"http": {"method": "POST"}}, "body": body}
        said = json.loads(model.aws.lambda_.invoke(FUNCTION, event).result["body"])
        assert said["scores"] == [said["version"] + 0.003]
        found[unit] = said["version"]
    return found


def test_from_10_to_25_percent_those_between_move_and_nobody_else(aws: LocalAWS) -> None:
    model = Predicted(aws=aws)
    model.serve(share=10)
    before = versions(model)
    model.aws.advance(6 * SECOND)
    model.assign(25, epoch=2)
    after = versions(model)

    where = {unit: int(place(EXPERIMENT, unit), 16) / 2**64 for unit in UNITS}
    assert {unit for unit, version in before.items() if version == 2} == {u for u in UNITS if where[u] < 0.10}
    moved = {unit for unit in UNITS if before[unit] != after[unit]}
    assert moved == {unit for unit in UNITS if 0.10 <= where[unit] < 0.25}
    assert {after[unit] for unit in moved} == {2}
    assert 1_350 < len(moved) < 1_650
