"""What the functions call in a whole story, each of them may call: a missing grant shows only on the real AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from leeway import keys
from leeway.spec import Serving
from localaws import LocalAWS
from tests.local import onboarding
from tests.local.judged import Judged
from tests.local.onboarding import INBOX
from tests.local.trainings import GROUP, MINUTE, trainings
from tests.template.stack import Stack

pytestmark = [pytest.mark.template, pytest.mark.story]

# Where the action is not named as the operation, or is several.
NEEDS = {
    ("s3", "CopyObject"): {"s3:GetObjectVersion", "s3:PutObject"},
    ("s3", "GetObject"): {"s3:GetObject", "s3:ListBucket"},
    ("s3", "HeadObject"): {"s3:GetObject", "s3:ListBucket"},
    ("dynamodb", "TransactWriteItems"): {"dynamodb:PutItem", "dynamodb:UpdateItem"},
}
FUNCTIONS = {
    "leeway-data-arrival",
    "leeway-model-approval",
    "leeway-sagemaker-changed",
    "leeway-tick",
    "leeway-retrainer",
    "leeway-rollout",
    "leeway-approver",
}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[tuple[str, str, str]]]:
    """(function, service, operation) of all that the functions called between a drop, a rollback and an approval."""
    with trainings(tmp_path_factory.mktemp("story")) as begun:
        story = Judged(aws=begun.aws)
        story.begin("manual")
        story.aws.client("s3").put_object(Bucket=INBOX, Key="inbox/churn/bad.csv", Body=b"not,what\nwas,meant\n")
        for version, status in ((1, "Approved"), (2, "Approved"), (2, "Rejected")):
            story.train(f"{version}-{status}")
            story.end()
            _decide(story.aws, version, status)
            story.aws.advance(10 * MINUTE)
        rules = story.specify("auto")
        story.train("three")
        story.end()
        for instance in ("ml.m5.large", "ml.c5.xlarge"):
            scaled = Serving(instance=instance, max_instances=2, target_invocations=60)
            onboarding.onboard(story.aws, replace(rules, serving=scaled))
            story.wake(machine=keys.ROLLOUT)
            story.aws.advance(10 * MINUTE)
        yield {key for key in story.aws.calls.counts if key[0] in FUNCTIONS}


def _decide(aws: LocalAWS, version: int, status: str) -> None:
    arn = f"arn:aws:sagemaker:us-east-1:{aws.account}:model-package/{GROUP}/{version}"
    aws.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status)


def granted(stack: Stack, function: str) -> set[str]:
    role = stack.named("AWS::IAM::Role", "RoleName", function).id
    return {
        action
        for statement in stack.granted()
        if statement.owner == role and statement.effect == "Allow"
        for action in statement.actions
    }


def test_nothing_is_called_without_a_grant(stack: Stack, calls: set[tuple[str, str, str]]) -> None:
    missing = {
        (function, action)
        for function, service, operation in calls
        for action in NEEDS.get((service, operation), {f"{service}:{operation}"}) - granted(stack, function)
    }
    assert missing == set()


def test_the_story_is_worth_something(calls: set[tuple[str, str, str]]) -> None:
    assert {function for function, _, _ in calls} == FUNCTIONS
    operations = {operation for _, service, operation in calls if service in {"sagemaker", "application-autoscaling"}}
    assert operations >= {
        "StartPipelineExecution",
        "DescribeModelPackage",
        "CreateModel",
        "CreateEndpoint",
        "UpdateModelPackage",
        "UpdateEndpoint",
        "PutScalingPolicy",
        "DeregisterScalableTarget",
    }
