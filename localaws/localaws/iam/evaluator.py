"""Whether a request is allowed, by the policies of who asks and of what is asked for.

Source: IAM User Guide, "Policy evaluation logic" and "Policy evaluation for requests within a single account".
An explicit Deny in any policy wins; then one Allow is enough, in a policy of the role or of the resource; else it is
denied implicitly. A resource's policy that allows an account leaves it to that account's own policies.
"""

from dataclasses import dataclass
from functools import lru_cache

from localaws.iam.conditions import Context
from localaws.iam.documents import Statement, identity_policy, resource_policy, trust_policy
from localaws.iam.principals import Match, Principal

Pairs = tuple[tuple[str, tuple[str, ...]], ...]
ASSUME = "sts:AssumeRole"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One action on one resource ("*" where the request names none); `keys` are condition keys in small letters."""

    principal: Principal
    action: str
    resource: str
    keys: Pairs = ()

    def context(self) -> Context:
        """Condition keys of the request and of who asks."""
        return dict(self.keys) | self.principal.context()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether it is allowed; `reason` ends the sentence of AWS's error."""

    allowed: bool
    reason: str = ""


@lru_cache(maxsize=65536)
def decide(request: Request, identity: tuple[str, ...], resource: str | None) -> Decision:
    """The decision by the documents of the asking role and of the resource.

    Both are the documents' texts: a policy that changes is another question, so that nothing needs to be forgotten.
    """
    of_role = [statement for text in identity for statement in identity_policy(text)]
    read = trust_policy if request.action == ASSUME else resource_policy
    of_resource = read(resource) if resource else ()
    context = request.context()
    if _found(of_role, request, context, allows=False) is not Match.NO:
        return Decision(allowed=False, reason="with an explicit deny in an identity-based policy")
    if _found(of_resource, request, context, allows=False) is not Match.NO:
        return Decision(allowed=False, reason="with an explicit deny in a resource-based policy")
    granted = _found(of_resource, request, context, allows=True) is Match.YES
    if granted or _found(of_role, request, context, allows=True) is Match.YES:
        return Decision(allowed=True)
    kind = "resource" if request.principal.service else "identity"
    return Decision(allowed=False, reason=f"because no {kind}-based policy allows the {request.action} action")


def _found(
    statements: list[Statement] | tuple[Statement, ...], request: Request, context: Context, *, allows: bool
) -> Match:
    matches = (
        statement.match(request.action, request.resource, request.principal, context)
        for statement in statements
        if statement.allows == allows
    )
    return max(matches, key=lambda match: match.value, default=Match.NO)
