"""One call, as the tables of needs read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from localaws.iam.evaluator import Pairs
from localaws.wire import Call


class State(Protocol):
    """What an authorization depends on besides the request."""

    def tagged(self, bucket: str, key: str, version: str | None) -> bool:
        """Whether an object that is there has tags."""
        ...

    def configuration(self, endpoint: str) -> str | None:
        """The configuration that an endpoint has."""
        ...

    def scales(self) -> bool:
        """Whether the account has a scalable target, and so the role by which it scales."""
        ...


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action that the caller must be allowed on one resource; "*" where the request names none."""

    action: str
    resource: str = "*"
    keys: Pairs = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call with what its ARNs are made of."""

    call: Call
    account: str
    region: str
    state: State

    @cached_property
    def request(self) -> dict[str, Any]:
        """The request of a JSON protocol."""
        return self.call.json()

    @cached_property
    def form(self) -> dict[str, str]:
        """The request of the query protocol."""
        return self.call.form()

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this account and region, or what is one already."""
        return rest if rest.startswith("arn:") else f"arn:aws:{service}:{self.region}:{self.account}:{rest}"


Needs = Callable[[Asked], Iterable[Need]]


def anything(action: str) -> Needs:
    """For an action that takes no resource."""
    return lambda _: [Need(action=action)]
