"""Requests and answers on the wire: who calls which operation of which service, and how errors are spelled."""

import base64
import io
import json
import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

from localaws import rest
from localaws.bodies import FilePart, Incoming
from localaws.errors import AwsError

Environ = dict[str, Any]

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_VIRTUAL_HOST = re.compile(r"^(?P<bucket>.+)\.(s3[.-][a-z0-9.-]*amazonaws\.com|localhost|host\.docker\.internal)$")
CALLER_PREFIX = "LOCALAWS"
URLS = "/_url/"  # functions by their URLs
# Operations whose body is an object's content.
STREAMED = ("PutObject", "UploadPart")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an operation; `service` is the signing name and `caller` a function's name or "client".

    The content of an object is not in `body`, which is empty then, but comes as `stream`.
    """

    service: str
    operation: str
    caller: str
    method: str
    path: str
    query: str
    body: bytes
    environ: Environ = field(repr=False)
    stream: Incoming | None = field(default=None, repr=False)

    def header(self, name: str, default: str = "") -> str:
        """A request header."""
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), default))

    def json(self) -> dict[str, Any]:
        """The request of a JSON protocol; an empty body is an empty request."""
        parsed = json.loads(self.body or b"{}")
        if not isinstance(parsed, dict):
            raise AwsError("SerializationException", "the body is not a JSON object")
        return parsed

    def with_body(self, body: bytes) -> "Call":
        """The same call with another body."""
        environ = self.environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return replace(self, body=body, environ=environ)

    def form(self) -> dict[str, str]:
        """The request of the query protocol."""
        return dict(parse_qsl(self.body.decode() or self.query, keep_blank_values=True))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer; a large object is not in `body`, but goes out as `stream`."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: FilePart | None = field(default=None, repr=False)

    def header(self, name: str) -> str:
        """A response header, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def caller_key(name: str) -> str:
    """An access key that carries a caller's name."""
    return CALLER_PREFIX + base64.b32encode(name.encode()).decode().rstrip("=")


def _caller(access_key: str) -> str:
    if not access_key.startswith(CALLER_PREFIX):
        return "client"
    text = access_key.removeprefix(CALLER_PREFIX)
    return base64.b32decode(text + "=" * (-len(text) % 8)).decode()


def read_body(environ: Environ) -> bytes:
    """Reads the whole body, chunked or not, and leaves it readable for the next application."""
    length = environ.get("CONTENT_LENGTH")
    source = environ["wsgi.input"]
    body: bytes = source.read(int(length)) if length else source.read() if _chunked(environ) else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def _chunked(environ: Environ) -> bool:
    return "chunked" in str(environ.get("HTTP_TRANSFER_ENCODING", "")).lower()


def identify(environ: Environ) -> Call:
    """Service by SigV4 credential scope (S3 where nothing is signed), operation by the service's protocol."""
    # In process a call may come before it is signed.
    access_key, service = ("", environ["localaws.service"]) if "localaws.service" in environ else signature(environ)
    if str(environ.get("PATH_INFO", "")).startswith(URLS):
        service, environ["localaws.operation"] = "lambda", "InvokeFunctionUrl"
    service = service or "s3"
    if service == "s3":
        _to_path_style(environ)
    method, path, query = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
    operation, stream, body = environ.get("localaws.operation", ""), None, b""
    if service == "s3":
        copies = "HTTP_X_AMZ_COPY_SOURCE" in environ
        operation = operation or rest.s3_operation(method, path, query, copies=copies)
        stream = _stream(environ) if operation in STREAMED else None
    if stream is None:
        body = read_body(environ)
        operation = operation or _operation(service, environ, method, path, body)
    caller = environ.get("localaws.caller") or _caller(access_key)
    return Call(
        service=service,
        operation=operation,
        caller=caller,
        method=method,
        path=path,
        query=query,
        body=body,
        environ=environ,
        stream=stream,
    )


def _stream(environ: Environ) -> Incoming:
    length = environ.get("CONTENT_LENGTH")
    known = int(length) if length else None if _chunked(environ) or "localaws.in_process" in environ else 0
    return Incoming(environ["wsgi.input"], known)


def signature(environ: Environ) -> tuple[str, str]:
    """Access key and service that a request is signed for; empty where it is not signed."""
    found = _CREDENTIAL.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if found:
        return found.group(1), found.group(3).lower()
    presigned = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0].split("/")
    return (presigned[0], presigned[3].lower()) if len(presigned) == 5 else ("", "")


def _to_path_style(environ: Environ) -> None:
    host = str(environ.get("HTTP_HOST", "")).split(":")[0]
    found = _VIRTUAL_HOST.match(host)
    if found:
        environ["PATH_INFO"] = "/" + found["bucket"] + environ.get("PATH_INFO", "/")
        environ["HTTP_HOST"] = "localhost"
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        if raw:
            environ["RAW_URI"] = environ["REQUEST_URI"] = "/" + found["bucket"] + str(raw)


def _operation(service: str, environ: Environ, method: str, path: str, body: bytes) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rsplit(".", 1)[-1]
    if "/operation/" in path:
        return path.rsplit("/", 1)[-1]
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode())).get("Action", "")
    return rest.operation(service, method, path) or f"{method} {path}"


def json_answer(payload: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Answer:
    """A JSON answer; datetimes become epoch seconds, as the JSON protocols spell them."""
    body = json.dumps(payload, default=_plain).encode()
    standard = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", str(uuid.uuid4()))]
    return Answer(status=status, headers=standard + (headers or []), body=body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} in an answer: {value!r}")


def error_answer(call: Call, error: AwsError) -> Answer:
    """An error in the spelling of the call's protocol."""
    if call.service == "s3":
        answer = _xml(error.status, "<Error>", error, "</Error>")
        return replace(answer, body=b"") if call.method == "HEAD" else answer
    if call.header("smithy-protocol") == "rpc-v2-cbor":
        body = b"\xa2" + b"".join(_cbor_text(t) for t in ("__type", error.code, "message", error.message))
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        return Answer(status=error.status, headers=headers, body=body)
    if str(call.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        kind = "Sender" if error.status < 500 else "Receiver"
        return _xml(error.status, f"<ErrorResponse><Error><Type>{kind}</Type>", error, "</Error></ErrorResponse>")
    payload = {"__type": error.code, "message": error.message, "Message": error.message}
    return json_answer(payload, error.status, [("x-amzn-errortype", error.code)])


def _xml(status: int, opening: str, error: AwsError, closing: str) -> Answer:
    text = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{text}{closing}'.encode()
    return Answer(status=status, headers=[("Content-Type", "text/xml")], body=body)


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return b"\x79" + len(raw).to_bytes(2, "big") + raw
