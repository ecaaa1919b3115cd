"""Ways of serving: serverless, a number of instances, and instances that are scaled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leeway.rollout.decisions import Ask, Decision, Hold, Look, Scale, Unscale, Wait
from leeway.rollout.plan import plan
from leeway.rollout.target import Scaling
from leeway.spec import Serving
from tests.unit.rollout.values import STOCK, assigned, endpoint, known, observed, serving, wanted

pytestmark = pytest.mark.unit
SERVERLESS = Serving(mode="serverless", memory=4096, max_concurrency=20)
SCALED = Serving(min_instances=2, max_instances=4, target_invocations=300)
BOUNDS = Scaling(instance="ml.m5.large", least=2, most=4, invocations=300)
ONE = known(1, 10, served=True)


def serves(kind: Serving, **found: Any) -> dict[str, Any]:
    """Version 1 serves as `kind` wants it, and `kind` is wanted."""
    target = wanted(1, serving=kind)
    now = replace(endpoint(1), config=target.config_name, serverless=target.is_serverless)
    return {"endpoint": now, "serving": replace(serving(1), config=target.config_name), "target": target, **found}


def decide(**found: Any) -> Decision:
    return plan(observed(ONE, **{"stock": STOCK, **found}))


def test_a_serverless_variant_has_sizes_no_instances_and_no_capture() -> None:
    target = wanted(1, serving=SERVERLESS)
    [variant] = target.config["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 20}
    assert not {"InstanceType", "InitialInstanceCount"} & set(variant)
    assert "DataCaptureConfig" not in target.config
    assert (target.is_serverless, target.scaling) == (True, None)


def test_a_number_of_instances_is_the_configurations() -> None:
    target = wanted(1, serving=Serving(instances=3))
    assert target.config["ProductionVariants"][0]["InitialInstanceCount"] == 3
    assert target.scaling is None


def test_scaling_begins_within_its_bounds() -> None:
    target = wanted(1, serving=SCALED)
    assert target.config["ProductionVariants"][0]["InitialInstanceCount"] == 2
    assert target.scaling == BOUNDS


def test_other_bounds_are_no_other_configuration() -> None:
    wider = replace(SCALED, max_instances=9, target_invocations=100)
    assert wanted(1, serving=wider).config_name == wanted(1, serving=SCALED).config_name


def test_what_serves_as_it_should_is_scaled_then() -> None:
    decided = decide(**serves(SCALED))
    assert isinstance(decided, Scale)
    assert decided.scaling == BOUNDS
    assert "2 to 4 instances, so that each has 300 invocations a minute" in decided.why


def test_what_is_scaled_as_it_should_be_rests() -> None:
    assert isinstance(decide(**serves(SCALED, scaled={"a": BOUNDS}, assignment=assigned(1))), Wait)
    assert isinstance(decide(**serves(Serving(), assignment=assigned(1))), Wait)


def test_other_bounds_are_brought_there() -> None:
    assert isinstance(decide(**serves(SCALED, scaled={"a": replace(BOUNDS, most=9)})), Scale)
    assert isinstance(decide(**serves(SCALED, scaled={"a": replace(BOUNDS, invocations=0)})), Scale)


def test_what_is_scaled_and_should_not_be_is_scaled_no_more() -> None:
    decided = decide(**serves(Serving(), scaled={"a": BOUNDS}))
    assert isinstance(decided, Unscale)
    assert "no max_instances" in decided.why


def test_scaling_looks_first_whether_anything_may_be_changed() -> None:
    assert isinstance(decide(**serves(SCALED, stock=None)), Look)
    held = decide(**serves(SCALED, stock=replace(STOCK, halted="the kill switch is on")))
    assert isinstance(held, Hold)
    assert held.code == "halted"


@pytest.mark.parametrize(
    "kind", [pytest.param(Serving(instance="ml.c5.xlarge"), id="type"), pytest.param(SERVERLESS, id="serverless")]
)
def test_scaling_stops_before_the_instances_become_others(kind: Serving) -> None:
    now = serves(SCALED, scaled={"a": BOUNDS})
    target = wanted(1, serving=kind)
    now["endpoint"] = replace(
        now["endpoint"], serverless=target.is_serverless
    )  # another reason to refuse is told apart
    assert isinstance(decide(**{**now, "target": target}), Unscale)


def test_another_version_on_the_same_instances_is_scaled_on() -> None:
    now = serves(SCALED, scaled={"a": BOUNDS})
    decided = plan(observed(ONE, known(2, 20), **{**now, "target": wanted(2, serving=SCALED), "stock": STOCK}))
    assert isinstance(decided, Ask)


def test_no_endpoint_of_instances_becomes_serverless() -> None:
    decided = decide(**{**serves(Serving()), "target": wanted(1, serving=SERVERLESS)})
    assert isinstance(decided, Hold)
    assert decided.code == "no-way-to-serverless"
    assert "delete the endpoint leeway-churn" in decided.why


def test_a_serverless_endpoint_becomes_one_of_instances() -> None:
    decided = decide(**{**serves(SERVERLESS), "target": wanted(1)})
    assert isinstance(decided, Ask)
    assert not decided.create
