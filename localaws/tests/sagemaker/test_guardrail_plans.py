"""The stages of a deployment and the bounds of its sizes, computed (reference 5.3; developer guide; API)."""

from typing import Any

import pytest

from localaws.errors import AwsError
from localaws.sagemaker.guardrails import check_config, plan_of

pytestmark = pytest.mark.contract
WAIT, LAST = 600, 300


def policy(kind: str, size: int = 20, unit: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    member = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    sizes = {member: {"Type": unit, "Value": size}} if member else {}
    routing = {"Type": kind, "WaitIntervalInSeconds": WAIT, **sizes}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": LAST}}


def rolling(size: int, back: int | None = None, unit: str = "CAPACITY_PERCENT") -> dict[str, Any]:
    batches = {"MaximumBatchSize": size, "RollbackMaximumBatchSize": back}
    sizes = {name: {"Type": unit, "Value": value} for name, value in batches.items() if value is not None}
    return {"RollingUpdatePolicy": {"WaitIntervalInSeconds": WAIT, **sizes}}


@pytest.mark.parametrize(
    ("config", "count", "steps"),
    [
        pytest.param(policy("CANARY", 20), 5, [(0.2, 1, WAIT), (1, 5, LAST)], id="canary-percent"),
        pytest.param(policy("CANARY", 20), 1, [(0.2, 1, WAIT), (1, 1, LAST)], id="canary-of-one-instance"),
        pytest.param(policy("CANARY", 2, "INSTANCE_COUNT"), 4, [(0.5, 2, WAIT), (1, 4, LAST)], id="canary-instances"),
        pytest.param(policy("LINEAR", 50), 4, [(0.5, 2, WAIT), (1, 4, LAST)], id="linear-percent"),
        pytest.param(
            policy("LINEAR", 1, "INSTANCE_COUNT"),
            4,
            [(0.25, 1, WAIT), (0.5, 2, WAIT), (0.75, 3, WAIT), (1, 4, LAST)],
            id="linear-instances",
        ),
        pytest.param(policy("LINEAR", 40), 4, [(0.4, 2, WAIT), (0.8, 4, WAIT), (1, 4, LAST)], id="linear-uneven"),
        pytest.param(policy("LINEAR", 10), 10, [*((n / 10, n, WAIT) for n in range(1, 10)), (1, 10, LAST)], id="ten"),
        pytest.param(policy("ALL_AT_ONCE"), 4, [(1, 4, LAST)], id="all-at-once"),
        pytest.param(rolling(50), 4, [(0.5, 2, WAIT), (1, 4, WAIT)], id="rolling"),
        pytest.param({}, 4, [(1, 4, 0)], id="nothing-said"),
    ],
)
def test_steps(config: dict[str, Any], count: int, steps: list[tuple[float, int, float]]) -> None:
    """Guide: two steps of a canary, n of a linear shift, each with its wait; after the last one TerminationWait."""
    found = [(stage.share, stage.active["a"], stage.wait) for stage in plan_of(config, {"a": count}).stages]
    assert found == [(pytest.approx(share), active, wait) for share, active, wait in steps]


@pytest.mark.parametrize(
    ("back", "shares"),
    [
        pytest.param(None, [0.0], id="at-once-where-nothing-is-said"),
        pytest.param(100, [0.0], id="at-once"),
        pytest.param(40, [0.6, 0.2, 0.0], id="in-batches"),
    ],
)
def test_the_way_back_of_a_rolling_deployment(back: int | None, shares: list[float]) -> None:
    """API: RollbackMaximumBatchSize, of the new fleet's share; 100 % by default."""
    assert list(plan_of(rolling(50, back), {"a": 10}).back) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("config", "counts", "text"),
    [
        pytest.param(policy("CANARY", 51), {"a": 9}, "CanarySize must be less than or equal to 50%", id="canary"),
        pytest.param(policy("CANARY", 1, "INSTANCE_COUNT"), {"a": 1}, "CanarySize", id="one-of-one"),
        pytest.param(policy("CANARY", 2, "INSTANCE_COUNT"), {"a": 4, "b": 3}, "CanarySize", id="of-one-variant"),
        pytest.param(policy("LINEAR", 9), {"a": 9}, "LinearStepSize must be between 10% and 50%", id="linear-least"),
        pytest.param(policy("LINEAR", 51), {"a": 9}, "LinearStepSize", id="linear-most"),
        pytest.param(policy("LINEAR", 1, "INSTANCE_COUNT"), {"a": 11}, "LinearStepSize", id="linear-instances"),
        pytest.param(rolling(4), {"a": 9}, "MaximumBatchSize must be between 5% and 50%", id="rolling-least"),
        pytest.param(rolling(51), {"a": 9}, "MaximumBatchSize", id="rolling-most"),
        pytest.param(rolling(50, 101), {"a": 9}, "RollbackMaximumBatchSize", id="rolling-back"),
        pytest.param(policy("CANARY") | rolling(50), {"a": 9}, "Only one update policy", id="two-policies"),
        pytest.param(
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "LINEAR"}}},
            {"a": 9},
            "LINEAR needs LinearStepSize",
            id="no-size",
        ),
        pytest.param(
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "CanarySize": {}}}},
            {"a": 9},
            "ALL_AT_ONCE cannot have CanarySize",
            id="foreign-size",
        ),
    ],
)
def test_bounds(config: dict[str, Any], counts: dict[str, int], text: str) -> None:
    """API: sizes in per cent of each variant's instances; one policy."""
    with pytest.raises(AwsError, match=text):
        check_config(config, counts)
