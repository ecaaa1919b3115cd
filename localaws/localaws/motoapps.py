"""moto's services, called at their dispatchers: no server, no Flask, no routing between us and them."""

import functools
import threading
from typing import Any

from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.core import responses
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.request import Request
from werkzeug.exceptions import HTTPException

from localaws.errors import NotEmulated
from localaws.wire import Answer, Call

# Signing name to moto's module.
SERVICES = {
    "sns": "sns",
    "dynamodb": "dynamodb",
    "iam": "iam",
    "sts": "sts",
    "events": "events",
    "monitoring": "cloudwatch",
    "logs": "logs",
}

# moto looks through all members of a service's class at each call.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]


class _Request(Request):
    """moto's own request, as its server makes it."""

    from_wsgi_server = True


class Moto:
    """Answers calls from moto's backends; the state of moto is one per process."""

    def __init__(self, account: str, region: str, lock: threading.RLock) -> None:
        self._account = account
        self._region = region
        self._lock = lock
        self._dispatchers: dict[str, Any] = {}

    def answer(self, call: Call) -> Answer:
        """One call, under the lock; what moto lacks answers NotImplemented."""
        request = _Request(self._environ(call))
        dispatch = self._dispatcher(call.service)
        with self._lock:
            try:
                status, headers, body = dispatch(request, request.raw_url, dict(request.headers))
            except NotImplementedError as exc:
                raise NotEmulated(f"{call.service}:{call.operation} ({exc})") from exc
            except HTTPException as exc:
                status, headers, body = exc.code or 500, dict(exc.get_headers()), exc.get_body()
            except ClientError as exc:
                status, headers, body = 400, {}, exc.response["Error"]["Message"]
        content = body.encode() if isinstance(body, str) else bytes(body or b"")
        return Answer(status=int(status), headers=[(k, str(v)) for k, v in headers.items()], body=content)

    def backend(self, service: str) -> Any:
        """moto's backend of a service in our account and region; only to be used under the lock."""
        backends: Any = get_backend(SERVICES[service])  # type: ignore[call-overload]
        regions = backends[self._account]
        return regions[self._region] if self._region in regions else regions["aws"]

    def _environ(self, call: Call) -> dict[str, Any]:
        return call.environ | {"HTTP_X_MOTO_ACCOUNT_ID": self._account}

    def _dispatcher(self, service: str) -> Any:
        if service not in self._dispatchers:
            paths = self.backend(service).url_paths
            self._dispatchers[service] = next(handler for handler in paths.values() if handler.__name__ == "dispatch")
        return self._dispatchers[service]

    @staticmethod
    def reset() -> None:
        """Forgets all state of all services."""
        BackendDict.reset()
        reset_model_data()
