"""The grants of the stack's roles, one action on one resource each, and the stack without one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.permissions.recording import Asked
from tests.template.stack import Stack, listed

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One action on one resource, by one statement of a role's own policy."""

    role: str
    sid: str
    action: str
    resource: str


def policies(stack: Stack) -> dict[str, list[Document]]:
    """The policy documents of each role by its name: its own, then those attached."""
    attached = {
        f"arn:aws:iam::123456789012:policy/{one.properties['ManagedPolicyName']}": one.properties["PolicyDocument"]
        for one in stack.of("AWS::IAM::ManagedPolicy")
    }
    return {
        role.properties["RoleName"]: [
            *(policy["PolicyDocument"] for policy in role.properties.get("Policies", [])),
            *(attached[arn] for arn in role.properties.get("ManagedPolicyArns", [])),
        ]
        for role in stack.roles()
    }


def grants(role: str, documents: list[Document]) -> Iterator[Grant]:
    """Everything that a role is allowed."""
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                for action in listed(statement["Action"]):
                    for resource in listed(statement["Resource"]):
                        yield Grant(role=role, sid=_sid(statement), action=action, resource=resource)


def without(documents: list[Document], grant: Grant) -> list[Document]:
    """A role's documents without one grant; what else the statement allows, it allows still."""
    return [document | {"Statement": list(_left(document["Statement"], grant))} for document in documents]


def _left(statements: list[Document], grant: Grant) -> Iterator[Document]:
    for statement in statements:
        actions, resources = listed(statement["Action"]), listed(statement["Resource"])
        if _sid(statement) != grant.sid or grant.action not in actions or grant.resource not in resources:
            yield statement
            continue
        unnamed = {name: value for name, value in statement.items() if name != "Sid"}
        if other_actions := [one for one in actions if one != grant.action]:
            yield unnamed | {"Action": other_actions}
        if other_resources := [one for one in resources if one != grant.resource]:
            yield unnamed | {"Action": [grant.action], "Resource": other_resources}


def _sid(statement: Document) -> str:
    """SAM writes the policy of a schedule without one."""
    return str(statement.get("Sid", "Allow"))


def resource_policies(stack: Stack) -> dict[str, Document]:
    """The policies of buckets, queues and topics, by ARN."""
    found: dict[str, Document] = {}
    for policy in stack.of("AWS::S3::BucketPolicy"):
        found[f"arn:aws:s3:::{policy.properties['Bucket']}"] = policy.properties["PolicyDocument"]
    for policy in stack.of("AWS::SQS::QueuePolicy"):
        for url in policy.properties["Queues"]:
            arn = f"arn:aws:sqs:us-east-1:123456789012:{url.rsplit('/', 1)[-1]}"
            found[arn] = policy.properties["PolicyDocument"]
    for policy in stack.of("AWS::SNS::TopicPolicy"):
        found |= dict.fromkeys(policy.properties["Topics"], policy.properties["PolicyDocument"])
    return found


def resource_policy(found: dict[str, Document], asked: Asked) -> Document | None:
    """The policy of what is asked for, where it has one."""
    return found.get(asked.resource.split("/", 1)[0] if asked.resource.startswith("arn:aws:s3:") else asked.resource)
