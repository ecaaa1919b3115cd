"""iam:SimulatePrincipalPolicy for roles, which the SageMaker SDK asks before it hands a role on.

Source: IAM API reference. By the role's own policies alone; resources are "*" where none are named.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from localaws.errors import AwsError, NotEmulated
from localaws.iam.guard import Guard
from localaws.iam.kept import AwsPolicies
from localaws.wire import Answer, Call

_OPERATION = "SimulatePrincipalPolicy"
_KNOWN = re.compile(r"Action|Version|PolicySourceArn|ActionNames\.member\.\d+|ResourceArns\.member\.\d+|MaxItems")
_RESULT = (
    "<member><EvalActionName>{}</EvalActionName><EvalResourceName>{}</EvalResourceName><EvalDecision>{}</EvalDecision>"
    "<MatchedStatements/><MissingContextValues/></member>"
)


class Simulation:
    """In front of what else is ours of IAM."""

    def __init__(self, guard: Guard, policies: AwsPolicies) -> None:
        self._guard = guard
        self._policies = policies

    def handle(self, call: Call) -> Answer | None:
        """One call; None where it is moto's."""
        if call.operation == _OPERATION:
            return self._simulate(call.form())
        self._policies.handle(call)
        return None

    def _simulate(self, form: dict[str, str]) -> Answer:
        if foreign := sorted(name for name in form if not _KNOWN.fullmatch(name)):
            raise NotEmulated(f"{', '.join(foreign)} of iam:{_OPERATION}")
        role = form.get("PolicySourceArn", "")
        if ":role/" not in role:
            raise NotEmulated(f"iam:{_OPERATION} of anything but a role")
        actions = [value for name, value in form.items() if name.startswith("ActionNames.")]
        resources = [value for name, value in form.items() if name.startswith("ResourceArns.")] or ["*"]
        results = [self._result(role, action, resource) for action in actions for resource in resources]
        inner = f"<IsTruncated>false</IsTruncated><EvaluationResults>{''.join(results)}</EvaluationResults>"
        body = (
            f'<{_OPERATION}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{_OPERATION}Result>{inner}'
            f"</{_OPERATION}Result></{_OPERATION}Response>"
        )
        return Answer(status=200, headers=[("Content-Type", "text/xml")], body=body.encode())

    def _result(self, role: str, action: str, resource: str) -> str:
        decision = self._guard.simulated(role, action, resource)
        if decision is None:
            raise AwsError("NoSuchEntity", f"The role {role} cannot be found.", 404)
        word = "allowed" if decision.allowed else "explicitDeny" if "explicit" in decision.reason else "implicitDeny"
        return _RESULT.format(escape(action), escape(resource), word)
