"""Queues as event sources: batches, partial failures, visibility, redrive, first in first out."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws import LocalAWS
from localaws.functions.model import Outcome
from localaws.pollers import failures, record

pytestmark = pytest.mark.contract

ARRIVALS = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-arrivals"
LINE = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-line.fifo"
VISIBILITY = timedelta(seconds=121)


def _send(aws: LocalAWS, *keys: str) -> None:
    sqs = aws.client("sqs")
    for key in keys:
        sqs.send_message(QueueUrl=ARRIVALS, MessageBody=json.dumps({"key": key}))


def _kept(aws: LocalAWS) -> dict[str, int]:
    items = aws.client("dynamodb").query(
        TableName="keep",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "object"}},
    )["Items"]
    return {item["sk"]["S"]: int(item["count"]["N"]) for item in items}


def _count(aws: LocalAWS, queue: str) -> int:
    url = f"https://sqs.us-east-1.amazonaws.com/123456789012/{queue}"
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(map(int, attributes.values()))


def test_batches_are_filled_and_handled_messages_are_gone(aws: LocalAWS) -> None:
    _send(aws, *(f"k{number}" for number in range(25)))
    aws.settle()
    assert len(_kept(aws)) == 25
    assert aws.logs("keep-from-queue").count("START") == 3
    assert _count(aws, "keep-arrivals") == 0


def test_a_reported_message_alone_comes_back_and_ends_in_the_dead_letter_queue(aws: LocalAWS) -> None:
    _send(aws, "good", "bad")
    aws.settle()
    assert _kept(aws) == {"good": 1}
    assert _count(aws, "keep-arrivals") == 1
    for attempts in (2, 3):
        aws.advance(VISIBILITY)
        assert aws.logs("keep-from-queue").count('"key": "bad"') == attempts
    aws.advance(VISIBILITY)
    assert aws.logs("keep-from-queue").count('"key": "bad"') == 3
    assert (_count(aws, "keep-arrivals"), _count(aws, "keep-arrivals-dlq")) == (0, 1)


def test_an_exception_brings_the_whole_batch_back(aws: LocalAWS) -> None:
    _send(aws, "good", "boom")
    aws.settle()
    assert _count(aws, "keep-arrivals") == 2
    aws.advance(VISIBILITY)
    assert _kept(aws) == {"good": 2}


def test_nothing_comes_back_before_its_visibility_ends(aws: LocalAWS) -> None:
    _send(aws, "bad")
    aws.settle()
    aws.advance(timedelta(seconds=115))
    assert aws.logs("keep-from-queue").count("START") == 1
    aws.advance(timedelta(seconds=6))
    assert aws.logs("keep-from-queue").count("START") == 2


def test_a_delayed_message_waits(aws: LocalAWS) -> None:
    aws.client("sqs").send_message(QueueUrl=ARRIVALS, MessageBody='{"key": "late"}', DelaySeconds=60)
    aws.settle()
    assert _kept(aws) == {}
    aws.advance(timedelta(seconds=61))
    assert _kept(aws) == {"late": 1}


def _enqueue(aws: LocalAWS, group: str, body: str) -> None:
    aws.client("sqs").send_message(
        QueueUrl=LINE, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=f"{group}-{body}"
    )


def _line(aws: LocalAWS, group: str) -> list[str]:
    key = {"pk": {"S": "line"}, "sk": {"S": group}}
    item = aws.client("dynamodb").get_item(TableName="keep", Key=key).get("Item", {"line": {"L": []}})
    return [entry["S"] for entry in item["line"]["L"]]


def test_a_failed_message_blocks_its_group_alone_until_its_visibility_ends(aws: LocalAWS) -> None:
    key: dict[str, Any] = {"pk": {"S": "fail"}, "sk": {"S": "one"}}
    aws.client("dynamodb").put_item(TableName="keep", Item=key)
    for body in ("a", "b"):
        _enqueue(aws, "one", body)
        _enqueue(aws, "two", body)
    aws.settle()
    assert (_line(aws, "one"), _line(aws, "two")) == ([], ["a", "b"])
    aws.client("dynamodb").delete_item(TableName="keep", Key=key)
    aws.settle()
    assert _line(aws, "one") == []
    aws.advance(VISIBILITY)
    assert _line(aws, "one") == ["a", "b"]


def test_a_deduplication_id_is_swallowed_for_five_minutes_even_when_its_message_is_gone(aws: LocalAWS) -> None:
    for minutes, expected in ((0, ["same"]), (4, ["same"]), (2, ["same", "same"])):
        aws.advance(timedelta(minutes=minutes))
        aws.client("sqs").send_message(
            QueueUrl=LINE, MessageBody="same", MessageGroupId="one", MessageDeduplicationId="same"
        )
        aws.settle()
        assert _line(aws, "one") == expected


def test_record_has_what_lambda_gives(aws: LocalAWS) -> None:
    aws.pollers.mappings.clear()
    _enqueue(aws, "one", "a")
    queue = aws.queues.find("keep-line.fifo")
    (message,) = aws.queues.receive(queue, 1)
    shown = record(queue, message, "us-east-1")
    assert shown["attributes"]["MessageGroupId"] == "one"
    assert shown["attributes"]["MessageDeduplicationId"] == "one-a"
    assert shown["attributes"]["ApproximateReceiveCount"] == "1"
    assert shown["md5OfBody"] == "0cc175b9c0f1b6a831c399e269772661"
    assert shown["eventSource"] == "aws:sqs"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param(None, set(), id="nothing"),
        pytest.param({}, set(), id="empty"),
        pytest.param({"batchItemFailures": []}, set(), id="none-failed"),
        pytest.param({"batchItemFailures": None}, set(), id="null"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}, id="one"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": "x"}]}, {"a", "b"}, id="unknown-id"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}, id="empty-id"),
        pytest.param({"batchItemFailures": [{"wrong": "a"}]}, {"a", "b"}, id="wrong-key"),
        pytest.param({"statusCode": 200}, {"a", "b"}, id="no-list"),
        pytest.param("fine", {"a", "b"}, id="text"),
    ],
)
def test_partial_answers(result: Any, expected: set[str]) -> None:
    assert failures(Outcome(request_id="r", result=result), {"a", "b"}, partial=True) == expected


@given(st.sets(st.text(min_size=1), max_size=5))
def test_without_partial_answers_a_result_deletes_all_and_an_error_none(ids: set[str]) -> None:
    listed = {"batchItemFailures": [{"itemIdentifier": one} for one in ids]}
    assert failures(Outcome(request_id="r", result=listed), ids, partial=False) == set()
    assert failures(Outcome(request_id="r", error={}), ids, partial=True) == ids
