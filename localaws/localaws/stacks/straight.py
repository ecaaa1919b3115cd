"""Calls of a deployment, without a wire: nobody signs, writes or reads them, for that takes most of a start.

What answers is what answers any client, but for moto's reading and writing of the protocols; no policy and no fault
stops such a call, and the log does not list it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from localaws.errors import AwsError
from localaws.front import Front
from localaws.motoapps import SERVICES, Moto
from localaws.s3 import documents
from localaws.wire import Answer, Call

SIGNED = {"cloudwatch": "monitoring"}
FORMS = ("iam", "sns")  # whose requests are forms; all others' are JSON
Json = dict[str, Any]


class Straight:
    """One service; its operations are methods, as those of a boto3 client.

    What moto answers has moto's objects in it, with attributes in small letters.
    """

    def __init__(self, front: Front, moto: Moto, service: str) -> None:
        self._front, self._moto, self._service = front, moto, SIGNED.get(service, service)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = "".join(map(str.capitalize, name.split("_")))
        return lambda **parameters: self._call(operation, parameters)

    def put_document(self, operation: str, bucket: str, root: str = "", content: Json | None = None) -> None:
        """An operation of a bucket, with its document where it has one."""
        body = documents.written(root, content) if content is not None else b""
        self._own(_call(self._service, operation, body, f"/{bucket}"))

    def put_policy(self, bucket: str, policy: str) -> None:
        """A bucket's policy."""
        self._own(_call(self._service, "PutBucketPolicy", policy.encode(), f"/{bucket}"))

    def _call(self, operation: str, parameters: Json) -> Any:
        plain = {name: value for name, value in parameters.items() if isinstance(value, str)}
        body = urlencode(plain) if self._service in FORMS else json.dumps(parameters)
        call = _call(self._service, operation, body.encode(), "/")
        answer = self._own(call)
        if answer is not None:
            return json.loads(answer.body)
        found = self._moto.call(self._service, operation, parameters)
        self._front.happened(call, Answer(status=200, headers=[], body=b""))
        return found

    def _own(self, call: Call) -> Answer | None:
        """What is ours; None where moto is to answer."""
        handler = self._front.own.get(call.service)
        answer = handler(call) if handler else None
        if answer is None:
            assert call.service in SERVICES  # all others have a handler of their own
            return None
        if answer.status >= 300:
            raise AwsError("Refused", answer.body.decode(), answer.status)
        self._front.happened(call, answer)
        return answer


def _call(service: str, operation: str, body: bytes, path: str) -> Call:
    environ = {"HTTP_X_AMZ_TARGET": operation, "wsgi.url_scheme": "http"}
    return Call(
        service=service,
        operation=operation,
        caller="cloudformation.amazonaws.com",
        method="POST",
        path=path,
        query="",
        body=body,
        environ=environ,
    )
