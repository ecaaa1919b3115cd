"""The DynamoDB table: items by (pk, sk), conditional writes, transactions, and the sparse index of what is due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from leeway.aws.translate import translated
from leeway.errors import Unavailable

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
Item = dict[str, Any]
DUE = "due"  # the one hash key of the sparse index
BATCH = 25  # most items that BatchWriteItem takes
_write, _read = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True, kw_only=True)
class Put:
    """Write a whole item; `new` demands that no item has this key yet."""

    item: Mapping[str, Value]
    new: bool = False


@dataclass(frozen=True, kw_only=True)
class Update:
    """Set and remove attributes where each of `expect` has its value (None: is absent) and each of `differ` has not."""

    pk: str
    sk: str
    values: Mapping[str, Value]
    remove: Sequence[str] = ()
    expect: Mapping[str, Value] = field(default_factory=dict)
    differ: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Delete:
    """Delete one item, whether or not it is there."""

    pk: str
    sk: str


Write = Put | Update | Delete


class Table:
    """One table of `pk` and `sk`; every read is strongly consistent, but for `due`, which is an index."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """One item, or None."""
        with translated("DynamoDB GetItem"):
            answer = self._client.get_item(TableName=self._name, Key=_key(pk, sk), ConsistentRead=True)
        return _from(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str, prefix: str, *, newest_first: bool = False, limit: int | None = None) -> list[Item]:
        """Items whose sk begins with `prefix` ("": all), in order of sk; all of them, or the first `limit`."""
        found: list[Item] = []
        keys = {":pk": {"S": pk}} | ({":sk": {"S": prefix}} if prefix else {})  # DynamoDB refuses an empty key value
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)" if prefix else "pk = :pk",
            "ExpressionAttributeValues": keys,
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        while limit is None or len(found) < limit:
            if limit is not None:
                request["Limit"] = limit - len(found)
            with translated("DynamoDB Query"):
                answer = self._client.query(**request)
            found.extend(_from(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

    def due(self, until: int, limit: int) -> list[tuple[str, str, int]]:
        """(pk, sk, due_at) of at most `limit` items with due_at ≤ `until` (epoch seconds), the longest due first."""
        with translated("DynamoDB Query due"):
            answer = self._client.query(
                TableName=self._name,
                IndexName=DUE,
                KeyConditionExpression="due = :due AND due_at <= :until",
                ExpressionAttributeValues={":due": {"S": DUE}, ":until": {"N": str(until)}},
                Limit=limit,
            )
        return [(item["pk"]["S"], item["sk"]["S"], int(item["due_at"]["N"])) for item in answer["Items"]]

    def next_due(self) -> int | None:
        """The smallest due_at (epoch seconds) in the index, or None."""
        with translated("DynamoDB Query due"):
            answer = self._client.query(
                TableName=self._name,
                IndexName=DUE,
                KeyConditionExpression="due = :due",
                ExpressionAttributeValues={":due": {"S": DUE}},
                Limit=1,
            )
        return int(answer["Items"][0]["due_at"]["N"]) if answer["Items"] else None

    def put(self, write: Put) -> None:
        """Write one item; raises Conflict where it must be new and is not."""
        with translated("DynamoDB PutItem"):
            self._client.put_item(**self._request(write)["Put"])

    def update(self, write: Update) -> Item:
        """Change one item and return it as it then is; raises Conflict where it is not as expected."""
        with translated("DynamoDB UpdateItem"):
            answer = self._client.update_item(**self._request(write)["Update"], ReturnValues="ALL_NEW")
        return _from(answer["Attributes"])

    def transact(self, writes: Sequence[Write]) -> None:
        """All writes or none (at most 100); raises Conflict where one of them is not as expected."""
        with translated("DynamoDB TransactWriteItems"):
            self._client.transact_write_items(TransactItems=[self._request(write) for write in writes])

    def delete_all(self, keys: Iterable[tuple[str, str]]) -> None:
        """Delete many items, in batches; deleting what is gone is no error."""
        todo = [{"DeleteRequest": {"Key": _key(pk, sk)}} for pk, sk in keys]
        while todo:
            batch, todo = todo[:BATCH], todo[BATCH:]
            with translated("DynamoDB BatchWriteItem"):
                answer = self._client.batch_write_item(RequestItems={self._name: batch})
            left = answer.get("UnprocessedItems", {}).get(self._name, [])
            if len(left) == len(batch):
                raise Unavailable("DynamoDB BatchWriteItem: no item was processed")
            todo = left + todo

    def _request(self, write: Write) -> dict[str, Any]:
        if isinstance(write, Put):
            put: dict[str, Any] = {"TableName": self._name, "Item": _to(write.item)}
            if write.new:
                put["ConditionExpression"] = "attribute_not_exists(pk)"
            return {"Put": put}
        if isinstance(write, Delete):
            return {"Delete": {"TableName": self._name, "Key": _key(write.pk, write.sk)}}
        return {"Update": {"TableName": self._name, "Key": _key(write.pk, write.sk), **_expressions(write)}}


def _expressions(write: Update) -> dict[str, Any]:
    names = {f"#{n}": n for n in (*write.values, *write.remove, *write.expect, *write.differ)}
    values = {f":set_{n}": v for n, v in write.values.items()}
    values |= {f":is_{n}": v for n, v in write.expect.items() if v is not None}
    values |= {f":not_{n}": v for n, v in write.differ.items()}
    sets = "SET " + ", ".join(f"#{n} = :set_{n}" for n in write.values) if write.values else ""
    removes = "REMOVE " + ", ".join(f"#{n}" for n in write.remove) if write.remove else ""
    request = {"UpdateExpression": f"{sets} {removes}".strip(), "ExpressionAttributeNames": names}
    if values:
        request["ExpressionAttributeValues"] = _to(values)
    conditions = [f"attribute_not_exists(#{n})" if v is None else f"#{n} = :is_{n}" for n, v in write.expect.items()]
    conditions += [f"(attribute_not_exists(#{n}) OR #{n} <> :not_{n})" for n in write.differ]
    return request | ({"ConditionExpression": " AND ".join(conditions)} if conditions else {})


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _to(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _write.serialize(_decimal(value)) for name, value in item.items()}


def _from(item: Mapping[str, Any]) -> Item:
    return {name: _plain(_read.deserialize(value)) for name, value in item.items()}


def _decimal(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))  # DynamoDB has decimals and no floats
    if isinstance(value, Mapping):
        return {name: _decimal(inner) for name, inner in value.items()}
    return [_decimal(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
