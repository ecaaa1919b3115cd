"""EventBridge: who may send what, and how events travel, fail and are buried."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import Delivery, LocalAWS, Mode

pytestmark = pytest.mark.contract


def told(aws: LocalAWS) -> list[dict[str, Any]]:
    """Events but for those of the stack's own alarm, which was made."""
    return [event for event in aws.events if event["source"] != "aws.cloudwatch"]


def _put(aws: LocalAWS, **entry: Any) -> dict[str, Any]:
    full = {"Source": "keeper", "DetailType": "Kept", "Detail": "{}", "EventBusName": "keep"} | entry
    answer: dict[str, Any] = aws.client("events").put_events(Entries=[full])
    return answer


def _drop(aws: LocalAWS, inbox: str, *names: str) -> None:
    for name in names:
        aws.client("s3").put_object(Bucket=inbox, Key=f"inbox/{name}", Body=b"x")


def _kept(aws: LocalAWS) -> list[str]:
    items = aws.client("dynamodb").scan(TableName="keep")["Items"]
    return sorted(item["sk"]["S"] for item in items if item["pk"]["S"] == "object")


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({"Source": "aws.sagemaker"}, "NotAuthorizedForSourceException", id="forged"),
        pytest.param({"Detail": "{"}, "MalformedDetail", id="broken-json"),
        pytest.param({"Detail": "[]"}, "MalformedDetail", id="not-an-object"),
        pytest.param({"Source": ""}, "InvalidArgument", id="no-source"),
    ],
)
def test_put_events_refuses_entry_by_entry(aws: LocalAWS, entry: dict[str, str], code: str) -> None:
    answer = _put(aws, **entry)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    aws.settle()
    assert told(aws) == []


def test_an_event_of_ours_reaches_topic_and_function(aws: LocalAWS) -> None:
    _put(aws, Detail='{"model": "churn"}')
    aws.settle()
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-topic"
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"model": "churn"}
    assert aws.logs("keep-direct").count("START") == 1


def test_an_event_reaches_the_rules_of_its_own_bus_alone(aws: LocalAWS) -> None:
    _put(aws, EventBusName="default")
    aws.settle()
    assert len(told(aws)) == 1
    assert aws.logs("keep-direct") == ""


def test_a_rule_of_a_client_delivers(aws: LocalAWS) -> None:
    events, sqs = aws.client("events"), aws.client("sqs")
    arn = events.put_rule(Name="mine", EventPattern=json.dumps({"source": [{"prefix": "my"}]}))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:123456789012:mine",
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName="mine", Attributes={"Policy": policy})["QueueUrl"]
    events.put_targets(Rule="mine", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:123456789012:mine"}])
    _put(aws, EventBusName="default", Source="my.app")
    aws.settle()
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    events.disable_rule(Name="mine")
    _put(aws, EventBusName="default", Source="my.app")
    aws.settle()
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


@pytest.mark.parametrize("key", ["InputTransformer", "InputPath"])
def test_what_a_delivery_would_ignore_is_refused(aws: LocalAWS, key: str) -> None:
    value: Any = {"InputTemplate": '"x"'} if key == "InputTransformer" else "$.detail"
    events = aws.client("events")
    events.put_rule(Name="mine", EventPattern='{"source": ["x"]}')
    with pytest.raises(ClientError, match="NotImplemented"):
        events.put_targets(Rule="mine", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:us-east-1:1:q", key: value}])


def test_patterns_can_be_tried(aws: LocalAWS) -> None:
    events = aws.client("events")
    pattern = json.dumps({"detail": {"status": [{"anything-but": ["Executing"]}]}})
    for status, expected in (("Failed", True), ("Executing", False)):
        event = json.dumps({"detail": {"status": status}})
        assert events.test_event_pattern(EventPattern=pattern, Event=event)["Result"] is expected


def test_a_throttled_target_is_tried_again_with_longer_pauses(aws: LocalAWS, inbox: str) -> None:
    fault = aws.faults.add(caller="events.amazonaws.com", operation="SendMessage", times=2)
    _drop(aws, inbox, "a")
    aws.settle()
    assert _kept(aws) == []
    aws.advance(timedelta(seconds=5))
    assert (_kept(aws), fault.hits) == (["inbox/a"], 2)


def test_retries_end_in_the_rules_dead_letter_queue(aws: LocalAWS, inbox: str) -> None:
    aws.faults.add(
        lambda call: call.path.endswith("keep-arrivals"), Mode.SERVER_ERROR_BEFORE, caller="events.amazonaws.com"
    )
    _drop(aws, inbox, "a")
    aws.advance(timedelta(minutes=5))
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-rule-dlq"
    (letter,) = aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes["RETRY_ATTEMPTS"] == "2"
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["TARGET_ARN"].endswith(":keep-arrivals")
    assert json.loads(letter["Body"])["detail"]["object"]["key"] == "inbox/a"


def test_a_missing_target_is_buried_at_once(aws: LocalAWS, inbox: str) -> None:
    aws.client("sqs").delete_queue(QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/keep-arrivals")
    _drop(aws, inbox, "a")
    aws.settle()
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/keep-rule-dlq"
    (letter,) = aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert "NonExistentQueue" in letter["MessageAttributes"]["ERROR_CODE"]["StringValue"]


def test_dropped_events_are_lost(aws: LocalAWS, inbox: str) -> None:
    aws.drop_events(source="aws.s3")
    _drop(aws, inbox, "a")
    aws.advance(timedelta(hours=1))
    assert _kept(aws) == []
    assert [event for event in aws.events if event["source"] == "aws.s3"] == []


def test_duplicated_events_keep_their_id(aws: LocalAWS, inbox: str) -> None:
    aws.duplicate_events()
    _drop(aws, inbox, "a")
    aws.settle()
    one, two = told(aws)
    assert one["id"] == two["id"]


def test_a_delay_changes_the_order(aws: LocalAWS, inbox: str) -> None:
    def late(event: dict[str, Any]) -> Delivery | None:
        return Delivery(delay=60) if event["detail"].get("object", {}).get("key") == "inbox/first" else None

    aws.on_event(late)
    _drop(aws, inbox, "first", "second")
    aws.advance(timedelta(minutes=2))
    keys = [event["detail"]["object"]["key"] for event in aws.events if event["source"] == "aws.s3"]
    assert keys == ["inbox/second", "inbox/first"]
