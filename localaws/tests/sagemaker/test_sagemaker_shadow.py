"""Shadow variants: copies of requests, whose answers reach no caller (reference 4, 5.4; guide, "Shadow tests")."""

import json
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.contract
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://lab/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}
SERVERLESS = {
    "VariantName": "light",
    "ModelName": "one",
    "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
}


def shadowed(lab: Any, weight: float = 1.0, *, model: str = "two", capture: bool = True) -> None:
    """The variant `production` with the model `one`, and `shadow` with another."""
    for name in ("one", model):
        lab.model(name)
    lab.sm.create_endpoint_config(
        EndpointConfigName="first",
        ProductionVariants=[lab.variant("one", VariantName="production")],
        ShadowProductionVariants=[lab.variant(model, VariantName="shadow", InitialVariantWeight=weight)],
        **({"DataCaptureConfig": CAPTURE} if capture else {}),
    )
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)


def records(lab: Any, variant: str) -> list[dict[str, Any]]:
    lines = [line for key in lab.keys(f"captured/scores/{variant}/") for line in lab.get(key).splitlines()]
    return [json.loads(line) for line in lines]


def count(lab: Any, variant: str, metric: str = "Invocations", statistic: str = "Sum") -> float:
    """A metric of a variant over the last hour."""
    now = lab.aws.now()
    found = lab.cloudwatch.get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": "EndpointName", "Value": "scores"}, {"Name": "VariantName", "Value": variant}],
        StartTime=now.timestamp() - 3600,
        EndTime=now.timestamp() + 60,
        Period=3600,
        Statistics=[statistic],
    )["Datapoints"]
    return float(sum(point[statistic] for point in found))


def test_the_callers_answer_is_the_production_variants(lab: Any) -> None:
    """Guide: only the responses of the production variant are returned."""
    shadowed(lab)
    assert lab.described()["EndpointStatus"] == "InService"
    found = [lab.invoke() for _ in range(5)]
    assert {(one["Body"], one["InvokedProductionVariant"]) for one in found} == {("one", "production")}


def test_both_answers_are_captured_under_their_own_variants(lab: Any) -> None:
    """Guide, "Create a shadow test": requests and responses of production and shadow; 2.2: the variant in the key."""
    shadowed(lab)
    lab.invoke(b"1,2", InferenceId="i-1")
    lab.advance(300)
    (production,), (shadow,) = records(lab, "production"), records(lab, "shadow")
    assert production["captureData"]["endpointInput"] == shadow["captureData"]["endpointInput"]
    assert production["captureData"]["endpointOutput"]["data"] == "one"
    assert shadow["captureData"]["endpointOutput"]["data"] == "two"
    assert shadow["eventMetadata"]["inferenceId"] == production["eventMetadata"]["inferenceId"] == "i-1"
    assert shadow["eventMetadata"]["eventId"] != production["eventMetadata"]["eventId"]


@pytest.mark.parametrize(
    ("weight", "low", "high"),
    [
        pytest.param(1.0, 60, 60, id="all"),
        pytest.param(0.5, 17, 43, id="half"),
        pytest.param(0.0, 0, 0, id="none"),
    ],
)
def test_the_weight_is_the_share_that_is_mirrored(lab: Any, weight: float, low: int, high: int) -> None:
    """Guide and the sample create-endpoint-config-shadow: a weight of 0.5 beside 1 mirrors half of the requests."""
    shadowed(lab, weight, capture=False)
    for _ in range(60):
        lab.invoke()
    assert count(lab, "production") == 60
    assert low <= count(lab, "shadow") <= high


def test_the_share_changes_without_a_configuration(lab: Any) -> None:
    """Guide: the traffic sampling percentage can be modified while it runs."""
    shadowed(lab, capture=False)
    change = [{"VariantName": "shadow", "DesiredWeight": 0.0}]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=change)
    lab.advance(10)
    (variant,) = lab.described()["ShadowProductionVariants"]
    assert (variant["VariantName"], variant["CurrentWeight"]) == ("shadow", 0.0)
    lab.invoke()
    assert (count(lab, "production"), count(lab, "shadow")) == (1, 0)


def test_an_error_of_the_shadow_reaches_no_caller(lab: Any) -> None:
    """Guide: without end user impact; 4: the shadow has the same metrics under its own name."""
    shadowed(lab)
    (shadow,) = lab.aws.sagemaker.endpoints.endpoints["scores"].fleet.shadows
    lab.put("code/serving.tar.gz", lab.archive(inference__py=b"raise SystemExit"))
    (shadow.host.folder / "code" / "inference.py").write_text("raise SystemExit")
    shadow.host.process.kill()
    shadow.host.process.wait()
    assert Counter(lab.invoke()["Body"] for _ in range(3)) == Counter(one=3)
    assert (count(lab, "shadow", "Invocation5XXErrors"), count(lab, "production", "Invocation5XXErrors")) == (3, 0)
    lab.advance(300)
    assert (len(records(lab, "production")), records(lab, "shadow")) == (3, [])


def test_a_shadow_is_no_target(lab: Any) -> None:
    """2.5: TargetVariant names a production variant."""
    shadowed(lab)
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="scores", Body=b"1", TargetVariant="shadow")


def test_a_shadow_comes_and_goes_by_updates(lab: Any) -> None:
    """API: UpdateEndpoint to a configuration without it; the pending one shows it."""
    lab.endpoint("one")
    lab.model("two")
    lab.sm.create_endpoint_config(
        EndpointConfigName="second",
        ProductionVariants=[lab.variant("one")],
        ShadowProductionVariants=[lab.variant("two")],
    )
    lab.update("second")
    (pending,) = lab.described()["PendingDeploymentSummary"]["ShadowProductionVariants"]
    assert (pending["VariantName"], pending["CurrentInstanceCount"]) == ("two", 0)
    lab.advance(10)
    assert lab.described()["ShadowProductionVariants"][0]["CurrentInstanceCount"] == 1
    lab.update("first")
    lab.advance(10)
    assert "ShadowProductionVariants" not in lab.described()


@pytest.mark.parametrize(
    ("variants", "shadows", "text"),
    [
        pytest.param(["one", "two"], ["three"], "one production and one shadow", id="two-variants"),
        pytest.param(["one"], ["two", "three"], "one production and one shadow", id="two-shadows"),
        pytest.param(["one"], ["one"], "distinct names", id="same-name"),
        pytest.param(["one"], [SERVERLESS], "do not support shadow", id="serverless-shadow"),
        pytest.param([SERVERLESS], ["two"], "do not support shadow", id="serverless-production"),
    ],
)
def test_what_excludes_a_shadow(lab: Any, variants: list[Any], shadows: list[Any], text: str) -> None:
    """5.4; API: ShadowProductionVariants goes with one production variant; guide: not with serverless ones."""
    lab.model("one")

    def given(names: list[Any]) -> list[dict[str, Any]]:
        return [name if isinstance(name, dict) else lab.variant("one", VariantName=name) for name in names]

    request = {
        "EndpointConfigName": "first",
        "ProductionVariants": given(variants),
        "ShadowProductionVariants": given(shadows),
    }
    assert text in lab.refused("create_endpoint_config", "ValidationException", **request)
