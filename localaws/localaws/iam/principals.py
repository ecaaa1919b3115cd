"""Who asks, and whom a policy names.

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from localaws.iam.refusals import malformed, unknown

_ACCOUNT = re.compile(r"(?:arn:aws:iam::)?(\d{12})(?::root)?")
_ARN = re.compile(r"arn:aws:(?:iam|sts)::\d{12}:(?:role|user|assumed-role)/[^*?]+")


class Match(Enum):
    """How a policy is about a principal; of its account only, it lets the account's own policies decide."""

    NO = 0
    ACCOUNT = 1
    YES = 2


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A session of a role, a service that acts for itself, or, with nothing, anybody."""

    account: str = ""
    role: str = ""
    session: str = ""
    service: str = ""

    @property
    def name(self) -> str:
        """As error messages have it."""
        return f"Service: {self.service}" if self.service else f"User: {self.session or 'anonymous'}"

    def context(self) -> dict[str, tuple[str, ...]]:
        """The condition keys that say who asks, with small letters."""
        if self.service:
            return {"aws:principalisawsservice": ("true",), "aws:principalservicename": (self.service,)}
        if not self.role:
            return {"aws:principalisawsservice": ("false",)}
        return {
            "aws:principalisawsservice": ("false",),
            "aws:principalarn": (self.role,),
            "aws:principalaccount": (self.account,),
            "aws:principaltype": ("AssumedRole",),
        }


@dataclass(frozen=True, kw_only=True)
class Named:
    """The principals that a statement names."""

    everyone: bool
    accounts: frozenset[str]
    arns: frozenset[str]
    services: frozenset[str]

    def match(self, principal: Principal) -> Match:
        """How they hold a principal."""
        if self.everyone or principal.service in self.services:
            return Match.YES
        if principal.role in self.arns or principal.session in self.arns:
            return Match.YES
        return Match.ACCOUNT if principal.account in self.accounts else Match.NO


def named(raw: Any) -> Named:
    """Reads the element Principal."""
    if raw == "*":
        return Named(everyone=True, accounts=frozenset(), arns=frozenset(), services=frozenset())
    if not isinstance(raw, dict):
        raise malformed(f"Invalid principal in policy: {raw!r}")
    if foreign := sorted(raw.keys() - {"AWS", "Service"}):
        raise unknown(f"the principal type {', '.join(foreign)}")
    given = {kind: [value] if isinstance(value, str) else list(value) for kind, value in raw.items()}
    aws = [value for value in given.get("AWS", []) if value != "*"]
    if wrong := [value for value in aws if not _ACCOUNT.fullmatch(value) and not _ARN.fullmatch(value)]:
        raise malformed(f"Invalid principal in policy: {', '.join(wrong)}")
    return Named(
        everyone="*" in given.get("AWS", []),
        accounts=frozenset(found[1] for value in aws if (found := _ACCOUNT.fullmatch(value))),
        arns=frozenset(aws),
        services=frozenset(given.get("Service", [])),
    )
