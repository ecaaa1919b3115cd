"""What Lambda knows of a function, and what an invocation brings."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class AsyncConfig:
    """What becomes of asynchronous invocations that fail."""

    retries: int = 2
    max_age: float = 21600.0
    on_failure: str | None = None
    on_success: str | None = None


@dataclass(frozen=True, kw_only=True)
class UrlConfig:
    """The URL of a function; `auth` is AWS_IAM or NONE."""

    id: str
    url: str
    auth: str
    created: str
    modified: str


@dataclass(kw_only=True)
class Function:
    """A deployed function."""

    name: str
    arn: str
    logical_id: str
    handler: str
    role: str
    runtime: str = "python3.13"
    architecture: str = "x86_64"
    timeout: int = 3
    memory: int = 128
    description: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    layers: list[str] = field(default_factory=list)
    dead_letters: str | None = None
    log_group: str = ""
    asynchronous: AsyncConfig = field(default_factory=AsyncConfig)
    modified: str = ""
    url: UrlConfig | None = None
    # What others may do with it, one statement a permission.
    permissions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one invocation ended; `error` is the payload that Lambda would answer with FunctionError."""

    request_id: str
    result: Any = None
    error: dict[str, Any] | None = None
    logs: str = ""

    @property
    def payload(self) -> Any:
        """What the caller gets."""
        return self.result if self.error is None else self.error
