"""Roles and policies; kept in moto's IAM, not evaluated."""

import json
from typing import Any

from localaws.stacks.made import Kind, Made, Request
from localaws.stacks.schema import ANY

_POLICIES = [{"PolicyName": ANY, "PolicyDocument": ANY}]
_ROLE = {
    "RoleName": ANY,
    "Path": ANY,
    "Description": ANY,
    "AssumeRolePolicyDocument": ANY,
    "ManagedPolicyArns": ANY,
    "Policies": _POLICIES,
    "MaxSessionDuration": ANY,
    "PermissionsBoundary": ANY,
    "Tags": ANY,
}


def _document(document: dict[str, Any]) -> str:
    # The service takes a policy without a version (SAM writes such), moto does not.
    return json.dumps({"Version": "2012-10-17"} | document)


def _role(request: Request) -> Made:
    iam, wanted = request.client("iam"), request.properties
    name, trust = request.name("RoleName")[:64], json.dumps(wanted["AssumeRolePolicyDocument"])
    if request.before is None:
        optional = {key: wanted[key] for key in ("Path", "Description", "Tags", "PermissionsBoundary") if key in wanted}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **optional)
    else:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    wanted_names = {policy["PolicyName"] for policy in wanted.get("Policies", [])}
    for old in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        if old not in wanted_names:
            iam.delete_role_policy(RoleName=name, PolicyName=old)
    for policy in wanted.get("Policies", []):
        document = _document(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    role = iam.get_role(RoleName=name)["Role"]
    return Made(id=name, attributes={"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _managed_policy(request: Request) -> Made:
    iam, wanted = request.client("iam"), request.properties
    name, document = request.name("ManagedPolicyName"), _document(wanted["PolicyDocument"])
    if request.before is None:
        arn = iam.create_policy(PolicyName=name, PolicyDocument=document, Description=wanted.get("Description", ""))[
            "Policy"
        ]["Arn"]
    else:
        arn = request.before.id
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    for role in wanted.get("Roles", []):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return Made(id=arn, attributes={"PolicyArn": arn})


def _policy(request: Request) -> Made:
    wanted, name = request.properties, request.name("PolicyName")
    for role in wanted.get("Roles", []):
        document = _document(wanted["PolicyDocument"])
        request.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    return Made(id=name)


_MANAGED = {"ManagedPolicyName": ANY, "Description": ANY, "PolicyDocument": ANY, "Roles": ANY, "Path": ANY}
KINDS = {
    "AWS::IAM::Role": Kind(schema=_ROLE, make=_role, fixed=("RoleName",)),
    "AWS::IAM::ManagedPolicy": Kind(schema=_MANAGED, make=_managed_policy, fixed=("ManagedPolicyName",)),
    "AWS::IAM::Policy": Kind(schema={"PolicyName": ANY, "PolicyDocument": ANY, "Roles": ANY}, make=_policy),
}
