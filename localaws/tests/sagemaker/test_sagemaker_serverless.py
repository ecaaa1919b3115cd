"""Serverless variants: sizes, what they exclude, updates between them and real-time ones (reference 5.5)."""

from datetime import timedelta
from typing import Any

import pytest

from localaws import Asked
from localaws.errors import AwsError
from localaws.sagemaker.concurrency import check_account

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


# Concurrency


def test_what_is_beyond_the_maximum_is_throttled(lab: Any) -> None:
    """Guide, "Concurrent invocations": invocations beyond the maximum are throttled; calls at one time are at once."""
    serving(lab, MaxConcurrency=3)
    lab.aws.faults.hosting.slow("scores", milliseconds=2000)
    start = lab.aws.now() + timedelta(seconds=1)
    moments = [0, 0.5, 1, 1.5, 2.2, 2.4, 3.1]
    answers = lab.aws.traffic("scores", [Asked(at=start + timedelta(seconds=at), body=b"1") for at in moments])
    throttled = "ThrottlingException"
    assert [one.code or one.status for one in answers] == [200, 200, 200, throttled, 200, throttled, 200]


def test_threads_are_at_once(lab: Any) -> None:
    """As above, over the port: a call that is being answered takes its place."""
    serving(lab, MaxConcurrency=1)
    (variant,) = lab.aws.sagemaker.endpoints.endpoints["scores"].variants
    with variant.slots:
        request = {"EndpointName": "scores", "Body": b"1", "ContentType": "text/csv"}
        assert lab.refused("invoke_endpoint", "ThrottlingException", **request) == "Rate exceeded"
    assert lab.invoke()["Body"] == "one"


def test_one_caller_after_another_is_never_throttled(lab: Any) -> None:
    """As above: who waits for the answer, in virtual time, is not at once with himself."""
    serving(lab, MaxConcurrency=1)
    lab.aws.faults.hosting.slow("scores", milliseconds=5000)
    before = lab.aws.now()
    assert [lab.invoke()["Body"] for _ in range(3)] == ["one"] * 3
    assert lab.aws.now() - before >= timedelta(seconds=15)


def test_two_serverless_endpoints_are_apart(lab: Any) -> None:
    """5.5: A/B there is two endpoints; the concurrency of one is not that of the other."""
    serving(lab, MaxConcurrency=1)
    lab.model("two")
    sizes = SIZES | {"MaxConcurrency": 1}
    variants = [variant("two", ServerlessConfig=sizes)]
    lab.sm.create_endpoint_config(EndpointConfigName="other", ProductionVariants=variants)
    lab.sm.create_endpoint(EndpointName="others", EndpointConfigName="other")
    lab.advance(10)
    lab.aws.faults.hosting.slow("scores", milliseconds=1000)
    at = lab.aws.now() + timedelta(seconds=1)
    (first,) = lab.aws.traffic("scores", [Asked(at=at, body=b"1")])
    (second,) = lab.aws.traffic("others", [Asked(at=at, body=b"1")])
    assert (first.body, second.body) == (b"one", b"two")


def test_an_account_shares_a_thousand(lab: Any) -> None:
    """Guide: 1000 at once in us-east-1 over all serverless endpoints, by what they may have at most; 9.2: the code."""
    lab.model("one")
    for number in range(5):
        config(lab, f"c{number}", MaxConcurrency=200)
        lab.sm.create_endpoint(EndpointName=f"e{number}", EndpointConfigName=f"c{number}")
    config(lab, "one-more", MaxConcurrency=1)
    request = {"EndpointName": "f", "EndpointConfigName": "one-more"}
    message = lab.refused("create_endpoint", "ResourceLimitExceeded", **request)
    assert "is 1000, with current utilization of 1000 and a request delta of 1." in message
    lab.advance(10)
    lab.sm.delete_endpoint(EndpointName="e0")
    lab.advance(10)
    lab.sm.create_endpoint(**request)


def refusal(*arguments: Any) -> str:
    try:
        check_account(*arguments)
    except AwsError as error:
        return str(error)
    return ""


def test_limits_of_an_account() -> None:
    """Guide: 1000 or 500 by region, 50 endpoints; what an endpoint has already counts once."""
    assert refusal("us-east-1", [200] * 4, 200) == ""
    assert refusal("us-east-1", [1000], 1).startswith("ResourceLimitExceeded: The account-level service limit")
    assert "request delta of 201" in refusal("us-east-1", [200] * 4, 201)
    assert "is 500" in refusal("eu-west-3", [200, 200], 101)
    assert "serverless endpoints' is 50" in refusal("us-east-1", [1] * 50, 1)
    assert refusal("us-east-1", [1] * 50, 0) == ""
    assert refusal("us-east-1", [200] * 4, 200, 200) == ""
    assert "request delta of 1." in refusal("us-east-1", [200] * 4, 201, 200)
