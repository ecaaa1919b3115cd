"""Ways of serving, through the real template on the embedded AWS, which refuses what SageMaker refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leeway import keys
from leeway.spec import Serving
from localaws import LocalAWS, Mode
from tests.cases import of_the_proof
from tests.local import onboarding
from tests.local.registered import MINUTE, NAME, Registered
from tests.local.trainings import Trainings

pytestmark = [pytest.mark.local, pytest.mark.story]
SERVERLESS = Serving(mode="serverless", memory=2048, max_concurrency=5)
SCALED = Serving(min_instances=2, max_instances=4, target_invocations=300)
RESOURCE = f"endpoint/{NAME}/variant/a"


@pytest.fixture
def model(aws: LocalAWS) -> Registered:
    registered = Registered(aws=aws)
    registered.begin()
    return registered


def specify(model: Registered, serving: Serving) -> None:
    """Another specification, as `leeway apply` brings it, and what comes of it."""
    onboarding.onboard(model.aws, replace(onboarding.spec(), serving=serving))
    Trainings(aws=model.aws).wake(machine=keys.ROLLOUT)
    model.aws.advance(10 * MINUTE)


def variant(model: Registered) -> dict[str, Any]:
    found: dict[str, Any] = model.endpoint()["ProductionVariants"][0]
    return found


def targets(model: Registered) -> list[tuple[int, int, float]]:
    """(least, most, tracked value) of what is registered."""
    scaling = model.aws.client("application-autoscaling")
    found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[RESOURCE])["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    values = [policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for policy in policies]
    return [(one["MinCapacity"], one["MaxCapacity"], values[0]) for one in found]


def test_a_serverless_endpoint_serves_is_replaced_and_rolled_back(model: Registered) -> None:
    specify(model, SERVERLESS)
    one = model.register("one")
    model.serve(one)
    assert variant(model)["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert "DataCaptureConfig" not in model.endpoint()
    two = model.register("two", champion="one")
    model.serve(two)
    assert model.answer() == "two"

    model.decide(two, "Rejected")
    model.aws.advance(2 * MINUTE)
    assert model.answer() == "one"


def test_other_sizes_of_a_serverless_endpoint_update_it(model: Registered) -> None:
    specify(model, SERVERLESS)
    model.serve(model.register("one"))
    specify(model, replace(SERVERLESS, memory=4096, max_concurrency=20))

    assert variant(model)["CurrentServerlessConfig"] == {"MemorySizeInMB": 4096, "MaxConcurrency": 20}
    assert model.answer() == "one"


def test_a_serverless_endpoint_goes_to_instances_and_never_back_by_an_update(model: Registered) -> None:
    specify(model, SERVERLESS)
    model.serve(model.register("one"))
    specify(model, Serving())
    assert variant(model)["CurrentInstanceCount"] == 1
    assert model.endpoint()["DataCaptureConfig"]["CurrentSamplingPercentage"] == 100

    specify(model, SERVERLESS)
    assert "CurrentServerlessConfig" not in variant(model)
    assert "delete the endpoint leeway-churn" in model.journal("RolloutHeld")[-1].why
    assert model.calls("UpdateEndpoint") == 1

    model.sagemaker.delete_endpoint(EndpointName=NAME)
    Trainings(aws=model.aws).wake(machine=keys.ROLLOUT)
    model.aws.advance(10 * MINUTE)
    assert "CurrentServerlessConfig" in variant(model)
    assert model.answer() == "one"


def test_another_instance_and_another_number_of_them_update_the_endpoint(model: Registered) -> None:
    model.serve(model.register("one"))
    specify(model, Serving(instances=3))
    assert variant(model)["CurrentInstanceCount"] == 3

    specify(model, Serving(instance="ml.c5.xlarge", instances=1))
    config = model.sagemaker.describe_endpoint_config(EndpointConfigName=model.endpoint()["EndpointConfigName"])
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.c5.xlarge"
    assert variant(model)["CurrentInstanceCount"] == 1


def test_scaling_is_registered_changed_and_stopped_again(model: Registered) -> None:
    specify(model, SCALED)
    model.serve(model.register("one"))
    model.aws.advance(10 * MINUTE)
    assert targets(model) == [(2, 4, 300.0)]
    assert variant(model)["CurrentInstanceCount"] == 2

    specify(model, replace(SCALED, max_instances=6, target_invocations=100))
    assert targets(model) == [(2, 6, 100.0)]
    assert model.calls("UpdateEndpoint") == 0

    specify(model, Serving())
    assert targets(model) == []
    assert variant(model)["CurrentInstanceCount"] == 1
    assert [entry.what for entry in model.journal() if entry.what.startswith("Scaling")] == [
        "ScalingChanged",
        "ScalingChanged",
        "ScalingStopped",
    ]


def test_a_new_version_keeps_the_number_that_scaling_came_to(model: Registered) -> None:
    specify(model, SCALED)
    model.serve(model.register("one"))
    model.aws.advance(10 * MINUTE)
    busy = {"VariantName": "a", "DesiredInstanceCount": 4}
    model.sagemaker.update_endpoint_weights_and_capacities(EndpointName=NAME, DesiredWeightsAndCapacities=[busy])
    model.aws.advance(5 * MINUTE)
    model.serve(model.register("two", champion="one"))

    assert model.answer() == "two"
    assert variant(model)["CurrentInstanceCount"] == 4
    assert targets(model) == [(2, 4, 300.0)]


def test_another_instance_type_stops_scaling_for_as_long_as_it_takes(model: Registered) -> None:
    specify(model, SCALED)
    model.serve(model.register("one"))
    model.aws.advance(10 * MINUTE)
    specify(model, replace(SCALED, instance="ml.c5.xlarge"))

    assert targets(model) == [(2, 4, 300.0)]
    scaled = [entry.what for entry in model.journal() if entry.what.startswith("Scaling")]
    assert scaled == ["ScalingChanged", "ScalingStopped", "ScalingChanged"]
    assert not model.journal("RolloutHeld")
    assert model.answer() == "one"


def test_an_update_that_comes_while_instances_are_added_is_made_afterwards(model: Registered) -> None:
    specify(model, SCALED)
    model.serve(model.register("one"))
    model.aws.advance(10 * MINUTE)
    busy = {"VariantName": "a", "DesiredInstanceCount": 4}
    Trainings(aws=model.aws).at(
        "UpdateEndpoint",
        lambda: model.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=NAME, DesiredWeightsAndCapacities=[busy]
        ),
        caller="leeway-rollout",
    )
    model.serve(model.register("two", champion="one"))
    model.aws.advance(10 * MINUTE)

    assert model.answer() == "two"
    assert variant(model)["CurrentInstanceCount"] == 4


@pytest.mark.parametrize("operation", ["RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget"])
@pytest.mark.parametrize("mode", [Mode.CRASH_AFTER, *of_the_proof(Mode.TIMEOUT_AFTER, Mode.SERVER_ERROR_BEFORE)])
@pytest.mark.story
def test_a_call_that_fails_is_made_again_and_said_once(model: Registered, operation: str, mode: Mode) -> None:
    specify(model, SCALED)
    fault = model.aws.faults.add(action=mode, caller="leeway-rollout", operation=operation, times=3)
    model.serve(model.register("one"))
    model.aws.advance(60 * MINUTE)  # a message of a function that died comes back after twelve minutes
    assert targets(model) == [(2, 4, 300.0)]
    specify(model, Serving())
    model.aws.advance(20 * MINUTE)

    assert fault.hits >= 1
    assert targets(model) == []
    assert len(model.journal("ScalingChanged")) == 1
    assert model.dead() == 0
