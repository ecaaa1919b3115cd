"""Keeps what arrives in the table, and fails where the test's event or item says so."""

import functools
import json
import os
import sys
from typing import Any

import boto3


@functools.cache
def _dynamodb() -> Any:
    return boto3.resource("dynamodb")


def _table() -> Any:
    return _dynamodb().Table(os.environ["TABLE_NAME"])


def from_queue(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Puts one item a record; a body whose key holds "bad" is reported, one with "boom" raises."""
    failures = []
    for record in event["Records"]:
        key = _key(json.loads(record["body"]))
        sys.stdout.write(json.dumps({"key": key, "request": context.aws_request_id}) + "\n")
        if "boom" in key:
            raise RuntimeError(key)
        if "bad" in key:
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        count = int(record["attributes"]["ApproximateReceiveCount"])
        _table().put_item(Item={"pk": "object", "sk": key, "count": count})
    return {"batchItemFailures": failures}


def _key(body: dict[str, Any]) -> str:
    return str(body["detail"]["object"]["key"] if "detail" in body else body["key"])


def from_fifo(event: dict[str, Any], context: Any) -> None:
    """Appends the body to the group's line; raises while the item `fail` of the group says so."""
    (record,) = event["Records"]
    group = record["attributes"]["MessageGroupId"]
    if _table().get_item(Key={"pk": "fail", "sk": group}).get("Item"):
        raise RuntimeError(f"{group} fails")
    _table().update_item(
        Key={"pk": "line", "sk": group},
        UpdateExpression="SET line = list_append(if_not_exists(line, :none), :body)",
        ExpressionAttributeValues={":none": [], ":body": [record["body"]]},
    )


def tick(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Counts its firings, and answers what the item `answer` holds."""
    key = {"pk": "tick", "sk": "tick"}
    values = {":one": 1, ":at": event.get("at", "")}
    _table().update_item(Key=key, UpdateExpression="ADD n :one SET latest = :at", ExpressionAttributeValues=values)
    item = _table().get_item(Key={"pk": "tick", "sk": "answer"}).get("Item", {})
    return {"idle_until": item["idle_until"]} if item else {}


def by_url(event: dict[str, Any], context: Any) -> Any:
    """Answers the event, or what the request's body says."""
    asked = json.loads(event["body"]) if event.get("body", "").startswith("{") else {}
    if "raise" in asked:
        raise ValueError(asked["raise"])
    return asked.get("answer", event)


def direct(event: dict[str, Any], context: Any) -> Any:
    """Answers, raises or dies as the event says."""
    if event.get("raise"):
        raise ValueError(event["raise"])
    if event.get("print"):
        sys.stdout.write(event["print"] + "\n")
    return {
        "got": event,
        "name": context.function_name,
        "stack": os.environ["STACK"],
        "caller": boto3.client("sts").get_caller_identity()["Account"],
        "session": boto3.Session().client("sts").get_caller_identity()["Account"],
        "left": context.get_remaining_time_in_millis() > 0,
    }
