"""The S3 event as data_arrival reads it: identity, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leeway.arrivals.event import ObjectCreated, parse
from leeway.errors import Rejected

pytestmark = pytest.mark.unit
BUCKET, ACCOUNT = "leeway-inbox-123456789012-us-east-1", "123456789012"


def event(**changes: Any) -> dict[str, Any]:
    thing = {"key": "inbox/churn/a b+c=d%20e.csv", "size": 12, "etag": "e", "version-id": "v1"} | changes
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "account": ACCOUNT,
        "detail": {"bucket": {"name": BUCKET}, "object": thing},
    }


def read(document: Any) -> ObjectCreated:
    return parse(document, bucket=BUCKET, account=ACCOUNT)


def test_key_is_taken_as_it_is() -> None:
    assert read(event()).key == "inbox/churn/a b+c=d%20e.csv"


def test_the_same_object_under_another_event_is_the_same_arrival() -> None:
    first, second = read(event(sequencer="01")), read(event(sequencer="02"))

    assert first.identity("v1") == second.identity("v1")


@pytest.mark.parametrize(
    "version", [pytest.param("v2", id="next version"), pytest.param("", id="no version: the etag")]
)
def test_another_version_is_another_arrival(version: str) -> None:
    assert read(event()).identity("v1") != read(event()).identity(version)


@pytest.mark.parametrize("time", [None, 5, "yesterday", "2026-03-02T03:21:48", ["2026-03-02T03:21:48Z"]])
def test_a_time_that_is_none_is_not_known(time: Any) -> None:
    assert read(event() | {"time": time}).at is None
    assert read(event() | {"time": "2026-03-02T03:21:48Z"}).at == datetime(2026, 3, 2, 3, 21, 48, tzinfo=UTC)


@pytest.mark.parametrize("sequencer", [None, 5, "", "later", "0" * 33, "FF\n", ["FF"]])
def test_a_sequencer_that_is_none_orders_nothing(sequencer: Any) -> None:
    assert read(event(sequencer=sequencer)).sequencer == ""


def test_sequencers_are_compared_by_their_beginning_whatever_their_length() -> None:
    told = ["65E2A4C2", "65e2a4c20000000001", "65E2A4C3"]
    found = [read(event(sequencer=one)).sequencer for one in told]
    assert found == sorted(found)
    assert len(set(found)) == 3


def test_identity_does_not_run_bucket_key_and_version_together() -> None:
    first = ObjectCreated(bucket="ab", key="c", version="", etag="", size=1)
    second = ObjectCreated(bucket="a", key="bc", version="", etag="", size=1)

    assert first.identity("v") != second.identity("v")


def test_a_folder_of_the_console_is_one() -> None:
    assert read(event(key="inbox/churn/", size=0)).is_folder
    assert not read(event(key="inbox/churn/x.csv", size=0)).is_folder
    assert not read(event(key="inbox/churn/", size=1)).is_folder, "somebody gave it a content"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="array"),
        pytest.param(None, id="null"),
        pytest.param({"source": "aws.s3", "account": ACCOUNT, "detail": None}, id="null detail"),
        pytest.param(event() | {"account": "999999999999"}, id="another account"),
        pytest.param(event() | {"source": "leeway"}, id="another source"),
        pytest.param(event() | {"detail": {"bucket": {"name": BUCKET}}}, id="no object"),
        pytest.param(event() | {"detail": {"bucket": {"name": "x"}, "object": {"key": "k"}}}, id="another bucket"),
        pytest.param(event(size="many"), id="size is no number"),
        pytest.param(event(key="inbox/churn/\ud800.csv"), id="lone surrogate"),
    ],
)
def test_what_is_no_object_of_the_inbox_is_refused(document: Any) -> None:
    with pytest.raises(Rejected):
        read(document)
