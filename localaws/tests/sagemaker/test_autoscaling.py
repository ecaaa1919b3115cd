"""Application Auto Scaling of variants: targets, policies, and the updates that they hold back (reference 5.3, 5.6)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.contract
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/scores/variant/one",
    "ScalableDimension": DIMENSION,
}
METRIC = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
TRACKING = {"TargetValue": 70.0, "PredefinedMetricSpecification": METRIC, "ScaleInCooldown": 600}


@pytest.fixture
def scaling(lab: Any) -> Any:
    """A client of the service; the endpoint `scores` is InService with one instance."""
    lab.endpoint("one")
    return lab.aws.client("application-autoscaling")


def refused(scaling: Any, operation: str, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        getattr(scaling, operation)(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def count(lab: Any) -> int:
    return int(lab.described()["ProductionVariants"][0]["CurrentInstanceCount"])


def policy(name: str = "busy", **rest: Any) -> dict[str, Any]:
    config = {"TargetTrackingScalingPolicyConfiguration": TRACKING}
    return {"PolicyName": name, **TARGET, "PolicyType": "TargetTrackingScaling", **config, **rest}


# Targets


def test_a_target_is_registered_changed_and_deregistered(scaling: Any) -> None:
    """API: what is not given of a target that is there stays."""
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
    assert scaling.register_scalable_target(**TARGET, MaxCapacity=6)["ScalableTargetARN"] == arn
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (found["ResourceId"], found["MinCapacity"], found["MaxCapacity"]) == (TARGET["ResourceId"], 1, 6)
    assert "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint" in found["RoleARN"]
    other = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=["endpoint/a/variant/b"])
    assert other["ScalableTargets"] == []
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    code, text = refused(scaling, "deregister_scalable_target", **TARGET)
    assert (code, "No scalable target registered for service namespace: sagemaker" in text) == (
        "ObjectNotFoundException",
        True,
    )


def test_a_new_target_brings_the_count_into_its_bounds(lab: Any, scaling: Any) -> None:
    """API: it changes the resource's current capacity to a value that is inside of this range."""
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    assert lab.described()["EndpointStatus"] == "Updating"
    lab.advance(5)
    assert (lab.described()["EndpointStatus"], count(lab)) == ("InService", 2)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=1)
    lab.advance(5)
    assert count(lab) == 1


def test_bounds_are_needed_and_make_sense(scaling: Any) -> None:
    """API: both for a new target; scale to zero is of asynchronous endpoints (5.6)."""
    for bounds in ({"MinCapacity": 1}, {"MinCapacity": 3, "MaxCapacity": 2}, {"MinCapacity": 0, "MaxCapacity": 2}):
        assert refused(scaling, "register_scalable_target", **TARGET, **bounds)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        pytest.param("endpoint/none/variant/one", "Could not find endpoint", id="endpoint"),
        pytest.param("endpoint/scores/variant/none", "Could not find variant", id="variant"),
        pytest.param("scores", "Could not find endpoint", id="no-resource"),
    ],
)
def test_a_target_that_is_not_there(scaling: Any, resource: str, text: str) -> None:
    """API: ValidationException."""
    request = TARGET | {"ResourceId": resource, "MinCapacity": 1, "MaxCapacity": 2}
    code, message = refused(scaling, "register_scalable_target", **request)
    assert (code, text in message) == ("ValidationException", True)


def test_a_serverless_variant_is_no_target(lab: Any) -> None:
    """5.5: it scales by itself."""
    lab.model("one")
    sizes = {"MemorySizeInMB": 1024, "MaxConcurrency": 5}
    variants = [{"VariantName": "one", "ModelName": "one", "ServerlessConfig": sizes}]
    lab.sm.create_endpoint_config(EndpointConfigName="light", ProductionVariants=variants)
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="light")
    lab.advance(10)
    scaling = lab.aws.client("application-autoscaling")
    code, message = refused(scaling, "register_scalable_target", **TARGET, MinCapacity=1, MaxCapacity=2)
    assert (code, "serverless" in message) == ("ValidationException", True)


# Policies


def test_a_policy_is_kept_and_goes_with_its_target(scaling: Any) -> None:
    """API: PutScalingPolicy needs a target; deregistering deletes its policies."""
    code, message = refused(scaling, "put_scaling_policy", **policy())
    assert (code, "No scalable target registered" in message) == ("ObjectNotFoundException", True)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    arn = scaling.put_scaling_policy(**policy())["PolicyARN"]
    assert scaling.put_scaling_policy(**policy())["PolicyARN"] == arn
    scaling.put_scaling_policy(**policy("busier"))
    found = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", PolicyNames=["busy"])["ScalingPolicies"]
    assert [one["TargetTrackingScalingPolicyConfiguration"] for one in found] == [TRACKING]
    scaling.delete_scaling_policy(PolicyName="busier", **TARGET)
    assert refused(scaling, "delete_scaling_policy", PolicyName="busier", **TARGET)[0] == "ObjectNotFoundException"
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


# Updates of the endpoint


def test_another_model_is_no_matter(lab: Any, scaling: Any) -> None:
    """Developer guide, "Update endpoints that use auto scaling": the one exception; counts stay where retained."""
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    lab.advance(5)
    lab.model("two")
    variants = [lab.variant("one", ModelName="two")]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    lab.update("second", RetainAllVariantProperties=True)
    lab.advance(10)
    assert (lab.described()["EndpointConfigName"], count(lab)) == ("second", 2)
    lab.sm.create_endpoint_config(EndpointConfigName="third", ProductionVariants=variants)
    lab.update("third")  # 5.2: without it the count is the configuration's again
    lab.advance(10)
    assert count(lab) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"InstanceType": "ml.m5.xlarge"}, id="other-instances"),
        pytest.param({"VariantName": "other"}, id="removed"),
    ],
)
def test_a_target_is_deregistered_before_it_goes(lab: Any, scaling: Any, change: dict[str, Any]) -> None:
    """As above, and 5.3: refused until the variant is no scalable target any more."""
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    variants = [lab.variant("one", **change)]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    request = {"EndpointName": "scores", "EndpointConfigName": "second"}
    assert "deregister" in lab.refused("update_endpoint", "ValidationException", **request)
    assert lab.described()["EndpointStatus"] == "InService"
    scaling.deregister_scalable_target(**TARGET)
    lab.update("second")
    lab.advance(10)
    assert lab.described()["EndpointConfigName"] == "second"


def test_a_deleted_endpoint_takes_its_targets_with_it(lab: Any, scaling: Any) -> None:
    """5.3: DeleteEndpoint deregisters them."""
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    lab.sm.delete_endpoint(EndpointName="scores")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


# What is not emulated


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("describe_scaling_activities", {"ServiceNamespace": "sagemaker"}, id="activities"),
        pytest.param("describe_scalable_targets", {"ServiceNamespace": "ecs"}, id="other-services"),
        pytest.param(
            "register_scalable_target",
            TARGET | {"ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency"},
            id="concurrency",
        ),
        pytest.param("put_scaling_policy", policy() | {"PolicyType": "StepScaling"}, id="steps"),
        pytest.param(
            "put_scaling_policy",
            policy(TargetTrackingScalingPolicyConfiguration={"TargetValue": 5.0}),
            id="own-metric",
        ),
    ],
)
def test_what_is_not_emulated(scaling: Any, operation: str, request_: dict[str, Any]) -> None:
    """COVERAGE, first line."""
    code, message = refused(scaling, operation, **request_)
    assert (code, "COVERAGE.md" in message) == ("NotImplemented", True)
