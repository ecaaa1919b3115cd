"""What each role asks for while something runs: actions on resources, with their condition keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from localaws.iam.asked import Need
from localaws.iam.evaluator import Decision
from localaws.iam.guard import Guard
from localaws.iam.principals import Principal

Keys = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Asked:
    """One action that a role was asked to be allowed; `keys` are the request's condition keys, in small letters."""

    role: str
    action: str
    resource: str
    keys: Keys = ()


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What was asked, with the first run that asked it, and what of it was denied."""

    asked: dict[Asked, str] = field(default_factory=dict)
    denied: set[Asked] = field(default_factory=set)

    def of(self, role: str) -> list[Asked]:
        """What a role asked, in order."""
        return sorted(one for one in self.asked if one.role == role)

    def add(self, other: Recording) -> None:
        """What another run asked."""
        self.asked.update({asked: run for asked, run in other.asked.items() if asked not in self.asked})
        self.denied.update(other.denied)

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Record all that the embedded AWS decides meanwhile, under the run's name."""
        decide = Guard.decide

        def recorded(guard: Guard, principal: Principal, need: Need) -> Decision:
            decision = decide(guard, principal, need)
            if principal.role:
                role = principal.role.rsplit("/", 1)[-1]
                asked = Asked(role=role, action=need.action, resource=need.resource, keys=need.keys)
                self.asked.setdefault(asked, name)
                if not decision.allowed:
                    self.denied.add(asked)
            return decision

        Guard.decide = recorded  # type: ignore[method-assign]
        try:
            yield
        finally:
            Guard.decide = decide  # type: ignore[method-assign]
