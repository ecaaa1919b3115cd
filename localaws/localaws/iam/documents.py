"""Policy documents, read into statements; what is not known in one is an error by its name.

Source: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from localaws.iam.conditions import Condition, Context, condition
from localaws.iam.patterns import arn_like, arn_segments, like
from localaws.iam.principals import Match, Named, Principal, named
from localaws.iam.refusals import malformed, unknown

_TOP = {"Version", "Id", "Statement"}
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+", re.IGNORECASE)
_VARIABLES = "2012-10-17"


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """What an element lists, or with Not before its name, what it leaves out."""

    listed: tuple[str, ...]
    inverted: bool
    fits: Callable[[str, str], bool]

    def match(self, text: str) -> bool:
        """Whether the element covers a text."""
        return any(self.fits(pattern, text) for pattern in self.listed) != self.inverted


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; without `principals` it is about whoever has the policy, without `resources` about its bearer."""

    allows: bool
    actions: Patterns
    resources: Patterns | None
    principals: Named | None
    conditions: tuple[Condition, ...]

    def match(self, action: str, resource: str, principal: Principal, context: Context) -> Match:
        """Whether it is about a request; a principal that is named by its account alone is a Match of its own."""
        if not self.actions.match(action) or (self.resources is not None and not self.resources.match(resource)):
            return Match.NO
        found = Match.YES if self.principals is None else self.principals.match(principal)
        if found is Match.NO or not all(one.holds(context) for one in self.conditions):
            return Match.NO
        return found


@lru_cache(maxsize=1024)
def identity_policy(text: str) -> tuple[Statement, ...]:
    """The policy of a role; AwsError for what is malformed, NotEmulated for what is not known."""
    return _document(text, principal=False, resource=True)


@lru_cache(maxsize=1024)
def resource_policy(text: str) -> tuple[Statement, ...]:
    """The policy of a bucket, queue, topic or function."""
    return _document(text, principal=True, resource=True)


@lru_cache(maxsize=1024)
def trust_policy(text: str) -> tuple[Statement, ...]:
    """The policy that says who may assume a role."""
    return _document(text, principal=True, resource=False)


def _document(text: str, *, principal: bool, resource: bool) -> tuple[Statement, ...]:
    try:
        document: Any = json.loads(text)
    except ValueError as exc:
        raise malformed(f"This policy contains invalid Json: {exc}") from exc
    if not isinstance(document, dict) or "Statement" not in document:
        raise malformed("Syntax errors in policy: a policy is an object with a Statement.")
    if extra := sorted(document.keys() - _TOP):
        raise unknown(f"the element {', '.join(extra)}")
    version = document.get("Version", "2008-10-17")
    if version not in ("2008-10-17", _VARIABLES):
        raise malformed(f"The policy has the Version {version!r}: it is 2012-10-17 or 2008-10-17.")
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    if version == _VARIABLES and "${" in text:
        raise unknown("a policy variable (${…})")
    return tuple(_statement(raw, principal=principal, resource=resource) for raw in statements)


def _statement(raw: Any, *, principal: bool, resource: bool) -> Statement:
    if not isinstance(raw, dict) or raw.get("Effect") not in ("Allow", "Deny"):
        raise malformed("Syntax errors in policy: a statement has the Effect Allow or Deny.")
    if extra := sorted(raw.keys() - _ELEMENTS):
        raise unknown(f"the element {', '.join(extra)}")
    if ("Principal" in raw) != principal:
        raise malformed("Policy document should not specify a principal." if not principal else "Missing principal.")
    if resource is False and raw.keys() & {"Resource", "NotResource"}:
        raise malformed("Has prohibited field Resource")
    return Statement(
        allows=raw["Effect"] == "Allow",
        actions=_patterns(raw, "Action", _checked_action, _action_like),
        resources=_patterns(raw, "Resource", _checked_resource, _resource_like) if resource else None,
        principals=named(raw["Principal"]) if principal else None,
        conditions=tuple(_conditions(raw.get("Condition", {}))),
    )


def _patterns(
    raw: dict[str, Any], name: str, check: Callable[[str], None], fits: Callable[[str, str], bool]
) -> Patterns:
    found = [key for key in (name, f"Not{name}") if key in raw]
    if len(found) != 1:
        raise malformed(f"Syntax errors in policy: a statement has either {name} or Not{name}.")
    listed = texts(raw[found[0]])
    for text in listed:
        check(text)
    return Patterns(listed=listed, inverted=found[0] != name, fits=fits)


def _conditions(raw: Any) -> Iterable[Condition]:
    for operator, block in raw.items():
        for key, values in block.items():
            yield condition(operator, key, texts(values))


def texts(value: Any) -> tuple[str, ...]:
    """One value or a list of them, as texts; JSON's own true and 1 are the texts true and 1."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(one, str | bool | int | float) for one in listed):
        raise malformed(f"Syntax errors in policy: {value!r} is neither a text nor a list of texts.")
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in listed)


def _checked_action(action: str) -> None:
    if not _ACTION.fullmatch(action):
        raise malformed(f"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.: {action}")


def _checked_resource(resource: str) -> None:
    if resource != "*":
        arn_segments(resource)


def _action_like(pattern: str, action: str) -> bool:
    return like(pattern.lower(), action.lower())


def _resource_like(pattern: str, resource: str) -> bool:
    """Where a request names no resource, only * covers it."""
    return pattern == "*" or arn_like(pattern, resource)
