"""Variants made slow, failing or short of capacity, so that a harmful challenger can be played (reference 4, 5)."""

import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws import LocalAWS
from localaws.admin import Admin
from localaws.clock import real_time
from localaws.hostingfaults import HostingFaults, Place

pytestmark = pytest.mark.contract
CHANGED = "Endpoint State Change"


def points(lab: Any, metric: str, variant: str, **more: str) -> list[float]:
    """All values of a metric of a variant."""
    dimensions = {"EndpointName": "scores", "VariantName": variant, **more}
    key = ("AWS/SageMaker", metric, frozenset(dimensions.items()))
    found = lab.aws.world.metrics.counted.get(key, {}).values()
    return [value for point in found for value in point.values.elements()]


def now(lab: Any) -> tuple[str, str]:
    found = lab.described()
    return found["EndpointStatus"], found["EndpointConfigName"]


@pytest.fixture
def served(lab: Any) -> Any:
    """The variants `one` and `two`, asked without a second try."""
    lab.endpoint("one", "two")
    once = Config(retries={"total_max_attempts": 1})
    runtime = lab.aws.session("client").client("sagemaker-runtime", config=once)
    return type(lab)(**{**vars(lab), "runtime": runtime})


# Metrics of an invocation


def test_metrics_of_an_invocation(served: Any) -> None:
    """4; guide, "endpoint invocation metrics": counts of 1 or 0, microseconds, 1 by the number of instances."""
    served.sm.update_endpoint_weights_and_capacities(
        EndpointName="scores", DesiredWeightsAndCapacities=[{"VariantName": "one", "DesiredInstanceCount": 4}]
    )
    served.advance(10)
    for body in (b"1", b"bad row", b"crash"):
        try:
            served.invoke(body, TargetVariant="one")
        except ClientError as error:
            assert body != b"1", error  # noqa: PT017  the error is what the next lines count
    for more in ({}, {"EndpointConfigName": "first"}):
        assert points(served, "Invocations", "one", **more) == [1, 1, 1]
        assert sorted(points(served, "Invocation4XXErrors", "one", **more)) == [0, 0, 1]
        assert sorted(points(served, "Invocation5XXErrors", "one", **more)) == [0, 0, 1]
        assert sorted(points(served, "InvocationModelErrors", "one", **more)) == [0, 1, 1]
        assert points(served, "InvocationsPerInstance", "one", **more) == [0.25] * 3
        assert all(20 < value < 60_000_000 for value in points(served, "ModelLatency", "one", **more))
        assert all(0 <= value < 60_000_000 for value in points(served, "OverheadLatency", "one", **more))
    assert points(served, "Invocations", "two") == []


# Slow


def test_a_slow_variant_says_so_and_is_waited_for(served: Any) -> None:
    """4: ModelLatency in microseconds; the caller waits, in virtual time."""
    served.aws.faults.hosting.slow("scores", variant="two", milliseconds=1500)
    before = served.aws.now()
    served.invoke(TargetVariant="two")
    assert timedelta(seconds=1.5) <= served.aws.now() - before < timedelta(seconds=10)
    served.invoke(TargetVariant="one")
    (slow,), (quick,) = points(served, "ModelLatency", "two"), points(served, "ModelLatency", "one")
    assert slow > 1_500_000 > quick


def test_a_server_lets_callers_wait_for_real(served: Any) -> None:
    """README: where a thread pumps, time is what passes."""
    served.aws.faults.hosting.slow("scores", milliseconds=300)
    served.aws.pump.start()
    began = real_time()
    served.invoke(TargetVariant="one")
    assert real_time() - began >= 0.3


def test_the_latency_of_a_model_can_be_said(lab: Any) -> None:
    """Lifecycle: model_latency takes the place of what was measured, for figures that are the same each time."""
    object.__setattr__(lab.aws.world.lifecycle, "model_latency", 0.04)
    lab.endpoint("one")
    lab.aws.faults.hosting.slow("*", milliseconds=10)
    lab.invoke()
    assert points(lab, "ModelLatency", "one") == [50_000]


def test_an_answer_after_a_minute_comes_too_late(served: Any) -> None:
    """2.5: an answer within 60 s; guide: a time-out is a model error and no 5xx of the model's."""
    served.aws.faults.hosting.slow("scores", milliseconds=60_000)
    with pytest.raises(ClientError) as caught:
        served.invoke(TargetVariant="one")
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["OriginalStatusCode"]) == ("ModelError", 0)
    assert "timed out" in answer["OriginalMessage"]
    assert points(served, "InvocationModelErrors", "one") == [1]
    assert points(served, "Invocation5XXErrors", "one") == [0]
    assert points(served, "ModelLatency", "one") == [60_000_000]


# Failing


def test_a_share_of_calls_fails(served: Any) -> None:
    """5.8: ModelError with the status inside; drawn, and the same draws each time."""
    planned = served.aws.faults.hosting.fail("scores", variant="two", share=0.3, status=503)
    found: Counter[int] = Counter()
    for _ in range(100):
        try:
            served.invoke(TargetVariant="two")
            found[200] += 1
        except ClientError as error:
            found[error.response["OriginalStatusCode"]] += 1
    assert set(found) == {200, 503}
    assert 15 <= found[503] <= 45
    assert planned.struck == found[503] == sum(points(served, "Invocation5XXErrors", "two"))
    assert {served.invoke(TargetVariant="one")["Body"] for _ in range(20)} == {"one"}


def test_one_fleet_of_a_deployment_is_told_by_its_model(lab: Any) -> None:
    """Both fleets have the same variants: the harmful one is found by model or configuration."""
    lab.endpoint("one")
    lab.model("bad")
    variants = [lab.variant("bad", VariantName="one")]
    lab.sm.create_endpoint_config(EndpointConfigName="second", ProductionVariants=variants)
    lab.aws.faults.hosting.fail("scores", model="bad", share=1.0)
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 600, "CanarySize": size}
    lab.update("second", DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}})
    lab.advance(10)
    for _ in range(30):
        try:
            assert lab.invoke()["Body"] == "one"
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ModelError"  # noqa: PT017  either is right
    assert 0 < sum(points(lab, "Invocation5XXErrors", "one", EndpointConfigName="second")) < 30
    assert sum(points(lab, "Invocation5XXErrors", "one", EndpointConfigName="first")) == 0


# Short of capacity


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param(400, "ThrottlingException", id="throttled"),
        pytest.param(503, "ServiceUnavailable", id="unavailable"),
    ],
)
def test_more_than_an_instance_can_answer(served: Any, status: int, code: str) -> None:
    """5.8: throttled, or unavailable; by instance and minute, and it reaches no model."""
    change = [{"VariantName": "one", "DesiredInstanceCount": 2}]
    served.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=change)
    served.advance(65 - served.aws.now().second)
    served.aws.faults.hosting.limit("scores", variant="one", per_minute=3, status=status)
    for _ in range(6):
        served.invoke(TargetVariant="one")
    request = {"EndpointName": "scores", "Body": b"1", "ContentType": "text/csv", "TargetVariant": "one"}
    served.refused("invoke_endpoint", code, **request)
    assert len(points(served, "Invocations", "one")) == 6
    served.advance(60)
    assert served.invoke(TargetVariant="one")["Body"] == "one"


def test_an_endpoint_without_instances_is_failed(lab: Any) -> None:
    """deep-learning-containers#6673: Failed, and the sentence of InsufficientInstanceCapacity."""
    lab.config("first", "one")
    lab.aws.faults.hosting.exhaust("scores")
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(10)
    assert now(lab) == ("Failed", "first")
    reason = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
    assert lab.described()["FailureReason"].startswith(reason)


def test_an_update_without_instances_rolls_back_and_a_second_one_finds_them(lab: Any) -> None:
    """terraform-provider-aws#49020: rolled back for capacity, InService with the old configuration."""
    lab.endpoint("one")
    lab.config("second", "two")
    lab.aws.faults.hosting.exhaust("scores", times=1)
    for expected in (("InService", "first"), ("InService", "second")):
        lab.update("second")
        lab.advance(20)
        assert now(lab) == expected
    assert [detail["EndpointStatus"] for detail in lab.events(CHANGED)][2:] == [
        *("UPDATING", "ROLLING_BACK", "IN_SERVICE", "UPDATING", "IN_SERVICE")
    ]


def test_scaling_out_without_instances_goes_back(lab: Any) -> None:
    """API, EndpointStatus: RollingBack of an endpoint that fails to scale, then InService as before."""
    lab.endpoint("one", "two")
    lab.aws.faults.hosting.exhaust("scores", variant="two")
    wanted = [{"VariantName": "two", "DesiredInstanceCount": 3}, {"VariantName": "one", "DesiredWeight": 5.0}]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=wanted)
    lab.advance(10)
    found = lab.described()
    assert "InsufficientInstanceCapacity" in found["FailureReason"]
    assert [
        (one["CurrentWeight"], one["DesiredWeight"], one["CurrentInstanceCount"], one["DesiredInstanceCount"])
        for one in found["ProductionVariants"]
    ] == [(1.0, 1.0, 1, 1)] * 2
    states = [detail["EndpointStatus"] for detail in lab.events(CHANGED)]
    assert states[2:] == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


# Which variants, and by which way


def test_names_are_patterns() -> None:
    faults, place = HostingFaults(), Place(endpoint="leeway-churn", variant="b", config="c-2", model="m-2")
    faults.slow("leeway-*", variant="b", milliseconds=100)
    faults.slow("*", config="c-1", milliseconds=1000)
    faults.slow("*", model="m-?", milliseconds=10)
    assert faults.delay(place) == pytest.approx(0.11)
    assert faults.delay(Place(endpoint="other", variant="b", config="c-1", model="x")) == 1.0
    faults.clear()
    assert faults.delay(place) == 0


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        pytest.param(lambda faults: faults.fail("e", share=1.5), "from 0 to 1", id="share"),
        pytest.param(lambda faults: faults.fail("e", share=0.5, status=200), "from 400", id="status"),
        pytest.param(lambda faults: faults.limit("e", per_minute=1, status=500), "400, 503", id="overload"),
    ],
)
def test_faults_that_cannot_be(ask: Callable[[HostingFaults], Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        ask(HostingFaults())


@pytest.fixture
def asked(bare: LocalAWS) -> Callable[..., tuple[int, dict[str, Any]]]:
    """POSTs to a server's own paths."""
    admin = Admin(bare, 0)

    def post(**request: Any) -> tuple[int, dict[str, Any]]:
        body = json.dumps(request).encode()
        answer = admin(environ("POST", "/_localaws/endpoint", body))
        found: dict[str, Any] = json.loads(answer.body)
        return answer.status, found

    return post


def environ(method: str, path: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def test_a_server_takes_faults_by_name(bare: LocalAWS, asked: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """README: POST /_localaws/endpoint."""
    status, planned = asked(fault="slow", endpoint="scores", variant="b", milliseconds=200)
    assert (status, planned["kind"], planned["place"]["variant"], planned["seconds"]) == (200, "slow", "b", 0.2)
    assert len(bare.faults.hosting.planned) == 1
    assert asked(fault="clear") == (200, {"fault": "clear"})
    assert bare.faults.hosting.planned == []


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        pytest.param({"fault": "explode", "endpoint": "scores"}, "none of slow", id="unknown"),
        pytest.param({"fault": "clear", "sloth": 1}, "sloth", id="argument"),
        pytest.param({"fault": "slow", "endpoint": "scores"}, "milliseconds", id="missing"),
        pytest.param({"fault": "maintain", "endpoint": "scores", "seconds": 5}, "no endpoint scores", id="no-endpoint"),
        pytest.param({"endpoint": "scores"}, "fault", id="nameless"),
    ],
)
def test_a_server_says_what_is_wrong_with_a_fault(
    asked: Callable[..., tuple[int, dict[str, Any]]], request_: dict[str, Any], text: str
) -> None:
    status, answer = asked(**request_)
    assert status == 400
    assert text in answer["error"]
