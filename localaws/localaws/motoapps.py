"""moto's own server applications, called without their server: one Flask application a service, under one lock."""

import threading
from collections.abc import Iterable
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import create_backend_app

from localaws.errors import NotEmulated
from localaws.wire import Answer, Call

# Signing name to moto's module.
SERVICES = {
    "s3": "s3",
    "sqs": "sqs",
    "sns": "sns",
    "dynamodb": "dynamodb",
    "ssm": "ssm",
    "iam": "iam",
    "sts": "sts",
    "events": "events",
    "monitoring": "cloudwatch",
    "logs": "logs",
}


class Moto:
    """Answers calls from moto's backends; the state of moto is one per process."""

    def __init__(self, account: str, region: str, lock: threading.RLock) -> None:
        self._account = account
        self._region = region
        self._lock = lock
        self._applications: dict[str, Any] = {}

    def answer(self, call: Call) -> Answer:
        """One call, under the lock; what moto lacks answers NotImplemented."""
        application = self._application(call.service)
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        with self._lock:
            try:
                chunks: Iterable[bytes] = application(self._environ(call), start_response)
                body = b"".join(chunks)
            except NotImplementedError as exc:
                raise NotEmulated(f"{call.service}:{call.operation} ({exc})") from exc
        return Answer(status=started[0], headers=started[1], body=body)

    def backend(self, service: str) -> Any:
        """moto's backend of a service in our account and region; only to be used under the lock."""
        backends: Any = get_backend(SERVICES[service])  # type: ignore[call-overload]
        regions = backends[self._account]
        return regions[self._region] if self._region in regions else regions["aws"]

    def _environ(self, call: Call) -> dict[str, Any]:
        environ = call.environ | {"HTTP_X_MOTO_ACCOUNT_ID": self._account}
        if call.service == "s3":
            environ["HTTP_HOST"] = "localhost"
        return environ

    def _application(self, service: str) -> Any:
        if service not in self._applications:
            application = create_backend_app(SERVICES[service])  # type: ignore[arg-type]
            application.config["PROPAGATE_EXCEPTIONS"] = True
            self._applications[service] = application
        return self._applications[service]

    @staticmethod
    def reset() -> None:
        """Forgets all state of all services."""
        BackendDict.reset()
        reset_model_data()
