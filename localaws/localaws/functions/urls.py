"""Function URLs: an HTTP request becomes an event in payload format 2.0, and what the function answers a response.

Source: Lambda Developer Guide, "Control access to Lambda function URLs" and "Invoking Lambda function URLs".
A URL is <address>/_url/<id>/: a path, since not every resolver knows names below localhost.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from localaws.errors import AwsError
from localaws.functions.model import Function, Outcome
from localaws.functions.service import Lambda
from localaws.iam.guard import Guard
from localaws.iam.needs.functions import needs_of_url
from localaws.iam.principals import Principal
from localaws.wire import URLS, Answer, Call, signature
from localaws.world import World

LARGEST = 6_291_456  # bytes of an event or of an answer
HELP = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
FORBIDDEN = f"Forbidden. For troubleshooting Function URL authorization issues, see: {HELP}"
SCOPE = "Credential should be scoped to correct service: 'lambda'. "
_TEXTS = ("text/", "application/json", "application/xml", "application/javascript")
_SIGNATURE = ("authorization", "host")  # of what is in the headers, what says nothing to a function


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who calls a URL."""

    key: str
    arn: str


class FunctionUrls:
    """Serves the URLs of functions; who may call one is decided here, for the answers are HTTP's and not an API's."""

    def __init__(self, world: World, lambda_: Lambda, guard: Guard) -> None:
        self._world, self._lambda, self._guard = world, lambda_, guard

    def handle(self, call: Call) -> Answer:
        """One request."""
        identity, _, path = call.path.removeprefix(URLS).partition("/")
        function = next((one for one in self._lambda.functions.values() if one.url and one.url.id == identity), None)
        if function is None or function.url is None:
            return _said(404, "Not Found", "")
        asker, refusal = self._asker(function, function.url.auth, call)
        if refusal:
            return _said(403, refusal, "AccessDeniedException")
        event = self._event(identity, call, f"/{path}", asker)
        if len(json.dumps(event).encode()) > LARGEST:
            text = f"Request must be smaller than {LARGEST} bytes for the InvokeFunction operation"
            return _said(413, text, "RequestEntityTooLargeException")
        return _answer(self._lambda.invoke(function.name, event))

    def _asker(self, function: Function, auth: str, call: Call) -> tuple[Asker | None, str]:
        """Who calls, None for anybody where the URL asks nobody; or why not."""
        if auth == "NONE":
            return None, self._refusal(Principal(), function, auth)
        key, service = signature(call.environ)
        if not key:
            return None, FORBIDDEN
        if service != "lambda":
            return None, SCOPE
        principal = self._guard.caller(call)
        arn = principal.session if principal else f"arn:aws:iam::{self._world.account}:root"
        return Asker(key=key, arn=arn), self._refusal(principal, function, auth) if principal else ""

    def _refusal(self, principal: Principal, function: Function, auth: str) -> str:
        try:
            for need in needs_of_url(function.arn, auth):
                self._guard.require(principal, need, "lambda")
        except AwsError:
            return FORBIDDEN
        return ""

    def _event(self, identity: str, call: Call, path: str, asker: Asker | None) -> dict[str, Any]:
        headers, now = _headers(call), self._world.now()
        domain = f"{identity}.lambda-url.{self._world.region}.on.aws"
        body = _body(call.body, headers.get("content-type", ""))
        cookies = [part for part in headers.pop("cookie", "").split("; ") if part]
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": call.query,
            **({"cookies": cookies} if cookies else {}),
            "headers": headers,
            **({"queryStringParameters": _joined(parse_qsl(call.query, keep_blank_values=True))} if call.query else {}),
            "requestContext": {
                "accountId": self._world.account if asker else "anonymous",
                "apiId": identity,
                **({"authorizer": {"iam": self._identity(asker)}} if asker else {}),
                "domainName": domain,
                "domainPrefix": identity,
                "http": {
                    "method": call.method,
                    "path": path,
                    "protocol": str(call.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
                    "sourceIp": str(call.environ.get("REMOTE_ADDR", "127.0.0.1")),
                    "userAgent": headers.get("user-agent", ""),
                },
                "requestId": self._world.envelope({})["id"],
                "routeKey": "$default",
                "stage": "$default",
                "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now.timestamp() * 1000),
            },
            **body,
        }

    def _identity(self, asker: Asker) -> dict[str, Any]:
        return {
            "accessKey": asker.key,
            "accountId": self._world.account,
            "callerId": asker.key,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": asker.arn,
            "userId": asker.key,
        }


def _headers(call: Call) -> dict[str, str]:
    """In small letters; what the load balancer in front of Lambda adds, and not the signature."""
    sent = {name[5:]: str(value) for name, value in call.environ.items() if name.startswith("HTTP_")}
    found = {name.replace("_", "-").lower(): value for name, value in sent.items()}
    if kind := str(call.environ.get("CONTENT_TYPE", "")):
        found["content-type"] = kind
    if call.body:
        found["content-length"] = str(len(call.body))
    added = {
        "x-forwarded-for": str(call.environ.get("REMOTE_ADDR", "127.0.0.1")),
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        "host": found.get("host", ""),
    }
    return {name: value for name, value in found.items() if name not in _SIGNATURE} | added


def _body(body: bytes, kind: str) -> dict[str, Any]:
    """Text as it is, everything else as base64."""
    if not body:
        return {"isBase64Encoded": False}
    media = kind.partition(";")[0].strip().lower()
    if media.startswith(_TEXTS) or media.endswith(("+json", "+xml")):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A name that comes more than once has its values in one, with commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _answer(outcome: Outcome) -> Answer:
    """As the guide says: a status code makes it a response of its own, everything else is a body of JSON."""
    result = outcome.result
    if outcome.error is not None:
        return _broken(outcome)
    if not isinstance(result, dict) or "statusCode" not in result:
        result = {"statusCode": 200, "body": json.dumps(result)}
    try:
        body = _decoded(result)
        headers = [(str(name), _text(value)) for name, value in (result.get("headers") or {}).items()]
        headers += [("Set-Cookie", str(cookie)) for cookie in result.get("cookies") or []]
        status = int(result["statusCode"])
    except (TypeError, ValueError, AttributeError, binascii.Error):
        return _broken(outcome)
    if len(body) > LARGEST or not 100 <= status <= 599:
        return _broken(outcome)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Answer(status=status, headers=[*headers, ("x-amzn-RequestId", outcome.request_id)], body=body)


def _decoded(result: dict[str, Any]) -> bytes:
    body = result.get("body", "")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError("the body of a response is a text")
    return base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _broken(outcome: Outcome) -> Answer:
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", outcome.request_id)]
    return Answer(status=502, headers=headers, body=b"Internal Server Error")


def _said(status: int, message: str, kind: str) -> Answer:
    headers = [("Content-Type", "application/json"), *([("x-amzn-ErrorType", kind)] if kind else [])]
    return Answer(status=status, headers=headers, body=json.dumps({"Message": message}).encode())
