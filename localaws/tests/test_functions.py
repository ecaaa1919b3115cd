"""Functions: what a caller gets, what becomes of failures, whose credentials they have."""

import json
import os
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS, Mode

pytestmark = pytest.mark.contract


def _receive(aws: LocalAWS, queue: str) -> list[dict[str, Any]]:
    url = f"https://sqs.us-east-1.amazonaws.com/123456789012/{queue}"
    found = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return list(found.get("Messages", []))


def _async(aws: LocalAWS, event: dict[str, Any]) -> None:
    aws.client("lambda").invoke(FunctionName="keep-direct", InvocationType="Event", Payload=json.dumps(event))


def test_invoke_answers_what_the_handler_answers(aws: LocalAWS) -> None:
    answer = aws.client("lambda").invoke(FunctionName="keep-direct", Payload=json.dumps({"x": 1}), LogType="Tail")
    payload = json.loads(answer["Payload"].read())
    assert payload.pop("caller") == payload.pop("session") == aws.account
    assert payload == {"got": {"x": 1}, "name": "keep-direct", "stack": "keep", "left": True}
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)
    assert answer["LogResult"]


def test_an_exception_is_a_payload_with_function_error(aws: LocalAWS) -> None:
    answer = aws.client("lambda").invoke(FunctionName="keep-direct", Payload=json.dumps({"raise": "no"}))
    payload = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no")
    assert "app.py" in payload["stackTrace"][0]
    assert "ValueError: no" in aws.logs("keep-direct")


def test_an_unknown_function_is_not_found(aws: LocalAWS) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("lambda").invoke(FunctionName="nobody")


def test_asynchronous_failures_are_tried_after_one_and_two_minutes_then_buried(aws: LocalAWS) -> None:
    _async(aws, {"raise": "no"})
    aws.settle()
    assert aws.logs("keep-direct").count("START") == 1
    aws.advance(timedelta(seconds=59))
    assert aws.logs("keep-direct").count("START") == 1
    aws.advance(timedelta(seconds=2))
    assert aws.logs("keep-direct").count("START") == 2
    aws.advance(timedelta(seconds=118))
    assert aws.logs("keep-direct").count("START") == 2
    aws.advance(timedelta(seconds=3))
    assert aws.logs("keep-direct").count("START") == 3
    aws.advance(timedelta(hours=1))
    assert aws.logs("keep-direct").count("START") == 3


def test_what_is_buried_has_the_real_envelopes(aws: LocalAWS) -> None:
    _async(aws, {"raise": "no"})
    aws.advance(timedelta(minutes=4))
    (destination,) = _receive(aws, "keep-failures")
    record = json.loads(destination["Body"])
    assert record["requestPayload"] == {"raise": "no"}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorMessage"] == "no"
    (letter,) = _receive(aws, "keep-rule-dlq")
    assert json.loads(letter["Body"]) == {"raise": "no"}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_a_crash_is_an_error_that_no_handler_sees(aws: LocalAWS) -> None:
    aws.faults.add(caller="keep-direct", service="sts", action=Mode.CRASH_BEFORE)
    answer = aws.client("lambda").invoke(FunctionName="keep-direct", Payload=b"{}")
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.ExitError"


def test_calls_carry_their_function_and_the_default_session_is_left_alone(aws: LocalAWS) -> None:
    before = boto3.DEFAULT_SESSION
    aws.client("lambda").invoke(FunctionName="keep-direct", Payload=b"{}")
    assert aws.calls.count(operation="GetCallerIdentity", caller="keep-direct") == 2
    assert boto3.DEFAULT_SESSION is before
    assert "STACK" not in os.environ


def test_functions_and_mappings_are_listed(aws: LocalAWS) -> None:
    client = aws.client("lambda")
    names = [function["FunctionName"] for function in client.list_functions()["Functions"]]
    assert names == ["keep-from-queue", "keep-from-fifo", "keep-tick", "keep-direct"]
    assert client.get_function(FunctionName="keep-tick")["Configuration"]["Handler"] == "keeper.app.tick"
    assert client.get_function_configuration(FunctionName="keep-tick")["Timeout"] == 20
    (mapping,) = client.list_event_source_mappings(FunctionName="keep-from-queue")["EventSourceMappings"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
