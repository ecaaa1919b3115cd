"""DynamoDB's transactions: all writes or none, whatever the table holds."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAWS

pytestmark = pytest.mark.contract


@pytest.fixture
def table(aws: LocalAWS) -> Any:
    client = aws.client("dynamodb")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return client


def _put(sk: str, value: str = "new", **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "t", "Item": {"pk": {"S": "p"}, "sk": {"S": sk}, "v": {"S": value}}, **more}}


def _update(sk: str, **more: Any) -> dict[str, Any]:
    change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "changed"}}}
    return {"Update": {"TableName": "t", "Key": {"pk": {"S": "p"}, "sk": {"S": sk}}, **change, **more}}


def _delete(sk: str) -> dict[str, Any]:
    return {"Delete": {"TableName": "t", "Key": {"pk": {"S": "p"}, "sk": {"S": sk}}}}


def _content(table: Any) -> dict[str, str]:
    return {item["sk"]["S"]: item["v"]["S"] for item in table.scan(TableName="t")["Items"]}


def test_all_writes_of_a_transaction_are_made(table: Any) -> None:
    table.transact_write_items(TransactItems=[_put("a", "old"), _put("b", "old"), _put("c", "old")])
    table.transact_write_items(TransactItems=[_put("d"), _update("a"), _delete("b")])
    assert _content(table) == {"a": "changed", "c": "old", "d": "new"}


def test_one_condition_that_fails_undoes_all(table: Any) -> None:
    table.transact_write_items(TransactItems=[_put("a", "old"), _put("b", "old"), _put("c", "old")])
    before = _content(table)
    failing = _put("c", ConditionExpression="attribute_not_exists(pk)")
    with pytest.raises(ClientError) as refused:
        table.transact_write_items(TransactItems=[_put("d"), _update("a"), _delete("b"), failing])
    assert refused.value.response["CancellationReasons"][3]["Code"] == "ConditionalCheckFailed"
    assert _content(table) == before


def test_the_same_item_twice_is_refused(table: Any) -> None:
    with pytest.raises(ClientError, match="multiple operations on one item"):
        table.transact_write_items(TransactItems=[_put("a"), _delete("a")])
    assert _content(table) == {}


def test_a_query_sees_its_partition_and_its_prefix_page_by_page(table: Any) -> None:
    for sk in ("a#1", "a#2", "b#1", "a#3", "c"):
        table.put_item(TableName="t", Item=_put(sk)["Put"]["Item"])
    table.put_item(TableName="t", Item=_put("a#1")["Put"]["Item"] | {"pk": {"S": "other"}})

    def query(prefix: str, **more: Any) -> list[str]:
        values = {":p": {"S": "p"}, ":s": {"S": prefix}}
        pages = table.get_paginator("query").paginate(
            TableName="t",
            KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
            ExpressionAttributeValues=values,
            **more,
        )
        return [item["sk"]["S"] for page in pages for item in page["Items"]]

    assert query("a#") == query("a#", PaginationConfig={"PageSize": 1}) == ["a#1", "a#2", "a#3"]
    assert query("a#", ScanIndexForward=False) == ["a#3", "a#2", "a#1"]
    assert query("d") == []


def test_a_query_of_an_index_sees_all_partitions(table: Any) -> None:
    index = {
        "IndexName": "by-v",
        "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("v", "sk")]
    table.update_table(TableName="t", AttributeDefinitions=types, GlobalSecondaryIndexUpdates=[{"Create": index}])
    for pk in ("p", "q"):
        table.put_item(TableName="t", Item=_put("a")["Put"]["Item"] | {"pk": {"S": pk}})
    found = table.query(
        TableName="t",
        IndexName="by-v",
        KeyConditionExpression="v = :v AND begins_with(sk, :s)",
        ExpressionAttributeValues={":v": {"S": "new"}, ":s": {"S": "a"}},
    )
    assert {item["pk"]["S"] for item in found["Items"]} == {"p", "q"}


def test_values_of_every_type_come_back_as_they_were(table: Any) -> None:
    item = {
        "pk": {"S": "p"},
        "sk": {"S": "all"},
        "number": {"N": "1.5"},
        "flag": {"BOOL": True},
        "nothing": {"NULL": True},
        "bytes": {"B": b"\x00\xff"},
        "texts": {"SS": ["a", "b"]},
        "list": {"L": [{"S": "x"}, {"N": "1"}, {"B": b"\x01"}]},
        "map": {"M": {"inner": {"M": {"deep": {"B": b"\x02"}}}, "empty": {"S": ""}}},
    }
    table.put_item(TableName="t", Item=item)
    key = {name: item[name] for name in ("pk", "sk")}
    assert table.get_item(TableName="t", Key=key)["Item"] == item


def test_a_transaction_costs_the_same_in_a_full_table(table: Any) -> None:
    def seconds() -> float:
        start = time.process_time()
        for number in range(20):
            table.transact_write_items(TransactItems=[_put(f"x{number}"), _update(f"y{number}")])
        return time.process_time() - start

    empty = seconds()
    for number in range(0, 2000, 25):
        puts = [{"PutRequest": {"Item": _put(f"z{number + n}")["Put"]["Item"]}} for n in range(25)]
        table.batch_write_item(RequestItems={"t": puts})
    assert seconds() < 5 * empty
