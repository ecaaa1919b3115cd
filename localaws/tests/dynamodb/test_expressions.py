"""DynamoDB's expressions: what they mean, what is refused, and that a refused write changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract
KEY = {"pk": {"S": "p"}, "sk": {"N": "1"}}
ITEM = KEY | {
    "n": {"N": "5"},
    "s": {"S": "text"},
    "b": {"BOOL": True},
    "l": {"L": [{"S": "a"}, {"N": "1"}, {"S": "c"}]},
    "m": {"M": {"deep": {"N": "2"}, "list": {"L": [{"S": "x"}]}}},
    "ss": {"SS": ["x", "y"]},
}
Ask = Callable[..., Any]


@pytest.fixture
def table(aws: LocalAWS) -> Any:
    client = aws.client("dynamodb")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-n",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["s"]},
            }
        ],
    )
    client.put_item(TableName="t", Item=ITEM)
    return client


def _names(text: str) -> dict[str, Any]:
    """`#list` stands for `list`: names that are reserved words."""
    found = {token: token[1:] for token in text.replace(".", " ").replace("[", " ").split() if token[0] == "#"}
    return {"ExpressionAttributeNames": found} if found else {}


def _values(values: dict[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        pytest.param("n = :v", {"v": {"N": "5.0"}}, True, id="numbers-in-any-spelling"),
        pytest.param("n < :v", {"v": {"N": "10"}}, True, id="numbers-are-not-texts"),
        pytest.param("n < :v", {"v": {"S": "9"}}, False, id="other-types-are-not-less"),
        pytest.param("s > :v", {"v": {"S": "tex"}}, True, id="texts"),
        pytest.param("ss = :v", {"v": {"SS": ["y", "x"]}}, True, id="sets-have-no-order"),
        pytest.param("absent = :v", {"v": {"S": ""}}, False, id="what-is-absent-equals-nothing"),
        pytest.param("absent <> :v", {"v": {"S": "x"}}, True, id="and-differs-from-all"),
        pytest.param(
            "n BETWEEN :low AND :high", {"low": {"N": "5"}, "high": {"N": "5"}}, True, id="between-has-its-ends"
        ),
        pytest.param("s IN (:a, :b)", {"a": {"S": "x"}, "b": {"S": "text"}}, True, id="in"),
        pytest.param("attribute_exists(m.deep)", {}, True, id="exists-inside"),
        pytest.param("attribute_not_exists(m.elsewhere)", {}, True, id="not-exists-inside"),
        pytest.param("attribute_type(l, :v)", {"v": {"S": "L"}}, True, id="type"),
        pytest.param("begins_with(s, :v)", {"v": {"S": "te"}}, True, id="begins"),
        pytest.param("contains(ss, :v)", {"v": {"S": "y"}}, True, id="a-set-contains"),
        pytest.param("contains(s, :v)", {"v": {"S": "ex"}}, True, id="a-text-contains"),
        pytest.param("contains(l, :v)", {"v": {"N": "1"}}, True, id="a-list-contains"),
        pytest.param("size(l) = :v AND size(s) > :v", {"v": {"N": "3"}}, True, id="sizes"),
        pytest.param("l[1] = :v", {"v": {"N": "1"}}, True, id="place-in-a-list"),
        pytest.param("n = :v OR n = :w AND s = :v", {"v": {"N": "5"}, "w": {"N": "6"}}, True, id="and-before-or"),
        pytest.param("NOT n = :v or b = :t", {"v": {"N": "5"}, "t": {"BOOL": False}}, False, id="not-before-or"),
        pytest.param("NOT (n = :v AND b = :t)", {"v": {"N": "5"}, "t": {"BOOL": False}}, True, id="parentheses"),
    ],
)
def test_a_condition_means_what_the_guide_says(table: Any, text: str, values: dict[str, Any], holds: bool) -> None:
    """DynamoDB Developer Guide, condition and filter expressions, operators, and functions."""
    request = {"TableName": "t", "Key": KEY, "ConditionExpression": text, **_values(values)}
    if holds:
        table.delete_item(**request)
        assert "Item" not in table.get_item(TableName="t", Key=KEY)
        return
    with pytest.raises(ClientError) as failed:
        table.delete_item(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failed.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert failed.value.response["Item"] == ITEM == table.get_item(TableName="t", Key=KEY)["Item"]


ONE = {"one": {"N": "1"}}


@pytest.mark.parametrize(
    ("text", "values", "changed"),
    [
        pytest.param("SET n = n + :one", ONE, {"n": {"N": "6"}}, id="sum"),
        pytest.param("SET n = :one - n, s = :one", ONE, {"n": {"N": "-4"}, "s": {"N": "1"}}, id="difference"),
        pytest.param("SET a = n, n = :one", ONE, {"a": {"N": "5"}, "n": {"N": "1"}}, id="reads-what-was"),
        pytest.param("SET a = if_not_exists(a, :one) + :one", ONE, {"a": {"N": "2"}}, id="if-not-exists"),
        pytest.param(
            "SET a = list_append(:l, l)",
            {"l": {"L": [{"S": "z"}]}},
            {"a": {"L": [{"S": "z"}, *ITEM["l"]["L"]]}},
            id="append",
        ),
        pytest.param("SET m.deep = :one", ONE, {"m": {"M": ITEM["m"]["M"] | {"deep": {"N": "1"}}}}, id="inside-a-map"),
        pytest.param("SET l[9] = :one", ONE, {"l": {"L": [*ITEM["l"]["L"], {"N": "1"}]}}, id="past-the-end-of-a-list"),
        pytest.param("REMOVE l[0], l[1]", {}, {"l": {"L": [{"S": "c"}]}}, id="places-as-they-were"),
        pytest.param("REMOVE m.#list[0]", {}, {"m": {"M": ITEM["m"]["M"] | {"list": {"L": []}}}}, id="deep-inside"),
        pytest.param("ADD n :one, a :one", ONE, {"n": {"N": "6"}, "a": {"N": "1"}}, id="add-makes-what-is-absent"),
        pytest.param("ADD ss :s", {"s": {"SS": ["z", "x"]}}, {"ss": {"SS": ["x", "y", "z"]}}, id="add-to-a-set"),
        pytest.param("DELETE ss :s", {"s": {"SS": ["x"]}}, {"ss": {"SS": ["y"]}}, id="delete-of-a-set"),
        pytest.param("DELETE ss :s", {"s": {"SS": ["x", "y"]}}, {"ss": None}, id="no-set-is-empty"),
        pytest.param("set n = :one remove s", ONE, {"n": {"N": "1"}, "s": None}, id="in-small-letters"),
    ],
)
def test_an_update_does_what_the_guide_says(
    table: Any, text: str, values: dict[str, Any], changed: dict[str, Any]
) -> None:
    """DynamoDB Developer Guide, update expressions."""
    request = {"TableName": "t", "Key": KEY, "UpdateExpression": text, **_values(values), **_names(text)}
    answer = table.update_item(**request, ReturnValues="ALL_NEW")["Attributes"]
    wanted = {name: value for name, value in (ITEM | changed).items() if value is not None}
    assert {name: _sorted(value) for name, value in answer.items()} == wanted
    assert table.get_item(TableName="t", Key=KEY)["Item"] == answer


def _sorted(value: dict[str, Any]) -> dict[str, Any]:
    return {"SS": sorted(value["SS"])} if "SS" in value else value


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        pytest.param("SET pk = :v", {"v": {"S": "x"}}, "Cannot update attribute pk", id="key"),
        pytest.param("SET a = absent", {}, "attribute that does not exist", id="absent-operand"),
        pytest.param("SET a = s + :v", {"v": {"N": "1"}}, "incorrect data type", id="sum-of-a-text"),
        pytest.param("SET a.b = :v", {"v": {"S": "x"}}, "document path provided", id="no-such-path"),
        pytest.param("SET a = :v, a = :v", {"v": {"S": "x"}}, "paths overlap", id="twice"),
        pytest.param("SET m = :v, m.deep = :v", {"v": {"S": "x"}}, "paths overlap", id="one-inside-the-other"),
        pytest.param("SET name = :v", {"v": {"S": "x"}}, "reserved keyword: name", id="reserved"),
        pytest.param("SET a = :w", {"v": {"S": "x"}}, "not defined; attribute value: :w", id="undefined"),
        pytest.param(
            "SET a = :v", {"v": {"S": "x"}, "w": {"S": "x"}}, "unused in expressions: keys: {:w}", id="unused"
        ),
        pytest.param("SET a :v", {"v": {"S": "x"}}, "Syntax error", id="syntax"),
        pytest.param("SET a = :v SET b = :v", {"v": {"S": "x"}}, "only be used once", id="clause-twice"),
        pytest.param("ADD s :v", {"v": {"N": "1"}}, "incorrect data type", id="add-to-a-text"),
        pytest.param("SET n = :v", {"v": {"S": "x"}}, "Type mismatch for Index Key n", id="key-of-an-index"),
        pytest.param("SET a = :v", {"v": {"N": "1" * 39}}, "38 significant digits", id="long-number"),
        pytest.param("SET a = :v", {"v": {"S": "x" * 410_000}}, "Item size to update has exceeded", id="too-large"),
    ],
)
def test_an_update_that_is_not_right_changes_nothing(
    table: Any, text: str, values: dict[str, Any], message: str
) -> None:
    """DynamoDB Developer Guide, update expressions, reserved words, and quotas."""
    with pytest.raises(ClientError, match=message.replace("{", "\\{")) as refused:
        table.update_item(TableName="t", Key=KEY, UpdateExpression=text, **_values(values))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert table.get_item(TableName="t", Key=KEY)["Item"] == ITEM


@pytest.mark.parametrize(
    ("condition", "values", "numbers"),
    [
        pytest.param("sk > :v", {"v": {"N": "9"}}, [10, 11], id="greater"),
        pytest.param("sk <= :v", {"v": {"N": "9"}}, [1, 2, 9], id="less"),
        pytest.param("sk BETWEEN :v AND :w", {"v": {"N": "2"}, "w": {"N": "10"}}, [2, 9, 10], id="between"),
        pytest.param("sk = :v", {"v": {"N": "2.0"}}, [2], id="equal"),
    ],
)
def test_numbers_of_a_range_key_are_in_order(
    table: Any, condition: str, values: dict[str, Any], numbers: list[int]
) -> None:
    """DynamoDB API reference, Query: numeric order for numbers; Limit is of what is looked at, before the filter."""
    for number in (10, 2, 11, 9):
        table.put_item(TableName="t", Item={"pk": {"S": "p"}, "sk": {"N": str(number)}})

    def found(**more: Any) -> list[int]:
        request = {"TableName": "t", "KeyConditionExpression": f"pk = :p AND {condition}", **more}
        pages = table.get_paginator("query").paginate(**request, **_values({"p": {"S": "p"}, **values}))
        return [int(item["sk"]["N"]) for page in pages for item in page["Items"]]

    assert found() == found(PaginationConfig={"PageSize": 1}) == numbers
    assert found(ScanIndexForward=False, PaginationConfig={"PageSize": 2}) == numbers[::-1]
    assert found(FilterExpression="attribute_exists(n)", PaginationConfig={"PageSize": 1}) == numbers[: numbers[0] == 1]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param({"KeyConditionExpression": "sk = :n"}, "missed key schema element: pk", id="no-hash-key"),
        pytest.param({"KeyConditionExpression": "pk > :s"}, "key condition not supported", id="hash-key-greater"),
        pytest.param({"KeyConditionExpression": "pk = :n"}, "does not match schema type", id="other-type"),
        pytest.param(
            {"KeyConditionExpression": "pk = :s", "IndexName": "none"}, "specified index: none", id="no-such-index"
        ),
        pytest.param(
            {"KeyConditionExpression": "pk = :s", "IndexName": "by-n", "ConsistentRead": True},
            "not supported on global secondary",
            id="consistent-index",
        ),
    ],
)
def test_a_query_that_is_not_right_is_refused(table: Any, request_: dict[str, Any], message: str) -> None:
    """DynamoDB API reference, Query."""
    values = {":n": {"N": "1"}} if ":n" in request_["KeyConditionExpression"] else {":s": {"S": "p"}}
    with pytest.raises(ClientError, match=message):
        table.query(TableName="t", ExpressionAttributeValues=values, **request_)


def test_an_index_shows_what_it_projects_of_what_has_its_keys(table: Any) -> None:
    """DynamoDB Developer Guide, global secondary indexes: sparse; INCLUDE shows keys and the attributes named."""
    table.put_item(TableName="t", Item={"pk": {"S": "p"}, "sk": {"N": "2"}})
    by = {"KeyConditionExpression": "pk = :p", **_values({"p": {"S": "p"}}), "IndexName": "by-n"}
    assert table.query(TableName="t", **by)["Items"] == [{name: ITEM[name] for name in ("pk", "sk", "n", "s")}]
    table.update_item(TableName="t", Key=KEY, UpdateExpression="REMOVE n")
    assert table.query(TableName="t", **by)["Items"] == []


def test_a_projection_keeps_the_way_to_what_it_names(table: Any) -> None:
    """DynamoDB Developer Guide, projection expressions."""
    text = "m.#list[0], l[2], n, absent"
    found = table.get_item(TableName="t", Key=KEY, ProjectionExpression=text, **_names(text))["Item"]
    assert found == {"m": {"M": {"list": {"L": [{"S": "x"}]}}}, "l": {"L": [{"S": "c"}]}, "n": {"N": "5"}}


def test_a_transaction_is_carried_out_once_for_its_token(table: Any, aws: LocalAWS) -> None:
    """DynamoDB API reference, TransactWriteItems: ClientRequestToken holds for ten minutes."""
    add = {"TableName": "t", "Key": KEY, "UpdateExpression": "ADD n :one", **_values(ONE)}
    for _ in range(2):
        table.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="once")
    assert table.get_item(TableName="t", Key=KEY)["Item"]["n"] == {"N": "6"}
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        table.transact_write_items(
            TransactItems=[{"Delete": {"TableName": "t", "Key": KEY}}], ClientRequestToken="once"
        )
    aws.world.clock.jump_to(aws.world.clock.timestamp() + 601)
    table.transact_write_items(TransactItems=[{"Update": add}], ClientRequestToken="once")
    assert table.get_item(TableName="t", Key=KEY)["Item"]["n"] == {"N": "7"}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        pytest.param({"pk": {"S": "p"}}, "Missing the key sk", id="no-range-key"),
        pytest.param({"pk": {"S": ""}, "sk": {"N": "1"}}, "cannot contain an empty string", id="empty-key"),
        pytest.param({"pk": {"S": "p"}, "sk": {"S": "1"}}, "expected: N actual: S", id="type-of-a-key"),
        pytest.param({"pk": {"S": "p" * 2049}, "sk": {"N": "1"}}, "size limit of 2048", id="long-key"),
        pytest.param(KEY | {"x": {"SS": []}}, "may not be empty", id="empty-set"),
        pytest.param(KEY | {"x": {"SS": ["a", "a"]}}, "contains duplicates", id="duplicates"),
        pytest.param(KEY | {"x": {"N": "one"}}, "cannot be converted to a numeric value", id="no-number"),
        pytest.param(KEY | {"x": {"S": "x" * 410_000}}, "Item size has exceeded", id="too-large"),
    ],
)
def test_an_item_that_is_not_right_is_refused(table: Any, item: dict[str, Any], message: str) -> None:
    """DynamoDB Developer Guide, naming rules, data types and quotas."""
    with pytest.raises(ClientError, match=message):
        table.put_item(TableName="t", Item=item)
    assert table.scan(TableName="t", Select="COUNT")["Count"] == 1


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        pytest.param("scan", {"Segment": 0, "TotalSegments": 2}, id="segments"),
        pytest.param("scan", {"ReturnConsumedCapacity": "TOTAL"}, id="capacity"),
        pytest.param("scan", {"AttributesToGet": ["pk"]}, id="older-parameters"),
        pytest.param("batch_get_item", {}, id="operation"),
    ],
)
def test_what_is_not_emulated_says_so(table: Any, operation: str, more: dict[str, Any]) -> None:
    asked = {"RequestItems": {"t": {"Keys": [KEY]}}} if operation == "batch_get_item" else {"TableName": "t"}
    with pytest.raises(ClientError, match="NotImplemented"):
        getattr(table, operation)(**asked, **more)
