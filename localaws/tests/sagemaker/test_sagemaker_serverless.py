"""Serverless variants: sizes, what they exclude, updates between them and real-time ones (reference 5.5)."""

from typing import Any

import pytest

pytestmark = pytest.mark.contract
SIZES = {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://lab/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


def variant(model: str = "one", **rest: Any) -> dict[str, Any]:
    return {"VariantName": model, "ModelName": model, "ServerlessConfig": SIZES, **rest}


def config(lab: Any, name: str = "light", **sizes: int) -> str:
    """A configuration of a serverless variant; its model is there."""
    variants = [variant(ServerlessConfig=SIZES | sizes)]
    return str(lab.sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)["EndpointConfigArn"])


def serving(lab: Any, **sizes: int) -> None:
    """A serverless endpoint that is InService."""
    lab.model("one")
    config(lab, **sizes)
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="light")
    lab.advance(10)


def refused(lab: Any, *variants: dict[str, Any], **rest: Any) -> str:
    request = {"EndpointConfigName": "light", "ProductionVariants": list(variants), **rest}
    return str(lab.refused("create_endpoint_config", "ValidationException", **request))


def test_a_serverless_endpoint_serves_without_instances(lab: Any) -> None:
    """5.5 and its sample: CurrentServerlessConfig in place of instance counts."""
    serving(lab)
    assert lab.invoke()["Body"] == "one"
    (found,) = lab.described()["ProductionVariants"]
    assert found["CurrentServerlessConfig"] == found["DesiredServerlessConfig"] == SIZES
    assert not {"CurrentInstanceCount", "DesiredInstanceCount"} & set(found)
    assert "DataCaptureConfig" not in lab.described()
    assert lab.sm.describe_endpoint_config(EndpointConfigName="light")["ProductionVariants"] == [variant()]


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        pytest.param({"MemorySizeInMB": 1500}, "MemorySizeInMB", id="between-sizes"),
        pytest.param({"MemorySizeInMB": 7168}, "6144", id="too-large"),
        pytest.param({"MaxConcurrency": 201}, "200", id="too-many"),
        pytest.param({"ProvisionedConcurrency": 21}, "MaxConcurrency", id="more-than-most"),
    ],
)
def test_sizes(lab: Any, sizes: dict[str, int], text: str) -> None:
    """5.5; API: 1 GB to 6 GB by whole GB, at most 200 at once, no more provisioned than that."""
    lab.model("one")
    assert text in refused(lab, variant(ServerlessConfig=SIZES | sizes))


def test_a_serverless_variant_has_no_instances(lab: Any) -> None:
    """API: InstanceType and InitialInstanceCount are of the other kind."""
    lab.model("one")
    assert "InstanceType" in refused(lab, lab.variant("one") | variant())


def test_what_serverless_endpoints_exclude(lab: Any) -> None:
    """5.5: several variants, data capture, a VPC, network isolation."""
    lab.model("one")
    lab.model("two")
    assert "one production variant" in refused(lab, variant(), variant("two"))
    assert "one production variant" in refused(lab, variant(), lab.variant("two"))
    assert "data capture" in refused(lab, variant(), DataCaptureConfig=CAPTURE)
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    lab.sm.create_model(
        ModelName="inside", ExecutionRoleArn=ROLE, PrimaryContainer=lab.container("inside"), VpcConfig=vpc
    )
    assert "VPC" in refused(lab, variant("inside"))


def test_a_real_time_endpoint_does_not_become_serverless(lab: Any) -> None:
    """5.5: refused; the other way is allowed, once."""
    lab.endpoint("one")
    config(lab)
    request = {"EndpointName": "scores", "EndpointConfigName": "light"}
    assert "serverless" in lab.refused("update_endpoint", "ValidationException", **request)
    assert lab.described()["EndpointStatus"] == "InService"


def test_a_serverless_endpoint_becomes_real_time(lab: Any) -> None:
    """5.5: what is retained of it has no count."""
    serving(lab)
    lab.sm.create_endpoint_config(
        EndpointConfigName="heavy", ProductionVariants=[lab.variant("one", InitialInstanceCount=2)]
    )
    lab.update("heavy", RetainAllVariantProperties=True)
    lab.advance(10)
    (found,) = lab.described()["ProductionVariants"]
    assert (lab.described()["EndpointConfigName"], found["CurrentInstanceCount"]) == ("heavy", 2)
    assert "CurrentServerlessConfig" not in found


def test_a_serverless_endpoint_gets_other_sizes(lab: Any) -> None:
    """Developer guide, "Update a serverless endpoint": as any other update."""
    serving(lab)
    config(lab, "more", MemorySizeInMB=4096)
    lab.update("more")
    lab.advance(10)
    assert lab.described()["ProductionVariants"][0]["CurrentServerlessConfig"]["MemorySizeInMB"] == 4096


def test_concurrency_changes_without_a_configuration(lab: Any) -> None:
    """API: ServerlessUpdateConfig of UpdateEndpointWeightsAndCapacities, for serverless variants alone."""
    serving(lab)

    def change(**wanted: Any) -> dict[str, Any]:
        return {"EndpointName": "scores", "DesiredWeightsAndCapacities": [{"VariantName": "one", **wanted}]}

    operation = "update_endpoint_weights_and_capacities"
    lab.sm.update_endpoint_weights_and_capacities(**change(ServerlessUpdateConfig={"MaxConcurrency": 50}))
    lab.advance(10)
    assert lab.described()["ProductionVariants"][0]["CurrentServerlessConfig"] == SIZES | {"MaxConcurrency": 50}
    more = change(ServerlessUpdateConfig={"ProvisionedConcurrency": 60})
    assert "MaxConcurrency" in lab.refused(operation, "ValidationException", **more)
    assert "no instances" in lab.refused(operation, "ValidationException", **change(DesiredInstanceCount=2))


def test_concurrency_is_of_serverless_variants(lab: Any) -> None:
    """As above."""
    lab.endpoint("one")
    change = {"VariantName": "one", "ServerlessUpdateConfig": {"MaxConcurrency": 5}}
    request = {"EndpointName": "scores", "DesiredWeightsAndCapacities": [change]}
    message = lab.refused("update_endpoint_weights_and_capacities", "ValidationException", **request)
    assert "not serverless" in message


def test_a_body_of_more_than_four_megabytes_is_refused(lab: Any) -> None:
    """Developer guide, inference options: 4 MB where real-time endpoints take 6."""
    serving(lab)
    body = b"1" * (4 * 2**20 + 1)
    message = lab.refused(
        "invoke_endpoint", "ValidationError", EndpointName="scores", Body=body, ContentType="text/csv"
    )
    assert "4194304" in message
