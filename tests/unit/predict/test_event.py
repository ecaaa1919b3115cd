"""What a request to the URL is, and what is refused of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from leeway.errors import Refused
from leeway.predict.event import DEADLINE, LARGEST, Asked, parse

pytestmark = pytest.mark.unit
GOOD = {"model": "churn", "unit_id": "customer-7", "inference_id": "i-1", "rows": [{"tenure": 3}], "deadline_ms": 500}


def event(body: Any, path: str = "/", method: str = "POST", *, encoded: bool = False) -> dict[str, Any]:
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "rawPath": path,
        "requestContext": {"http": {"method": method, "path": path}},
        "body": text,
        "isBase64Encoded": encoded,
    }


def refusal(event: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        parse(event, "token")
    return caught.value


@pytest.mark.parametrize("encoded", [False, True], ids=["text", "base64"])
def test_a_whole_request(encoded: bool) -> None:
    assert parse(event(GOOD, encoded=encoded), "token") == Asked(
        model="churn", unit="customer-7", inference_id="i-1", rows=[{"tenure": 3}], deadline=0.5
    )


def test_the_least_is_a_model_in_the_path_and_rows() -> None:
    asked = parse(event({"rows": [[1]]}, "/churn"), "token")
    assert asked == Asked(model="churn", unit="", inference_id="token", rows=[[1]], deadline=DEADLINE / 1000)
    assert parse(event({"rows": [[1]], "model": "churn"}, "/churn/"), "token") == asked


def test_a_whole_number_is_a_unit() -> None:
    assert parse(event(GOOD | {"unit_id": 7}), "token").unit == "7"


def test_null_is_left_out() -> None:
    nothing = {"unit_id": None, "inference_id": None, "deadline_ms": None}
    assert parse(event(GOOD | nothing), "token") == parse(event({"model": "churn", "rows": [{"tenure": 3}]}), "token")


BAD: dict[str, tuple[Any, int, str, str]] = {
    "get": (event(GOOD, method="GET"), 405, "method", "POST"),
    "no-event": ({}, 400, "event", "no request"),
    "context-of-another-kind": ({"requestContext": {"http": "x"}}, 400, "event", "no request"),
    "no-body": ({**event(GOOD), "body": None}, 400, "body", "no body"),
    "empty-body": (event(b""), 400, "body", "no body"),
    "not-base64": ({**event(GOOD), "isBase64Encoded": True, "body": "a"}, 400, "body", "cannot be read"),
    "surrogate": ({**event(GOOD), "body": "\ud800"}, 400, "body", "cannot be read"),
    "not-utf8": (event(b"\xff\xfe", encoded=True), 400, "json", "not JSON"),
    "csv": (event(b"1,2,3\n"), 400, "json", "not JSON"),
    "list": (event([1]), 400, "json", "no object"),
    "nested": (event(b'{"rows":' + b"[" * 200_000 + b"]" * 200_000 + b"}"), 400, "json", "nested too deeply"),
    "twice": (event(b'{"rows": [], "rows": [[1]]}'), 400, "json", '"rows" twice'),
    "twice-in-a-row": (event(b'{"rows": [{"a": 1, "a": 2}]}'), 400, "json", '"a" twice'),
    "nan": (event(b'{"rows": [{"a": NaN}]}'), 400, "json", "NaN"),
    "infinity": (event(b'{"rows": [{"a": -Infinity}]}'), 400, "json", "-Infinity"),
    "beyond-a-double": (event(b'{"rows": [{"a": 1e999}]}'), 400, "json", "1e999"),
    "endless-number": (event(b'{"rows": [[' + b"1" * 5000 + b"]]}"), 400, "json", "not JSON"),
    "large": (event(b" " * (LARGEST + 1)), 413, "size", "send fewer rows"),
    "unknown-key": (event(GOOD | {"unit": 1}), 400, "key", '"unit"; allowed: model, unit_id'),
    "no-model": (event({"rows": [[1]]}), 400, "model", "no model is named"),
    "two-models": (event(GOOD, "/other"), 400, "model", "another model"),
    "model-is-no-text": (event(GOOD | {"model": 1}), 400, "model", "not a text"),
    "model-is-no-name": (event(GOOD | {"model": "../x"}), 404, "no-model", "no model"),
    "deep-path": (event(GOOD, "/churn/x"), 400, "model", "another model"),
    "line-feed-behind": (event({"rows": [[1]]}, "/churn\n"), 404, "no-model", "no model"),
    "unit-is-true": (event(GOOD | {"unit_id": True}), 400, "unit", "whole number"),
    "unit-is-a-fraction": (event(GOOD | {"unit_id": 7.5}), 400, "unit", "whole number"),
    "unit-is-blank": (event(GOOD | {"unit_id": " "}), 400, "unit", "1 to 256"),
    "unit-is-long": (event(GOOD | {"unit_id": "u" * 257}), 400, "unit", "257"),
    "inference-id-of-two-lines": (event(GOOD | {"inference_id": "a\r\nb: c"}), 400, "inference-id", "ASCII"),
    "inference-id-is-long": (event(GOOD | {"inference_id": "i" * 65}), 400, "inference-id", "64"),
    "inference-id-is-a-number": (event(GOOD | {"inference_id": 7}), 400, "inference-id", "text"),
    "no-rows": (event({"model": "churn"}), 400, "rows", "no list"),
    "empty-rows": (event(GOOD | {"rows": []}), 400, "rows", "no list"),
    "one-row": (event(GOOD | {"rows": {"tenure": 3}}), 400, "rows", "no list"),
    "deadline-is-short": (event(GOOD | {"deadline_ms": 99}), 400, "deadline", "100 to 60,000"),
    "deadline-is-long": (event(GOOD | {"deadline_ms": 60_001}), 400, "deadline", "100 to 60,000"),
    "deadline-is-text": (event(GOOD | {"deadline_ms": "500"}), 400, "deadline", "whole number"),
    "deadline-is-true": (event(GOOD | {"deadline_ms": True}), 400, "deadline", "whole number"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_everything_else_is_refused_with_what_is_allowed(name: str) -> None:
    given, status, code, words = BAD[name]
    found = refusal(given)
    assert (found.status, found.code) == (status, code)
    assert words in str(found)
