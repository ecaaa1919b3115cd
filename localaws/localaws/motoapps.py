"""moto's services, called at their dispatchers: no server, no Flask, no routing between us and them."""

import functools
import json
import secrets
import threading
from typing import Any

from botocore.exceptions import ClientError
from moto.backends import get_backend
from moto.core import base_backend, responses
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.model_instances import reset_model_data
from moto.core.request import Request
from moto.core.utils import camelcase_to_underscores
from werkzeug.exceptions import HTTPException

from localaws.errors import AwsError, NotEmulated
from localaws.motos import EMULATED
from localaws.wire import Answer, Call

# Signing name to moto's module.
SERVICES = {
    "sns": "sns",
    "iam": "iam",
    "sts": "sts",
    "events": "events",
    "monitoring": "cloudwatch",
    "logs": "logs",
}

# moto looks through all members of a service's class at each call.
responses.method_names_from_class = functools.cache(responses.method_names_from_class)  # type: ignore[attr-defined]
# It reads each service's model to learn its regions, which takes as long as a deployment; here all names are regions.
base_backend.AccountSpecificBackend._generate_regions = lambda *_: []  # type: ignore[method-assign, assignment]
base_backend.allow_unknown_region = lambda: True  # type: ignore[attr-defined]


def _request_id(headers: dict[str, Any] | None = None) -> str:
    """moto's own draws 52 letters one by one."""
    drawn = secrets.token_hex(26).upper()
    if headers is not None:
        headers["x-amzn-requestid"] = drawn
    return drawn


responses.gen_amzn_requestid_long = _request_id  # type: ignore[attr-defined, assignment]


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
        self._backends: dict[str, Any] = {}

    def answer(self, call: Call) -> Answer:
        """One call, under the lock; what no rule holds to AWS answers NotImplemented."""
        if call.operation not in EMULATED[call.service]:
            raise NotEmulated(f"{call.service}:{call.operation}")
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

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> Any:
        """One call without a wire: moto's own result, whose objects have attributes in small letters; or AwsError."""
        response = self._dispatcher(service).__self__()
        response.automated_parameter_parsing = True
        response.params, response.body = parameters, parameters
        response.uri_match, response.response_headers = {}, {}
        response.region, response.current_account, response.partition = self._region, self._account, "aws"
        with self._lock:
            try:
                found = getattr(response, camelcase_to_underscores(operation))()
            except (ServiceException, HTTPException) as exc:
                text = getattr(exc, "message", None) or getattr(exc, "description", None) or str(exc)
                raise AwsError(type(exc).__name__, str(text)) from exc
        if isinstance(found, responses.ActionResult):
            return found.result
        body = found[0] if isinstance(found, tuple) else found
        return json.loads(body) if body else {}

    def backend(self, service: str) -> Any:
        """moto's backend of a service in our account and region; only to be used under the lock."""
        if service not in self._backends:
            backends: Any = get_backend(SERVICES[service])  # type: ignore[call-overload]
            regions = backends[self._account]
            self._backends[service] = regions["aws"] if "aws" in regions else regions[self._region]
        return self._backends[service]

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
