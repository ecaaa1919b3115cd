"""boto3 without a socket: clients whose requests go straight to the front, with their function's credentials.

A request goes in process when it is signed with one of our access keys, which name the caller: the sessions made here
sign so, and so does every session that a function makes, since its environment holds such a key, as in Lambda.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast
from urllib.parse import unquote_to_bytes, urlsplit

import boto3
import botocore.handlers
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.model import OperationModel

from localaws.errors import StateError
from localaws.faults import ConnectionFault
from localaws.quickclients import LOADER, PARSER, timestamp
from localaws.wire import CALLER_PREFIX, STREAMED, Answer, Environ, caller_key

Application = Callable[[Environ], Answer]


class _Present:
    """Which application answers, and which function runs; clients that outlive one application serve the next."""

    def __init__(self) -> None:
        self.application: Application | None = None
        self.region = "us-east-1"
        self.functions: list[str] = []
        self.lock = threading.RLock()


_present = _Present()


def connect(application: Application, region: str) -> None:
    """Makes an application the one that in-process clients reach."""
    if _present.application is not None:
        raise StateError("another LocalAWS is open in this process: close() it first")
    _present.application, _present.region = application, region


def disconnect() -> None:
    """In-process clients raise StateError from now on."""
    _present.application = None


def running_function() -> str:
    """The function that runs in this process now, or "client"."""
    return _present.functions[-1] if _present.functions else "client"


@contextmanager
def as_function(name: str) -> Iterator[None]:
    """Runs one function at a time, with its credentials and boto3's default session in process."""
    with _present.lock:
        before = boto3.DEFAULT_SESSION
        _present.functions.append(name)
        boto3.DEFAULT_SESSION = session(_present.region, None)
        try:
            yield
        finally:
            _present.functions.pop()
            boto3.DEFAULT_SESSION = before


class _FunctionCredentials(Credentials):
    """Credentials whose access key names the caller; without a fixed name, the function that runs at the call."""

    def __init__(self, function: str | None) -> None:
        super().__init__(caller_key(function or "client"), "localaws", None)
        self._function = function

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Read by botocore's signer at each call."""
        return ReadOnlyCredentials(caller_key(self._function or running_function()), "localaws", None)


_sessions: dict[tuple[str, str | None], boto3.Session] = {}


def session(region: str, function: str | None) -> boto3.Session:
    """A session whose every client is in process; cached, since botocore reads its models once a session."""
    made = _sessions.get((region, function))
    if made is None:
        core = botocore.session.Session()
        core.register_component("data_loader", LOADER)
        core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=timestamp)
        core.set_config_variable("region", region)
        # A name of its own, since botocore puts its usual one together anew for each call.
        core.set_default_client_config(Config(s3={"addressing_style": "path"}, user_agent="localaws"))
        core._credentials = _FunctionCredentials(function)  # type: ignore[attr-defined]
        core.get_component("event_emitter").register_last("before-call", partial(_ahead, function))
        made = _sessions[region, function] = boto3.Session(botocore_session=core)
    return made


class _Early(threading.local):
    """What was answered before botocore signed and sent the call, and is no success: the thread sends it next."""

    address = ""
    answer: Answer | Exception | None = None


_early = _Early()


def _ahead(
    function: str | None, model: OperationModel, params: dict[str, Any], **_: Any
) -> tuple[AWSResponse, dict[str, Any]] | None:
    """Answers a call in JSON before it is signed and sent, for that takes longer than the answer.

    All but a success goes its usual way, with retries and errors, and `_send` finds there what was answered.
    """
    if model.service_model.resolved_protocol != "json" or _present.application is None:
        return None
    environ = _environ(model.name, params["method"], params["url"], params["headers"], params["body"])
    environ["localaws.caller"], environ["localaws.service"] = (
        function or running_function(),
        model.service_model.signing_name,
    )
    _early.address, _early.answer = params["url"], None
    try:
        answer = _present.application(environ)
    except Exception as exc:  # noqa: BLE001  raised where a sent call would raise it
        _early.answer = exc
        return None
    if answer.status >= 300:
        _early.answer = answer
        return None
    headers: Any = {name.lower(): value for name, value in answer.headers}
    said = {"headers": headers, "status_code": answer.status, "body": answer.body, "context": {}}
    parsed = PARSER.parse(said, cast("Any", model.output_shape))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return AWSResponse(params["url"], answer.status, headers, _Raw(answer.body)), parsed


def _send(event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    if f"Credential={CALLER_PREFIX}" not in _text(request.headers.get("Authorization", "")):
        return None
    if _present.application is None:
        raise StateError("this client belongs to a LocalAWS that is closed")
    try:
        answer = _answered(event_name.rsplit(".", 1)[-1], request)
    except ConnectionFault as fault:
        error = ReadTimeoutError if fault.after_effect else EndpointConnectionError
        raise error(endpoint_url=request.url, error="fault injected") from fault
    headers = HTTPHeaders()
    for name, value in answer.headers:
        headers[name] = value
    return AWSResponse(request.url, answer.status, headers, answer.stream or _Raw(answer.body))


def _answered(operation: str, request: AWSPreparedRequest) -> Answer:
    early, _early.answer = _early.answer, None
    if early is not None and _early.address == request.url:
        if isinstance(early, Exception):
            raise early
        return early
    assert _present.application is not None  # just looked at
    return _present.application(_environ(operation, request.method, request.url, request.headers, request.body))


def request(of: boto3.Session, method: str, url: str, *, signed: bool, **rest: Any) -> Environ:
    """A request to a function's URL, with a session's signature or without."""
    made = AWSRequest(method=method, url=url, **rest)
    credentials = of.get_credentials() if signed else None
    if credentials:
        SigV4Auth(credentials, "lambda", _present.region).add_auth(made)
    prepared = made.prepare()
    return _environ("InvokeFunctionUrl", prepared.method, prepared.url, prepared.headers, prepared.body)


# Sessions copy this list when they are made. moto puts its own handler there in the same way.
botocore.handlers.BUILTIN_HANDLERS.append(("before-send", _send))


class _Raw(io.BytesIO):
    """What botocore expects of urllib3's response."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The whole body at once."""
        contents = self.read()
        while contents:
            yield contents
            contents = self.read()


def _environ(operation: str, method: str, address: str, headers: Any, content: Any) -> Environ:
    url = urlsplit(address)
    streamed = operation in STREAMED and hasattr(content, "read")
    body = b"" if streamed else _bytes(content)
    # A stream has what its header says, or no length that is known.
    length = _text(headers.get("Content-Length", "")) if streamed else str(len(body))
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "RAW_URI": (url.path or "/") + (f"?{url.query}" if url.query else ""),
        "QUERY_STRING": url.query,
        "CONTENT_LENGTH": length,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": content if streamed else io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "localaws.operation": operation,
        "localaws.in_process": True,
        "localaws.headers": [(name, _text(value)) for name, value in headers.items()],
    }
    for name, text in environ["localaws.headers"]:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else bytes(body.read())
