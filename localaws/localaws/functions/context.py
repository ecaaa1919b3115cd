"""The context object that a handler gets."""

from datetime import UTC, datetime, timedelta
from typing import Any

from localaws.functions.model import Function


class Identity:
    """Empty, as for every invocation that comes from no mobile client."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class LambdaContext:
    """Has the attributes of Lambda's own; the remaining time is counted but not enforced."""

    def __init__(self, function: Function, request_id: str) -> None:
        now = datetime.now(UTC)
        self.function_name = function.name
        self.function_version = "$LATEST"
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = str(function.memory)
        self.aws_request_id = request_id
        self.log_group_name = function.log_group or f"/aws/lambda/{function.name}"
        self.log_stream_name = f"{now:%Y/%m/%d}/[$LATEST]{request_id.replace('-', '')}"
        self.identity = Identity()
        self.client_context: Any = None
        self.tenant_id: str | None = None
        self._deadline = now + timedelta(seconds=function.timeout)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return max(0, int((self._deadline - datetime.now(UTC)).total_seconds() * 1000))

    def log(self, message: str) -> None:
        """Writes to the function's log."""
        print(message, end="")
