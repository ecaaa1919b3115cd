"""The URL of the function predict: who gets in, and what the function behind it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from localaws import LocalAWS
from tests import cold
from tests.cases import of_the_stories
from tests.local.predicted import Predicted
from tests.template.stack import Stack
from tests.template.test_grants import ROOT, take

pytestmark = pytest.mark.template
CALLER = "leeway-tick"  # any role will do
BODY = b'{"model": "churn", "rows": [["month", 3]]}'


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Predicted]:
    cold.start()
    with LocalAWS(state_dir=tmp_path, image_python=ROOT / ".venv-image/bin/python") as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Predicted(aws=aws)
        found.begin(mode="serverless")
        found.endpoint(a=1, serverless=True)
        found.assign()
        yield found


def test_the_policy_for_callers_lets_in_by_both_grants_and_by_no_one_of_them(model: Predicted, stack: Stack) -> None:
    iam, url = model.aws.client("iam"), model.url()
    arn = f"arn:aws:iam::{model.aws.account}:policy/leeway-predict"

    def status() -> int:
        return model.aws.fetch("POST", url, data=BODY, function=CALLER).status

    assert status() == 403
    statements = [
        one
        for one in stack.resources["PredictPolicy"].properties["PolicyDocument"]["Statement"]
        if one["Action"].startswith("lambda:")
    ]
    assert len(statements) == 2
    for one in statements:
        alone = json.dumps({"Version": "2012-10-17", "Statement": [one]})
        iam.put_role_policy(RoleName=CALLER, PolicyName="one", PolicyDocument=alone)
        assert status() == 403
    iam.delete_role_policy(RoleName=CALLER, PolicyName="one")
    iam.attach_role_policy(RoleName=CALLER, PolicyArn=arn)
    assert status() == 200
    assert model.aws.fetch("POST", url, data=BODY, signed=False).status == 403
    with pytest.raises(model.aws.client("lambda").exceptions.ClientError, match="AccessDenied"):
        model.aws.client("lambda", function=CALLER).invoke(FunctionName="leeway-predict", Payload=b"{}")


CASES = [
    ("dynamodb:GetItem", 503, 0),
    *of_the_stories(
        ("s3:GetObject", 503, 0),
        ("sagemaker:InvokeEndpoint", 502, 0),
        ("sagemaker:DescribeEndpoint", 200, 1),
        ("s3:PutObject", 200, 0),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_each_grant_of_the_function_is_needed(model: Predicted, case: tuple[str, int, int]) -> None:
    """Without its describing the specification says what captures; without its capture, the log and a metric do."""
    action, status, captures = case
    take(model.aws, "leeway-predict", action)
    found, _ = model.post(BODY)
    assert found == status
    assert [told for told in model.aws.denied if action.lower() not in told.lower()] == []
    assert model.aws.denied
    assert len(model.captured()) == captures


def test_the_function_may_write_captures_and_read_specifications_alone(stack: Stack) -> None:
    granted = {
        (action, arn)
        for statement in stack.granted()
        if statement.owner == "PredictRole"
        for action in statement.actions
        for arn in statement.resources
        if action.startswith(("s3:", "sagemaker:", "dynamodb:"))
    }
    bucket = "arn:aws:s3:::leeway-artifacts-123456789012-us-east-1"
    endpoints = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/leeway-*"
    assert granted == {
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/leeway"),
        ("s3:GetObject", f"{bucket}/specs/*"),
        ("s3:PutObject", f"{bucket}/capture/*"),
        ("sagemaker:InvokeEndpoint", endpoints),
        ("sagemaker:DescribeEndpoint", endpoints),
    }
