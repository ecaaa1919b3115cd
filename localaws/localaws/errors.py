"""Errors that the embedded AWS answers or raises.

LocalAwsError
├── AwsError            answered to the client as the service's own error
│   └── NotEmulated     501: the operation or the parameter is not emulated, never a success
├── DeployRefused       the template holds something that the deployer does not know
├── SettleTimeout       the work due did not drain in the given real seconds
└── StateError          the embedded AWS is used after close(), or twice at once
"""


class LocalAwsError(Exception):
    """Any error of the embedded AWS."""


class AwsError(LocalAwsError):
    """An error as a service answers it; `status` is the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class NotEmulated(AwsError):
    """Says that something is not emulated; 501 is a status that botocore does not retry."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"{what} is not emulated by localaws (see COVERAGE.md)", 501)


class DeployRefused(LocalAwsError):
    """The template cannot be deployed as it is written; `problems` is one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("template refused:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


class SettleTimeout(LocalAwsError):
    """Work was still due, or a job still ran, after the given real seconds."""


class StateError(LocalAwsError):
    """The embedded AWS is closed, or a second one was opened in the same process."""
