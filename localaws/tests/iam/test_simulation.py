"""iam:SimulatePrincipalPolicy (IAM API reference), as the SageMaker SDK asks it before it hands a role on."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract
ROLE = "arn:aws:iam::123456789012:role/worker"


@pytest.fixture
def iam(bare: LocalAWS) -> Any:
    """IAM with the role `worker`, which may read everything and delete nothing."""
    client = bare.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    client.create_role(RoleName="worker", AssumeRolePolicyDocument=document)
    statements = [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lab/*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    client.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=policy)
    return client


def decisions(iam: Any, *actions: str, **rest: Any) -> dict[str, str]:
    found = iam.simulate_principal_policy(PolicySourceArn=ROLE, ActionNames=list(actions), **rest)
    assert not found["IsTruncated"]
    return {result["EvalActionName"]: result["EvalDecision"] for result in found["EvaluationResults"]}


def test_each_action_has_its_decision(iam: Any) -> None:
    """Without ResourceArns the resource is "*", which a grant on one bucket does not cover."""
    assert decisions(iam, "s3:GetObject", "s3:PutObject", "s3:DeleteObject") == {
        "s3:GetObject": "allowed",
        "s3:PutObject": "implicitDeny",
        "s3:DeleteObject": "explicitDeny",
    }


def test_on_a_resource_that_is_named(iam: Any) -> None:
    assert decisions(iam, "s3:PutObject", ResourceArns=["arn:aws:s3:::lab/a"]) == {"s3:PutObject": "allowed"}


def test_a_role_that_is_not_there(iam: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.simulate_principal_policy(PolicySourceArn=f"{ROLE}2", ActionNames=["s3:GetObject"])


def test_what_the_simulation_would_ignore_is_refused(iam: Any) -> None:
    entries = [{"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["1.2.3.4"], "ContextKeyType": "ip"}]
    with pytest.raises(ClientError, match="not emulated by localaws"):
        decisions(iam, "s3:GetObject", ContextEntries=entries)
    with pytest.raises(ClientError, match="not emulated by localaws"):
        iam.simulate_principal_policy(PolicySourceArn="arn:aws:iam::123456789012:user/a", ActionNames=["s3:GetObject"])
