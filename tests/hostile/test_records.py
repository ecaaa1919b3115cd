"""What callers, people and programs put into captures, labels and messages: read, or of no use for a reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leeway import keys
from leeway.aws.objects import document
from leeway.drift import captured
from leeway.drift.capture import windows
from leeway.drift.captured import BASE64, CSV, JSON, Half
from leeway.errors import Rejected
from leeway.outcomes import captures, labels, truth
from leeway.spec import BINARY, MULTICLASS, REGRESSION
from leeway.wake import woken
from tests.hostile.values import FORGED, VALUES, WRONG, changed_at, places
from tests.unit.drift.test_capture import REFERENCE, TAKES, record
from tests.unit.outcomes.made import DATA, label

pytestmark = pytest.mark.unit
CANARY = "Jane.Doe@example.com"
PROBLEMS = [BINARY, MULTICLASS, REGRESSION]
BEGIN, END = datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 4, tzinfo=UTC)
JSON_TEXTS = VALUES.map(json.dumps) | st.just("1" + "0" * 400) | st.just("[" * 5000) | st.just("NaN")
TEXTS = st.text(max_size=40) | st.just(CANARY) | st.from_regex(r"[-0-9.eE,_ \n]{0,20}", fullmatch=True)
HALVES = st.builds(
    Half,
    data=TEXTS | JSON_TEXTS | st.binary(max_size=30).map(lambda body: base64.b64encode(body).decode()),
    encoding=st.sampled_from([CSV, JSON, BASE64, "", "csv", FORGED]),
    content_type=st.sampled_from(["", "text/csv", "application/json", "APPLICATION/JSON;x"]),
)
MANY = settings(max_examples=200, deadline=None)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BYTES = st.lists(
    st.binary(max_size=60) | TEXTS.map(lambda text: text.encode("utf-8", "replace")) | JSON_TEXTS.map(str.encode)
).map(b"\n".join)


def refused_or_read(read: Callable[[], Any]) -> None:
    """A reason holds nothing of the data."""
    said = ""
    try:
        read()
    except Rejected as error:
        said = str(error)
    assert CANARY not in said
    assert len(said) < 200
    assert "\n" not in said


@MANY
@given(asked=HALVES, answered=HALVES, problem=st.sampled_from(PROBLEMS))
def test_any_record_of_a_capture(asked: Half, answered: Half, problem: str) -> None:
    refused_or_read(lambda: captured.rows(TAKES, problem, asked, answered))
    refused_or_read(lambda: truth.predictions(problem, answered, ["a", "b"]))


@MANY
@given(text=TEXTS | JSON_TEXTS, encoding=st.sampled_from([CSV, JSON]), problem=st.sampled_from(PROBLEMS))
def test_any_label(text: str, encoding: str, problem: str) -> None:
    refused_or_read(lambda: truth.truth(DATA, problem, text, encoding))


def _label_file(folder: Path, body: bytes, problem: str = BINARY) -> None:
    """Beside a good one, which is read all the same."""
    bad, good = folder / "bad", folder / "good"
    bad.write_bytes(body)
    good.write_text(json.dumps(label("a", "1")))
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE units AS SELECT {labels.hashed("'a'")} AS id")
    unused = labels.resolve(connection, [bad, good], DATA, problem)
    assert connection.execute("SELECT label FROM resolved").fetchall() == [("1",)]
    assert all(count > 0 for count in unused.values())


@FEW
@given(head=st.sampled_from([b"", b"event_id,label\n", b"\xef\xbb\xbfLABEL , Inference_Id\r\n", b"{"]), body=BYTES)
def test_any_bytes_as_a_file_of_labels(tmp_path: Path, head: bytes, body: bytes) -> None:
    _label_file(tmp_path, head + body)


@pytest.mark.parametrize("value", [*WRONG, {"data": 1}, [[1]]], ids=lambda value: repr(value)[:20])
def test_each_value_of_a_ground_truth_may_be_anything(tmp_path: Path, value: Any) -> None:
    ground = label("x", "1")
    _label_file(
        tmp_path, b"".join(json.dumps(changed_at(ground, path, value)).encode() + b"\n" for path in places(ground))
    )


def _capture_file(folder: Path, body: bytes) -> None:
    """A good record among others is counted, and so is what is of no use."""
    path = folder / "capture.jsonl"
    good = json.dumps(record("month,1.5,yes,Bonn,3", "0.25"))
    path.write_bytes(good.encode() + b"\n" + body + b"\n")
    connection = duckdb.connect()
    found = windows(connection, [path], TAKES, BINARY, REFERENCE)
    assert found["2026-03-02T03"].rows >= 1
    assert all(reason.isprintable() and CANARY not in reason for one in found.values() for reason in one.unused)
    query = captures.records([path], BEGIN, END)
    assert ("e",) in connection.execute(f"SELECT id FROM ({query})").fetchall()


@FEW
@given(body=BYTES)
def test_any_bytes_as_a_file_of_captures(tmp_path: Path, body: bytes) -> None:
    _capture_file(tmp_path, body)


@pytest.mark.parametrize("value", [*WRONG[:-1], 10**400, {"data": 1}], ids=lambda value: repr(value)[:20])
def test_each_value_of_a_capture_may_be_anything(tmp_path: Path, value: Any) -> None:
    one = record("month,1.5,yes,Bonn,3", "0.25")
    others = [changed_at(one, path, value) for path in places(one)]
    _capture_file(tmp_path, b"\n".join(json.dumps(other).encode() for other in others))


@MANY
@given(body=st.text(max_size=60) | JSON_TEXTS | VALUES.map(lambda value: json.dumps({"model": value})))
def test_any_message_wakes_whom_it_names_or_nobody(body: str) -> None:
    assert all(isinstance(model, str) for model in woken({"Records": [{"messageId": "1", "body": body}]}))


@MANY
@given(body=st.binary(max_size=60) | JSON_TEXTS.map(str.encode))
def test_any_object_is_a_document_or_refused(body: bytes) -> None:
    """What each reader of a document in S3 stands behind."""
    said = ""
    try:
        document("s3://b/k", body)
    except ValueError as error:
        said = str(error)
    assert said.isprintable()


@MANY
@given(parts=st.lists(st.text(max_size=20), max_size=3), other=st.lists(st.text(max_size=20), max_size=3))
def test_names_of_hashes_tell_all_apart(parts: list[str], other: list[str]) -> None:
    """Any text has one, half a character too; where no part holds a NUL, no two lists have the same."""
    if not any("\0" in part for part in [*parts, *other]) and (parts or [""]) != (other or [""]):
        assert keys.digest(*parts) != keys.digest(*other)


@MANY
@given(at=st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)), by=st.integers(1, 10**12))  # noqa: DTZ001  the bounds of a strategy
def test_moments_in_keys_sort_as_they_come(at: datetime, by: int) -> None:
    later = at + timedelta(microseconds=by)
    assert keys.stamp(at) < keys.stamp(later)
    assert keys.unstamp(keys.stamp(at)) == at
