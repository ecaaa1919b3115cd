"""SageMaker's runtime, and S3 for captures: calls that are made while somebody waits, each within its own seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from leeway.aws.clients import within
from leeway.aws.objects import Objects
from leeway.errors import Unavailable

CSV, JSON = "text/csv", "application/json"
MODEL_ERROR = "ModelError"
# What SageMaker answers in a model's place; whatever is not here is a bad gateway.
STATUSES = {
    "ThrottlingException": 429,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "ModelNotReadyException": 503,
}
BAD_GATEWAY, TIMED_OUT = 502, 504


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to an endpoint; `target` is the variant that is to answer, "" for the one that the weights draw.

    The body is JSON; the answer has the content type `accept`.
    """

    endpoint: str
    body: bytes
    accept: str
    target: str
    inference_id: str
    attributes: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a model said, and the variant that did."""

    body: bytes
    content_type: str
    variant: str


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Why there is no answer: an HTTP status, whose error it is, and a sentence (which may hold a row's values)."""

    status: int
    code: str
    message: str


class Runtime:
    """Calls endpoints; a client is made by its service and its patience in seconds, once for each of both."""

    def __init__(self, make: Callable[[str, float], Any]) -> None:
        self._make = make
        self._clients: dict[tuple[str, float], Any] = {}

    def invoke(self, call: Call, seconds: float) -> Answered | Failed:
        """Ask; no answer within `seconds` is a failure as any other."""
        patience = within(seconds)
        if not patience:
            return Failed(status=TIMED_OUT, code="deadline", message="no time was left to ask the model")
        try:
            answer = self._client("sagemaker-runtime", patience).invoke_endpoint(**_request(call))
            body = bytes(answer["Body"].read())
        except ClientError as error:
            return _refusal(call.endpoint, error)
        except (ReadTimeoutError, ConnectTimeoutError):
            text = f"{call.endpoint} did not answer within {patience:g} s"
            return Failed(status=TIMED_OUT, code="timeout", message=text)
        except BotoCoreError as error:
            text = f"{call.endpoint} cannot be reached: {type(error).__name__}"
            return Failed(status=BAD_GATEWAY, code="unreachable", message=text)
        variant = str(answer.get("InvokedProductionVariant", ""))
        return Answered(body=body, content_type=answer.get("ContentType", JSON), variant=variant)

    def keep(self, bucket: str, key: str, line: bytes, seconds: float) -> None:
        """Write one capture; raises Unavailable or Rejected where that does not come off within `seconds`."""
        patience = within(seconds)
        if not patience:
            raise Unavailable("no time was left to write")
        Objects(self._client("s3", patience)).put(bucket, key, line)

    def _client(self, service: str, seconds: float) -> Any:
        found = self._clients.get((service, seconds))
        if found is None:
            found = self._clients[service, seconds] = self._make(service, seconds)
        return found


def _request(call: Call) -> dict[str, Any]:
    optional = {"TargetVariant": call.target, "CustomAttributes": call.attributes}
    return {
        "EndpointName": call.endpoint,
        "Body": call.body,
        "ContentType": JSON,
        "Accept": call.accept,
        "InferenceId": call.inference_id,
        **{name: value for name, value in optional.items() if value},
    }


def _refusal(endpoint: str, error: ClientError) -> Failed:
    response: Mapping[str, Any] = error.response
    code = str(response["Error"].get("Code", ""))
    if code != MODEL_ERROR:
        text = f"{endpoint}: {code}: {response['Error'].get('Message', '')}"
        return Failed(status=STATUSES.get(code, BAD_GATEWAY), code=code, message=text)
    status = int(response.get("OriginalStatusCode") or 0)
    # 0 is SageMaker's own: the model took longer than the minute that it has.
    return Failed(status=status if 400 <= status < 600 else TIMED_OUT, code=MODEL_ERROR, message=_said(response))


def _said(response: Mapping[str, Any]) -> str:
    """The container's own sentence."""
    text = str(response.get("OriginalMessage") or response["Error"].get("Message", ""))
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return text
