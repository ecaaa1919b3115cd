"""Invocations and what is captured of them (reference 2, 5.8, 9.2)."""

import base64
import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.sagemaker.hosting import Host

pytestmark = pytest.mark.contract
ACCOUNT = "123456789012"
FILE = re.compile(r"captured/scores/one/\d{4}/\d{2}/\d{2}/\d{2}/[^/]+\.jsonl")


def capture(*modes: str, **rest: Any) -> dict[str, Any]:
    """A configuration that captures all of both halves, text/csv as CSV."""
    listed = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
    return {
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://lab/captured",
            "CaptureOptions": [{"CaptureMode": mode} for mode in modes or ("Input", "Output")],
            "CaptureContentTypeHeader": listed,
            **rest,
        }
    }


def records(lab: Any) -> list[dict[str, Any]]:
    """All that was captured, some minutes later."""
    lab.advance(300)
    lines = [line for key in lab.keys("captured/") for line in lab.get(key).splitlines()]
    return [json.loads(line) for line in lines]


# Invocations


def test_a_variant_answers_and_says_which(lab: Any) -> None:
    """2.5: InvokedProductionVariant."""
    lab.endpoint("one")
    answer = lab.invoke()
    assert (answer["Body"], answer["InvokedProductionVariant"]) == ("one", "one")
    assert answer["ContentType"] == "text/csv; charset=utf-8"


def test_an_unknown_endpoint(lab: Any) -> None:
    """5.8, 9.2: ValidationError, which is another name than the control plane's."""
    message = lab.refused("invoke_endpoint", "ValidationError", EndpointName="none", Body=b"1")
    assert message == f"Endpoint none of account {ACCOUNT} not found."


def test_names_of_endpoints_are_case_sensitive_when_invoking(lab: Any) -> None:
    """5.8."""
    lab.endpoint("one")
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="Scores", Body=b"1")


@pytest.mark.parametrize("state", ["Creating", "Failed", "Deleting"])
def test_an_endpoint_that_does_not_serve(lab: Any, state: str) -> None:
    """5.1, 5.8: not InService is a ValidationError."""
    lab.config("first", "broken" if state == "Failed" else "one")
    lab.sm.create_endpoint(EndpointName="scores", EndpointConfigName="first")
    lab.advance(1 if state == "Creating" else 10)
    if state == "Deleting":
        lab.sm.delete_endpoint(EndpointName="scores")
    assert lab.described()["EndpointStatus"] == state
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="scores", Body=b"1")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        pytest.param(b"bad row", 400, "row 1 has no age", id="refused-by-the-model"),
        pytest.param(b"crash", 500, "the code is wrong", id="broken"),
    ],
)
def test_an_error_of_the_model(lab: Any, body: bytes, status: int, says: str) -> None:
    """5.8: ModelError (424) with OriginalStatusCode, OriginalMessage and LogStreamArn."""
    lab.endpoint("one", **capture())
    with pytest.raises(ClientError) as caught:
        lab.invoke(body)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelError", 424)
    assert answer["OriginalStatusCode"] == status
    assert says in answer["OriginalMessage"]
    assert "/aws/sagemaker/Endpoints/scores" in answer["LogStreamArn"]
    assert lab.invoke()["Body"] == "one"


def test_a_process_that_dies_is_started_again(lab: Any) -> None:
    """5.8: one broken call does not end an endpoint."""
    lab.endpoint("one")
    (variant,) = lab.aws.sagemaker.endpoints.endpoints["scores"].variants
    variant.host.process.kill()
    variant.host.process.wait()
    assert lab.invoke()["Body"] == "one"


def test_a_container_that_was_only_fetched_starts_at_the_first_request(lab: Any, monkeypatch: Any) -> None:
    """For tests that deploy much and ask little: where nobody asks, nothing runs."""
    monkeypatch.setattr(Host, "start", Host.fetched)
    lab.endpoint("one")
    (variant,) = lab.aws.sagemaker.endpoints.endpoints["scores"].variants
    assert variant.host.process is None
    assert lab.invoke()["Body"] == "one"
    assert variant.host.process.poll() is None


def test_a_body_over_six_mebibytes_is_refused(lab: Any) -> None:
    """2.5: 6,291,456 bytes."""
    lab.endpoint("one")
    assert lab.invoke(b"x" * 6_291_456)["Body"] == "one"
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="scores", Body=b"x" * 6_291_457)


def test_a_target_variant_overrides_the_weights(lab: Any) -> None:
    """2.5: X-Amzn-SageMaker-Target-Variant."""
    lab.endpoint("one", "two")
    weights = [{"VariantName": "two", "DesiredWeight": 0}]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=weights)
    lab.advance(5)
    assert {lab.invoke()["Body"] for _ in range(20)} == {"one"}
    assert lab.invoke(TargetVariant="two")["InvokedProductionVariant"] == "two"
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="scores", Body=b"1", TargetVariant="three")


def test_every_call_is_drawn_for_itself(lab: Any) -> None:
    """2.5: weights are not sticky."""
    lab.endpoint("one", "two")
    weights = [{"VariantName": "one", "DesiredWeight": 3}]
    lab.sm.update_endpoint_weights_and_capacities(EndpointName="scores", DesiredWeightsAndCapacities=weights)
    lab.advance(5)
    answers = Counter(lab.invoke(InferenceId="same")["Body"] for _ in range(80))
    assert 45 < answers["one"] < 75


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"InferenceId": "i" * 65}, id="inference-id"),
        pytest.param({"CustomAttributes": "a" * 1025}, id="custom-attributes"),
    ],
)
def test_limits_of_headers(lab: Any, extra: dict[str, str]) -> None:
    """2.5: 64 and 1,024 letters."""
    lab.endpoint("one")
    lab.refused("invoke_endpoint", "ValidationError", EndpointName="scores", Body=b"1", **extra)


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"TargetModel": "a.tar.gz"}, id="multi-model"),
        pytest.param({"InferenceComponentName": "a"}, id="component"),
        pytest.param({"TargetContainerHostname": "a"}, id="container"),
        pytest.param({"EnableExplanations": "`true`"}, id="explanations"),
        pytest.param({"SessionId": "NEW_SESSION"}, id="session"),
    ],
)
def test_headers_that_would_be_ignored_are_refused(lab: Any, extra: dict[str, str]) -> None:
    """COVERAGE: what is not emulated answers an error."""
    lab.endpoint("one")
    message = lab.refused("invoke_endpoint", "NotImplemented", EndpointName="scores", Body=b"1", **extra)
    assert "not emulated" in message


# Capture


def test_a_capture_file_lies_under_endpoint_variant_and_hour(lab: Any) -> None:
    """2.2: <destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl, many records in one, after a while."""
    lab.endpoint("one", **capture())
    hour = lab.aws.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    lab.aws.advance_to(hour + timedelta(minutes=1))
    for body in (b"1,2", b"3,4"):
        lab.invoke(body)
    assert lab.keys("captured/") == []
    lab.advance(300)
    (key,) = lab.keys("captured/")
    assert FILE.fullmatch(key)
    assert key.startswith(f"captured/scores/one/{hour:%Y/%m/%d/%H}/")
    lines = lab.get(key).decode().splitlines()
    assert [json.loads(line)["captureData"]["endpointInput"]["data"] for line in lines] == ["1,2", "3,4"]


def test_the_hour_is_that_of_the_invocation(lab: Any) -> None:
    """2.2: records reach S3 later, in the folder of the hour in which they were asked."""
    lab.endpoint("one", **capture())
    hour = lab.aws.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for moment in (hour - timedelta(seconds=10), hour + timedelta(seconds=10)):
        lab.aws.advance_to(moment)
        lab.invoke()
    lab.advance(300)
    hours = [key.removeprefix("captured/scores/one/")[:13] for key in lab.keys("captured/")]
    assert hours == [f"{hour - timedelta(hours=1):%Y/%m/%d/%H}", f"{hour:%Y/%m/%d/%H}"]


def test_a_record_has_the_shape_of_the_reference(lab: Any) -> None:
    """2.3: both halves, metadata, version; seconds in the time; the type as it was sent."""
    lab.endpoint("one", **capture())
    before = lab.aws.now().replace(microsecond=0)
    lab.invoke(b"42,3\n", InferenceId="cust-000123", CustomAttributes="tenant=a")
    (record,) = records(lab)
    halves = record["captureData"]
    assert halves["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "42,3\n",
        "encoding": "CSV",
    }
    assert halves["endpointOutput"] == {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "data": "one",
        "encoding": "CSV",
    }
    metadata = record["eventMetadata"]
    assert (metadata["inferenceId"], metadata["customAttributes"]) == ("cust-000123", ["tenant=a"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["inferenceTime"])
    assert metadata["inferenceTime"] >= before.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", metadata["eventId"])
    assert (record["eventVersion"], set(record)) == ("0", {"captureData", "eventMetadata", "eventVersion"})


def test_what_the_caller_did_not_send_is_not_there(lab: Any) -> None:
    """2.3: inferenceId and customAttributes exist only if they were sent."""
    lab.endpoint("one", **capture())
    lab.invoke()
    assert set(records(lab)[0]["eventMetadata"]) == {"eventId", "inferenceTime"}


def test_types_that_are_not_listed_are_base64(lab: Any) -> None:
    """2.3: CSV or JSON only for a listed type, whatever the text."""
    lab.endpoint("one", **capture())
    lab.invoke(b"1,2", ContentType="application/x-own")
    lab.invoke(b'{"a": 1}', ContentType="application/json; charset=utf-8")
    own, listed = (record["captureData"]["endpointInput"] for record in records(lab))
    assert (own["encoding"], base64.b64decode(own["data"])) == ("BASE64", b"1,2")
    assert (listed["encoding"], listed["data"]) == ("JSON", '{"a": 1}')
    assert listed["observedContentType"] == "application/json; charset=utf-8"


def test_without_a_list_all_is_base64(lab: Any) -> None:
    """2.3."""
    config = capture()
    del config["DataCaptureConfig"]["CaptureContentTypeHeader"]
    lab.endpoint("one", **config)
    lab.invoke()
    assert {half["encoding"] for half in records(lab)[0]["captureData"].values()} == {"BASE64"}


@pytest.mark.parametrize(
    ("modes", "halves"),
    [
        pytest.param(["Input"], {"endpointInput"}, id="input"),
        pytest.param(["Output"], {"endpointOutput"}, id="output"),
        pytest.param(["InputAndOutput"], {"endpointInput", "endpointOutput"}, id="both"),
    ],
)
def test_capture_options(lab: Any, modes: list[str], halves: set[str]) -> None:
    """2.1, 2.3: either half is missing if only one mode is on."""
    lab.endpoint("one", **capture(*modes))
    lab.invoke()
    assert set(records(lab)[0]["captureData"]) == halves


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        pytest.param({"EnableCapture": False}, 0, 0, id="off"),
        pytest.param({"InitialSamplingPercentage": 0}, 0, 0, id="none"),
        pytest.param({"InitialSamplingPercentage": 50}, 12, 28, id="half"),
    ],
)
def test_sampling_decides_for_each_request(lab: Any, change: dict[str, Any], low: int, high: int) -> None:
    """2.1."""
    lab.endpoint("one", **capture(**change))
    for _ in range(40):
        lab.invoke()
    assert low <= len(records(lab)) <= high


def test_an_endpoint_says_what_it_captures(lab: Any) -> None:
    """2.1: CaptureStatus and the current percentage in DescribeEndpoint."""
    lab.endpoint("one", **capture())
    found = lab.described()["DataCaptureConfig"]
    assert (found["CaptureStatus"], found["CurrentSamplingPercentage"]) == ("Started", 100)
    assert (found["EnableCapture"], found["DestinationS3Uri"]) == (True, "s3://lab/captured")


def test_variants_are_captured_apart(lab: Any) -> None:
    """2.2, 2.3: the variant is in the key alone."""
    lab.endpoint("one", "two", **capture())
    for variant in ("one", "two"):
        lab.invoke(TargetVariant=variant)
    lab.advance(300)
    assert [key.split("/")[2] for key in lab.keys("captured/")] == ["one", "two"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"InitialSamplingPercentage": 101}, id="percentage"),
        pytest.param(
            {"CaptureContentTypeHeader": {"CsvContentTypes": [f"text/a{n}" for n in range(11)]}}, id="eleven-types"
        ),
        pytest.param({"CaptureOptions": [{"CaptureMode": "Everything"}]}, id="mode"),
    ],
)
def test_limits_of_a_capture(lab: Any, change: dict[str, Any]) -> None:
    """2.1: 0 to 100 %, at most ten types, three modes."""
    lab.model("one")
    request = {"EndpointConfigName": "first", "ProductionVariants": [lab.variant("one")], **capture(**change)}
    lab.refused("create_endpoint_config", "ValidationException", **request)
