"""The grants of the template, enforced; tests/permissions shows that there are no more of them than are needed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS
from tests.cases import of_the_stories
from tests.local.onboarding import ARTIFACTS
from tests.local.registered import Registered
from tests.local.trainings import MINUTE, REGISTERS, Trainings
from tests.template.stack import listed

pytestmark = pytest.mark.template

ROOT = Path(__file__).parents[2]
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/leeway-churn/1"
FUNCTIONS = {
    "leeway-data-arrival",
    "leeway-model-approval",
    "leeway-sagemaker-changed",
    "leeway-drift-alarm",
    "leeway-tick",
    "leeway-retrainer",
    "leeway-rollout",
    "leeway-approver",
    "leeway-monitor",
    "leeway-predict",
}


def take(aws: LocalAWS, role: str, action: str) -> None:
    """Takes one action out of all of a role's own policies."""
    iam, taken = aws.client("iam"), 0
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for statement in document["Statement"]:
            actions = listed(statement["Action"])
            taken += action in actions
            statement["Action"] = [one for one in actions if one != action]
        document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    assert taken, f"{role} has no {action}"


def drops(aws: LocalAWS) -> None:
    world = Trainings(aws=aws)
    world.onboard(REGISTERS)
    world.drop("a")
    aws.advance(3 * MINUTE)


def approves(aws: LocalAWS) -> None:
    model = Registered(aws=aws)
    model.begin()
    model.serve(model.register("one"))


Case = tuple[str, str, Callable[[LocalAWS], None]]
FIRST: list[Case] = [
    ("leeway-data-arrival", "s3:GetObjectVersion", drops),
    ("leeway-retrainer", "sagemaker:StartPipelineExecution", drops),
    ("leeway-rollout", "iam:PassRole", approves),
]
MORE: list[Case] = [
    ("leeway-data-arrival", "s3:PutObject", drops),
    ("leeway-data-arrival", "dynamodb:GetItem", drops),
    ("leeway-data-arrival", "sqs:SendMessage", drops),
    ("leeway-data-arrival", "sqs:ReceiveMessage", drops),
    ("leeway-retrainer", "ssm:GetParameter", drops),
    ("leeway-retrainer", "s3:PutObject", drops),
    ("leeway-retrainer", "dynamodb:Query", drops),
    ("leeway-tick", "sagemaker:ListEndpoints", drops),
    ("leeway-model-approval", "sagemaker:DescribeModelPackage", approves),
    ("leeway-rollout", "sagemaker:CreateModel", approves),
    ("leeway-rollout", "sagemaker:CreateEndpoint", approves),
    ("leeway-rollout", "dynamodb:PutItem", approves),
]


@pytest.mark.parametrize("case", [*FIRST, *of_the_stories(*MORE)], ids=lambda case: f"{case[0]}-{case[1]}")
def test_without_a_grant_the_call_fails_as_on_aws(case: Case, tmp_path: Path) -> None:
    role, action, happens = case
    with LocalAWS(state_dir=tmp_path) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        take(aws, role, action)
        happens(aws)
        assert aws.denied
        assert [told for told in aws.denied if f"/{role}" not in told or action.lower() not in told.lower()] == []


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[LocalAWS]:
    with LocalAWS(state_dir=tmp_path) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        yield aws


def told(call: Callable[..., Any], **request: Any) -> str:
    """What the service says."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Message"])


def test_the_approver_approves_and_nobody_else_sets_a_status(deployed: LocalAWS) -> None:
    denial = (
        "perform: sagemaker:UpdateModelPackage on resource: arn:aws:sagemaker:us-east-1:123456789012:model-package/"
    )
    for function, status in itertools.product(sorted(FUNCTIONS), ("Approved", "Rejected", "PendingManualApproval")):
        update = deployed.client("sagemaker", function=function).update_model_package
        said = told(update, ModelPackageArn=PACKAGE, ModelApprovalStatus=status)
        if function == "leeway-approver":
            assert ("no identity-based policy allows" if status != "Approved" else "does not exist") in said
        else:
            assert denial in said
            assert said.endswith("with an explicit deny in an identity-based policy")


def test_no_function_writes_a_run(deployed: LocalAWS) -> None:
    """What was trained and judged is what is served; not even a grant would change that."""
    for function in FUNCTIONS:
        put = deployed.client("s3", function=function).put_object
        assert "with an explicit deny in a resource-based" in told(put, Bucket=ARTIFACTS, Key="runs/a", Body=b"a")
