"""Whatever is sent to the URL: an answer with a status, at most one line in the log, and nothing of it in there."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localaws import LocalAWS
from localaws.functions.model import Outcome
from tests.clock import BEGINS
from tests.local.predicted import FUNCTION, ROW, Predicted
from tests.local.real_clients import ROOT

pytestmark = pytest.mark.local
CANARY = "Jane.Doe@example.com"
WHOLE = {"model": "churn", "unit_id": CANARY, "inference_id": "i-1", "rows": [ROW], "deadline_ms": 500}
ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just(CANARY), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predicted]:
    with LocalAWS(
        state_dir=tmp_path_factory.mktemp("aws"), image_python=ROOT / ".venv-image/bin/python", start=BEGINS
    ) as aws:
        aws.deploy(ROOT / "template.yaml", stack="leeway")
        found = Predicted(aws=aws)
        found.serve(share=50)
        yield found


def invoke(model: Predicted, event: Any) -> Outcome:
    return model.aws.lambda_.invoke(FUNCTION, event)


def event(body: bytes, path: str = "/churn", method: str = "POST") -> dict[str, Any]:
    context = {"http": {"method": method, "path": path}}
    text = base64.b64encode(body).decode()
    return {"version": "2.0", "rawPath": path, "requestContext": context, "body": text, "isBase64Encoded": True}


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    """What the function logged; what is no JSON fails here."""
    own = [line for line in outcome.logs.splitlines() if not line.startswith(("START ", "END ", "REPORT "))]
    return [json.loads(line) for line in own]


def refused(outcome: Outcome) -> dict[str, Any]:
    """A refusal as it must be; its one line in the log."""
    assert outcome.error is None
    assert 400 <= outcome.result["statusCode"] < 500
    assert json.loads(outcome.result["body"])["error"]
    [line] = lines(outcome)
    assert (line["level"], line["message"]) == ("INFO", "request refused")
    assert CANARY not in outcome.logs
    return line


@ANY
@given(body=st.binary(max_size=200), path=st.text(max_size=40), method=st.sampled_from(["POST", "GET", "PUT", "🦆"]))
def test_any_bytes_are_refused(model: Predicted, body: bytes, path: str, method: str) -> None:
    refused(invoke(model, event(body, path, method)))


@ANY
@given(document=JSON)
def test_any_json_is_refused(model: Predicted, document: Any) -> None:
    refused(invoke(model, event(json.dumps(document).encode())))


@ANY
@given(key=st.sampled_from([*WHOLE, CANARY]), value=JSON)
def test_any_value_in_a_request_is_answered_or_refused(model: Predicted, key: str, value: Any) -> None:
    outcome = invoke(model, event(json.dumps(WHOLE | {key: value}).encode(), "/"))
    if outcome.result["statusCode"] == 200:
        assert lines(outcome) == []
    else:
        refused(outcome)


@ANY
@given(value=JSON, name=st.sampled_from([*ROW, CANARY]))
def test_any_value_in_a_row_is_answered_or_refused(model: Predicted, name: str, value: Any) -> None:
    outcome = invoke(model, event(json.dumps(WHOLE | {"rows": [ROW | {name: value}]}).encode()))
    if outcome.result["statusCode"] == 200:
        assert lines(outcome) == []
        return
    line = refused(outcome)
    assert line["code"] in {"json", "row"}


@ANY
@given(found=JSON)
def test_any_event_is_refused(model: Predicted, found: Any) -> None:
    """Lambda hands on objects alone, whoever invokes it."""
    refused(invoke(model, found if isinstance(found, dict) else {"event": found}))


HOSTILE = {
    "forged-line": json.dumps({"rows": [{'x\n{"level":"ERROR","message":"churn was approved by root"}': 1}]}).encode(),
    "formula": json.dumps({"rows": [["=HYPERLINK(1)", "=1+1"]]}).encode(),
    "class": json.dumps({"rows": [{"__class__": 1}]}).encode(),
    "nul": json.dumps({"rows": [["mon\0th", 1]]}).encode(),
    "right-to-left": json.dumps({"rows": [["\u202ehtnom", 1]]}).encode(),
    "half-a-character": b'{"rows": [["\\ud800", 1]]}',
    "deep": b'{"rows": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "deep-in-a-row": b'{"rows": [[' + b"[" * 900 + b"]" * 900 + b", 1]]}",
    "bomb": b"\x1f\x8b" + bytes(1000),
    "wide": json.dumps({"rows": [dict.fromkeys(map(str, range(10_000)), 1)]}).encode(),
    "large": b'{"rows": [["' + b"x" * (4 << 20) + b'"]]}',
    "utf-16": json.dumps(WHOLE).encode("utf-16"),
    "two-documents": json.dumps(WHOLE).encode() * 2,
    "canary": json.dumps({"rows": [{"plan": CANARY, "tenure": CANARY}]}).encode(),
    "canary-in-the-model": json.dumps({"model": CANARY, "rows": [["month", 1]]}).encode(),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_wants_to_do_harm_is_refused(model: Predicted, name: str) -> None:
    line = refused(invoke(model, event(HOSTILE[name])))
    assert len(json.dumps(line)) < 400


def test_many_names_of_models_leave_nothing_behind(model: Predicted) -> None:
    from leeway.predict import known

    chance = random.Random(1)
    for _ in range(50):
        name = "".join(chance.choices(string.ascii_lowercase, k=12))
        assert refused(invoke(model, event(b'{"rows": [[1]]}', f"/{name}")))["code"] == "no-model"
    assert set(known._kept) == {("leeway", "churn")}
