"""Roles and policies, in moto's IAM; a document that could not be evaluated is refused here already."""

from localaws.iam.documents import identity_policy, trust_policy
from localaws.stacks.documents import checked
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
    "Tags": ANY,
}


def _role(request: Request) -> Made:
    iam, wanted = request.client("iam"), request.properties
    name, trust = request.name("RoleName")[:64], checked(request, wanted["AssumeRolePolicyDocument"], trust_policy)
    if request.before is None:
        optional = {key: wanted[key] for key in ("Path", "Description", "Tags") if key in wanted}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **optional)
    else:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    attached = wanted.get("ManagedPolicyArns", [])
    for arn in set(request.earlier.get("ManagedPolicyArns", [])) - set(attached):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in attached:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    wanted_names = {policy["PolicyName"] for policy in wanted.get("Policies", [])}
    for old in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        if old not in wanted_names:
            iam.delete_role_policy(RoleName=name, PolicyName=old)
    for policy in wanted.get("Policies", []):
        document = checked(request, policy["PolicyDocument"], identity_policy)
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    role = iam.get_role(RoleName=name)["Role"]
    return Made(id=name, attributes={"Arn": role.arn, "RoleId": role.id})


def _managed_policy(request: Request) -> Made:
    iam, wanted = request.client("iam"), request.properties
    name, document = request.name("ManagedPolicyName"), checked(request, wanted["PolicyDocument"], identity_policy)
    if request.before is None:
        made = iam.create_policy(PolicyName=name, PolicyDocument=document, Description=wanted.get("Description", ""))
        arn = made["Policy"].arn
    else:
        arn = request.before.id
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    for role in wanted.get("Roles", []):
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return Made(id=arn, attributes={"PolicyArn": arn})


def _policy(request: Request) -> Made:
    wanted, name = request.properties, request.name("PolicyName")
    for role in wanted.get("Roles", []):
        document = checked(request, wanted["PolicyDocument"], identity_policy)
        request.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    return Made(id=name)


_MANAGED = {"ManagedPolicyName": ANY, "Description": ANY, "PolicyDocument": ANY, "Roles": ANY, "Path": ANY}
KINDS = {
    "AWS::IAM::Role": Kind(schema=_ROLE, make=_role, fixed=("RoleName",)),
    "AWS::IAM::ManagedPolicy": Kind(schema=_MANAGED, make=_managed_policy, fixed=("ManagedPolicyName",)),
    "AWS::IAM::Policy": Kind(schema={"PolicyName": ANY, "PolicyDocument": ANY, "Roles": ANY}, make=_policy),
}
