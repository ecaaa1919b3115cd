"""What people with rights may still get wrong, or want to: refused where it is said, with no effect on what serves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from localaws import LocalAWS
from tests.clock import BEGINS
from tests.local.real_clients import ROOT
from tests.local.registered import ARTIFACTS, IMAGE, NAME, Registered

pytestmark = pytest.mark.local
FOREIGN = {
    "a bucket of somebody else": {"ModelDataUrl": "s3://somebody-elses-bucket/runs/two/model.tar.gz"},
    "a folder that no training writes": {"ModelDataUrl": f"s3://{ARTIFACTS}/accepted/churn/model.tar.gz"},
    "a registry of somebody else": {"Image": "999999999999.dkr.ecr.us-east-1.amazonaws.com/xgboost:3.0-5"},
    "a registry outside": {"Image": "docker.io/somebody/xgboost:3.0-5"},
}
SAID = {
    "a bucket of somebody else": "somebody-elses-bucket",
    "a folder that no training writes": "accepted/churn/model.tar.gz",
    "a registry of somebody else": "version 2",
    "a registry outside": "Using non-ECR image",
}


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Registered]:
    """On an AWS in which calls may be denied, as they are to be."""
    with LocalAWS(state_dir=tmp_path / "aws", image_python=ROOT / ".venv-image/bin/python", start=BEGINS) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        made = Registered(aws=aws)
        made.begin()
        made.serve(made.register("one"))
        yield made


def register(model: Registered, **container: Any) -> str:
    """A version whose container is another one than a training would make."""
    usual = {
        "Image": IMAGE,
        "ModelDataUrl": model.archive_of("one"),
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{ARTIFACTS}/code/x/sourcedir.tar.gz",
        },
    }
    answer = model.sagemaker.create_model_package(
        ModelPackageGroupName=NAME,
        InferenceSpecification={
            "Containers": [usual | container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        CustomerMetadataProperties={"champion": model.archive_of("one")},
    )
    return str(answer["ModelPackageArn"])


@pytest.mark.parametrize("case", FOREIGN)
def test_what_comes_from_elsewhere_never_serves_and_is_not_tried_for_ever(model: Registered, case: str) -> None:
    """Whoever approved it: the role that serves can read neither."""
    model.serve(register(model, **FOREIGN[case]))
    model.aws.advance(timedelta(hours=6))

    assert model.calls("CreateModel") <= 12, "looked at again once an hour, and no more"
    assert model.calls("UpdateEndpoint") <= 1
    assert model.answer() == "one"
    assert (model.endpoint()["EndpointStatus"], model.dead()) == ("InService", 0)
    told = [entry for entry in model.journal() if SAID[case] in entry.why and entry.what != "VersionApproved"]
    assert 0 < len(told) < 5, "said, and not at each look"
    assert all(entry.why.isprintable() and len(entry.why) < 1000 for entry in told)


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_none_is_refused(model: Registered, weight: float) -> None:
    """By the client already, where it knows the bound."""
    with pytest.raises((ClientError, ParamValidationError)) as refused:
        model.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=NAME, DesiredWeightsAndCapacities=[{"VariantName": "a", "DesiredWeight": weight}]
        )
    assert any(word in str(refused.value) for word in ("ValidationException", "SerializationException", "min value"))
    model.aws.advance(timedelta(minutes=10))
    assert model.answer() == "one"


@pytest.mark.parametrize("weight", [0.0, 1e308])
def test_any_weight_of_the_one_that_serves_leaves_it_serving(model: Registered, weight: float) -> None:
    """A single variant gets everything, whatever its weight; nothing is done about it, again and again."""
    try:
        model.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=NAME, DesiredWeightsAndCapacities=[{"VariantName": "a", "DesiredWeight": weight}]
        )
    except ClientError as refused:
        assert refused.response["Error"]["Code"] == "ValidationException"  # noqa: PT017  one of two right answers
    model.aws.advance(timedelta(minutes=30))
    assert model.answer() == "one"
    assert model.calls("UpdateEndpointWeightsAndCapacities") <= 1
    assert model.dead() == 0
