"""A request to the function's URL, read: strictly, so that nothing but what its sender meant reaches a model."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leeway.cells import listed, shown
from leeway.errors import Refused

LARGEST = 4 * 2**20  # bytes of a body: what a serverless endpoint takes, and base64 leaves of Lambda's six megabytes
DEADLINE, SHORTEST, LONGEST = 10_000, 100, 60_000  # milliseconds; SageMaker gives a model a minute
LONGEST_UNIT = 256  # letters
MODEL = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
INFERENCE_ID = re.compile(r"[!-~]{1,64}")  # it travels in a header of HTTP
KEYS = ("model", "unit_id", "inference_id", "rows", "deadline_ms")
EXAMPLE = '{"model": "churn", "unit_id": "customer-7", "rows": [{"tenure": 3}]}'


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request. `unit` is "" where its sender named none; `rows` are as they came; `deadline` is in seconds."""

    model: str
    unit: str
    inference_id: str
    rows: list[Any]
    deadline: float


def parse(event: Mapping[str, Any], token: str) -> Asked:
    """The request of an event in payload format 2.0; `token` becomes the inference id where it names none."""
    named = _path(event)
    document = _document(_body(event))
    model = _model(named, document.get("model"))
    return Asked(
        model=model,
        unit=_unit(document.get("unit_id")),
        inference_id=_inference_id(document.get("inference_id"), token),
        rows=_rows(document.get("rows")),
        deadline=_deadline(document.get("deadline_ms")) / 1000,
    )


def _path(event: Mapping[str, Any]) -> str:
    """The model that the path names, "" for none."""
    http = event.get("requestContext")
    http = http.get("http") if isinstance(http, Mapping) else None
    if not isinstance(http, Mapping):
        raise Refused(400, "event", "this is no request to the function's URL")
    if http.get("method") != "POST":
        raise Refused(405, "method", f"the method is not POST; POST {EXAMPLE}")
    return str(event.get("rawPath") or "").strip("/")


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body")
    if not isinstance(body, str) or not body:
        raise Refused(400, "body", f"there is no body; POST {EXAMPLE}")
    try:
        found = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError) as error:  # of text that is no Unicode too
        raise Refused(400, "body", "the body cannot be read") from error
    if len(found) > LARGEST:
        raise too_large(len(found))
    return found


def too_large(size: int) -> Refused:
    """The refusal of a body of that many bytes."""
    return Refused(413, "size", f"the body has {size:,} bytes; allowed: {LARGEST:,}; send fewer rows at once")


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite
        )
    except RecursionError as error:
        raise Refused(400, "json", "the body is nested too deeply") from error
    except ValueError as error:
        raise Refused(400, "json", f"the body is not JSON: {error}") from error
    if not isinstance(found, Mapping):
        raise Refused(400, "json", f"the body is no object; POST {EXAMPLE}")
    if unknown := [name for name in found if name not in KEYS]:
        raise Refused(400, "key", f"the body has {shown(unknown[0])}; allowed: {listed(KEYS)}")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has {shown(next(name for name in names if names.count(name) > 1))} twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"it has {text}, which is no number of JSON; leave the value out, or write null")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"it has {shown(text)}, which is too large a number")
    return value


def _model(path: str, named: Any) -> str:
    if named is not None and not isinstance(named, str):
        raise Refused(400, "model", "model is not a text")
    if path and named and path != named:
        raise Refused(400, "model", "the path names another model than the body")
    model = path or named or ""
    if not model:
        raise Refused(400, "model", f"no model is named, neither by the path nor by the body; POST {EXAMPLE}")
    if not MODEL.fullmatch(model):
        raise Refused(404, "no-model", f"there is no model {shown(model)}")
    return model


def _unit(value: Any) -> str:
    """A text, or a whole number as people number their customers."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(400, "unit", "unit_id is neither a text nor a whole number")
    unit = str(value)
    if not unit.strip() or len(unit) > LONGEST_UNIT:
        raise Refused(400, "unit", f"unit_id has {len(unit)} letters; allowed: 1 to {LONGEST_UNIT}, not all blank")
    return unit


def _inference_id(value: Any, token: str) -> str:
    if value is None:
        return token
    if not isinstance(value, str) or not INFERENCE_ID.fullmatch(value):
        raise Refused(400, "inference-id", "inference_id is no text of 1 to 64 letters of ASCII without blanks")
    return value


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Refused(400, "rows", f"rows is no list of rows; POST {EXAMPLE}")
    return value


def _deadline(value: Any) -> int:
    if value is None:
        return DEADLINE
    if isinstance(value, bool) or not isinstance(value, int) or not SHORTEST <= value <= LONGEST:
        raise Refused(400, "deadline", f"deadline_ms is no whole number from {SHORTEST} to {LONGEST:,}")
    return value
