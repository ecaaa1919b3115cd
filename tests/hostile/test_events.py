"""Events that nobody should send: each parser refuses them by a reason of one line, or reads them; it never breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway import batch
from leeway.alarms.event import parse as alarm
from leeway.arrivals.event import parse as arrival
from leeway.errors import Rejected
from leeway.rollout.event import parse as package
from leeway.wake import woken
from leeway.watch.event import parse as changed
from tests.hostile.values import VALUES, WRONG, changed_at, places

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
ACCOUNT, BUCKET = "123456789012", "leeway-inbox-123456789012-us-east-1"
Parser = Callable[[Any], Any]
# Each with a real event that it takes.
PARSERS: dict[str, tuple[Parser, str]] = {
    "arrival": (lambda event: arrival(event, bucket=BUCKET, account=ACCOUNT), "data_arrival.new-file"),
    "package": (lambda event: package(event, account=ACCOUNT), "model_approval.approved"),
    "changed": (lambda event: changed(event, account=ACCOUNT), "sagemaker_changed.endpoint-in-service"),
    "alarm": (lambda event: alarm(event, account=ACCOUNT), "drift_alarm.raised"),
}


def real(name: str) -> Any:
    """The event in a recorded message."""
    return json.loads(json.loads((ROOT / f"events/{name}.json").read_text())["Records"][0]["body"])


def refused_or_read(parse: Parser, event: Any) -> None:
    """Anything but a refusal is a bug; its reason is short, and cannot forge a line."""
    said = ""
    try:
        parse(event)
    except Rejected as error:
        said = str(error)
    assert len(said) < 1000
    assert "\n" not in said


@pytest.mark.parametrize("name", PARSERS)
def test_a_real_event_is_read(name: str) -> None:
    parse, file = PARSERS[name]
    assert parse(real(file))


@pytest.mark.parametrize("name", PARSERS)
def test_each_value_of_an_event_may_be_anything(name: str) -> None:
    parse, file = PARSERS[name]
    event = real(file)
    found = list(places(event))
    assert len(found) > 10
    for path in found:
        for value in WRONG:
            refused_or_read(parse, changed_at(event, path, value))


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_from_elsewhere_is_refused(name: str) -> None:
    parse, file = PARSERS[name]
    event = real(file)
    for change in ({"account": "999999999999"}, {"source": "leeway"}, {"source": "aws.ec2"}, {"detail": None}):
        with pytest.raises(Rejected):
            parse({**event, **change})


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_breaks_nothing(name: str, data: st.DataObject) -> None:
    parse, file = PARSERS[name]
    event = real(file)
    path = data.draw(st.sampled_from(list(places(event))))
    refused_or_read(parse, changed_at(event, path, data.draw(VALUES)))


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "7", '"x"', "[" * 10_000, '{"a":' * 10_000, "NaN", '{"model": []}', "\udc80"]
)
def test_what_is_no_message_is_done_with_and_wakes_nobody(body: str) -> None:
    """Neither sent back to be tried for ever, nor handed on."""
    handed: list[Any] = []

    def handle(found: Any) -> None:
        handed.append(found)
        raise Rejected("not an event")

    record = {"messageId": "1", "body": body}
    assert batch.consume({"Records": [record]}, handle) == {"batchItemFailures": []}
    assert all(isinstance(model, str) for model in woken({"Records": [record]}))
