"""The stack in three forms: as it is written, as CloudFormation gets it, and with every reference resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
ACCOUNT, REGION, NAME = "123456789012", "us-east-1", "leeway"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource with resolved properties; `id` is its logical id."""

    id: str
    kind: str
    properties: Json


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of a policy, with lists where the document may have a single value."""

    owner: str
    sid: str
    effect: str
    actions: list[str]
    resources: list[str]
    condition: Json
    principal: Any

    @property
    def name(self) -> str:
        """Where a reader finds it."""
        return f"{self.owner}.{self.sid}"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Text and parsed source of template.yaml, its translation, and its resolved resources by logical id."""

    text: str = field(repr=False)
    source: Json = field(repr=False)
    plain: Json = field(repr=False)
    resources: dict[str, Resource] = field(repr=False)

    def of(self, kind: str) -> list[Resource]:
        """All resources of a type."""
        return [resource for resource in self.resources.values() if resource.kind == kind]

    def named(self, kind: str, key: str, value: str) -> Resource:
        """The one resource of a type whose property has this value."""
        [found] = [resource for resource in self.of(kind) if resource.properties.get(key) == value]
        return found

    def roles(self) -> list[Resource]:
        """All roles."""
        return self.of("AWS::IAM::Role")

    def granted(self) -> Iterator[Statement]:
        """Every statement of every role and managed policy."""
        for role in self.roles():
            for policy in role.properties.get("Policies", []):
                yield from statements(role.id, policy["PolicyDocument"])
        for policy in self.of("AWS::IAM::ManagedPolicy"):
            yield from statements(policy.id, policy.properties["PolicyDocument"])


def statements(owner: str, document: Json) -> Iterator[Statement]:
    """The statements of one document."""
    for number, raw in enumerate(listed(document["Statement"])):
        yield Statement(
            owner=owner,
            sid=raw.get("Sid", str(number)),
            effect=raw["Effect"],
            actions=listed(raw["Action"]),
            resources=listed(raw.get("Resource", [])),
            condition=raw.get("Condition", {}),
            principal=raw.get("Principal"),
        )


def listed(value: Any) -> list[Any]:
    """A value that may stand alone, as a list."""
    return value if isinstance(value, list) else [value]


def queue_name(arn: str) -> str:
    """The name of a queue, from its ARN."""
    return arn.rsplit(":", 1)[-1]
