"""What deploying a resource needs and leaves."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localaws.functions.service import Lambda
from localaws.iam.guard import Guard
from localaws.pollers import Pollers
from localaws.scheduler import Scheduler
from localaws.stacks.schema import Schema
from localaws.stacks.straight import Straight
from localaws.world import World

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that exists: its Ref and its attributes."""

    id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Services:
    """What resources are made of; `client(name)` has a service's operations."""

    world: World
    client: Callable[[str], Straight]
    lambda_: Lambda
    pollers: Pollers
    scheduler: Scheduler
    guard: Guard


@dataclass(frozen=True, kw_only=True)
class Request:
    """One resource to make, or to make over; `before` is what an earlier deployment left, `earlier` its properties."""

    stack: str
    logical_id: str
    kind: str
    properties: Json
    services: Services
    before: Made | None = None
    earlier: Json = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account."""
        return self.services.world.account

    @property
    def region(self) -> str:
        """The region."""
        return self.services.world.region

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def name(self, key: str, suffix: str = "") -> str:
        """The name in the template, or one made as CloudFormation makes it, the same each time."""
        if self.properties.get(key):
            return str(self.properties[key])
        digest = hashlib.sha256(f"{self.stack}/{self.logical_id}".encode()).hexdigest()[:12].upper()
        return f"{self.stack}-{self.logical_id}-{digest}{suffix}"

    def client(self, name: str) -> Straight:
        """A client of a service."""
        return self.services.client(name)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A resource type: its properties, how it is made, and how it is taken away (None: not at all).

    A change of a property in `fixed` would replace the resource, which is refused.
    """

    schema: Schema
    make: Callable[[Request], Made]
    remove: Callable[[Request], None] | None = None
    fixed: tuple[str, ...] = ()
