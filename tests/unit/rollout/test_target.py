"""What a version is on SageMaker, and that its names say so."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from leeway.rollout.target import Target
from leeway.spec import Serving
from leeway_cli.model_toml.rules import LIMIT, name_fits
from tests.unit.rollout.values import arn, wanted

pytestmark = pytest.mark.unit
VERSION = 999_999  # the highest that a name leaves room for
LONGEST = "m" * 30


@pytest.fixture(scope="module")
def api() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


def names(target: Target) -> tuple[str, str]:
    return target.model_names[0], target.config_name


def test_equal_content_has_equal_names_on_every_machine() -> None:
    """Another name for the same content would bring an update to every endpoint there is."""
    assert names(wanted(7)) == names(wanted(7)) == ("leeway-churn-v7-4927046539", "leeway-churn-bf712a23a3c3")


@pytest.mark.parametrize(
    ("change", "model_too"),
    [
        pytest.param({"package": arn(8)}, True, id="package"),
        pytest.param({"version": 8}, True, id="version"),
        pytest.param({"role": "another"}, True, id="role"),
        pytest.param({"endpoint": "leeway-other"}, True, id="endpoint"),
        pytest.param({"serving": Serving(instance="ml.m5.xlarge")}, False, id="instance"),
        pytest.param({"capture": "s3://other/c"}, False, id="capture"),
    ],
)
def test_other_content_has_another_name(change: dict[str, Any], model_too: bool) -> None:
    before, after = wanted(7), wanted(**{"version": 7, "package": arn(7), **change})
    assert after.config_name != before.config_name
    assert (after.model_names != before.model_names) == model_too


def fitting(stack: str) -> str:
    """The longest model name that may be applied in a stack of this name."""
    return next((LONGEST[:n] for n in range(30, 0, -1) if not [*name_fits({"model": {"name": "m" * n}}, stack)]), "")


@pytest.mark.parametrize("length", range(1, 43))
def test_names_fit_for_every_model_that_may_be_applied(length: int) -> None:
    stack = "s" * length
    model = fitting(stack)
    assert model == LONGEST or length > 13
    found = names(wanted(VERSION, endpoint=f"{stack}-{model}"))
    assert max(map(len, found)) <= LIMIT
    assert model == LONGEST or len(found[0]) == LIMIT


def test_no_model_fits_a_stack_whose_name_leaves_no_room() -> None:
    assert fitting("s" * 43) == ""


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("CreateModel", "ModelName"),
        ("CreateEndpointConfig", "EndpointConfigName"),
        ("CreateEndpoint", "EndpointName"),
        ("CreateModelPackageGroup", "ModelPackageGroupName"),
    ],
)
def test_the_limit_is_sagemakers(api: Any, operation: str, member: str) -> None:
    allowed = api.operation_model(operation).input_shape.members[member].metadata
    assert allowed["max"] == LIMIT
    longest = wanted(VERSION, endpoint=f"{'s' * 13}-{LONGEST}")
    for name in (*names(longest), longest.endpoint):
        assert re.fullmatch(allowed["pattern"], name)


def test_the_requests_are_such_as_the_api_takes(api: Any) -> None:
    target = wanted(7)
    for operation, request in (("CreateModel", target.models[0]), ("CreateEndpointConfig", target.config)):
        report = ParamValidator().validate(request, api.operation_model(operation).input_shape)
        assert report.generate_report() == ""


def test_all_of_the_traffic_is_captured_both_ways() -> None:
    capture = wanted(7).config["DataCaptureConfig"]
    assert (capture["EnableCapture"], capture["InitialSamplingPercentage"]) == (True, 100)
    assert [option["CaptureMode"] for option in capture["CaptureOptions"]] == ["Input", "Output"]


def test_there_is_one_variant_with_all_of_the_weight() -> None:
    (variant,) = wanted(7).config["ProductionVariants"]
    assert (variant["VariantName"], variant["InitialVariantWeight"]) == ("a", 1.0)
    assert variant["ModelName"] == wanted(7).model_names[0]
