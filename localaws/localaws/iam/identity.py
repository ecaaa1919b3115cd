"""sts:GetCallerIdentity. Source: STS API reference."""

from __future__ import annotations

from xml.sax.saxutils import escape

from localaws.iam.guard import Guard
from localaws.wire import Answer, Call


class CallerIdentity:
    """In front of moto's STS, which takes everybody for one user."""

    def __init__(self, guard: Guard, account: str) -> None:
        self._guard, self._account = guard, account

    def handle(self, call: Call) -> Answer | None:
        """One call; None where it is moto's."""
        if call.operation != "GetCallerIdentity":
            return None
        arn = self._guard.identity(call)
        values = {"Arn": arn, "UserId": arn.rpartition("/")[2], "Account": self._account}
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
        body = (
            '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<GetCallerIdentityResult>{inner}</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        return Answer(status=200, headers=[("Content-Type", "text/xml")], body=body.encode())
