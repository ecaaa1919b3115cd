"""Writes: of one item, in batches, and in transactions, which are carried out as one or not at all.

Source: DynamoDB API reference, PutItem, UpdateItem, DeleteItem, BatchWriteItem, TransactWriteItems.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localaws.dynamodb.expressions import Expressions, at
from localaws.dynamodb.reader import Path
from localaws.dynamodb.tables import Table, Tables
from localaws.dynamodb.updates import updated
from localaws.dynamodb.values import Item, checked, invalid, weight
from localaws.errors import AwsError
from localaws.wire import Answer, json_answer
from localaws.world import World

Request = Mapping[str, Any]
BATCH, TRANSACTION, TRANSACTION_BYTES = 25, 100, 4 * 1024 * 1024
REMEMBERED = 600.0  # seconds for which a transaction's token says that it has been carried out
_FAILED = "The conditional request failed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a write makes of the item with a key: `after` None is for none. It has not happened yet."""

    table: Table
    key: Item
    before: Item | None
    after: Item | None
    paths: tuple[Path, ...] = ()

    def happen(self) -> None:
        """Carry it out."""
        if self.after is not None:
            self.table.put(self.after)
        elif self.before is not None:
            self.table.take(self.key)


class ConditionFailed(Exception):
    """The condition of a write does not hold for the item that is there."""

    def __init__(self, item: Item | None) -> None:
        super().__init__(_FAILED)
        self.item = item


def answered(failed: ConditionFailed, request: Request) -> Answer:
    """The error of a single write whose condition does not hold."""
    payload: dict[str, Any] = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
    return json_answer(payload | {"message": _FAILED} | _shown(failed.item, request), 400)


def _shown(item: Item | None, request: Request) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": item} if wanted and item is not None else {}


def put(table: Table, request: Request) -> Change:
    """PutItem."""
    expressions = Expressions(request)
    item = table.checked({name: checked(value) for name, value in (request.get("Item") or {}).items()})
    return _conditional(table, item, expressions, item)


def delete(table: Table, request: Request) -> Change:
    """DeleteItem."""
    expressions = Expressions(request)
    return _conditional(table, _key(table, request), expressions, None)


def update(table: Table, request: Request) -> Change:
    """UpdateItem: where there is no item it makes one."""
    expressions, key = Expressions(request), _key(table, request)
    before = table.items.get(key)
    _require(before, expressions)
    after, paths = updated(before or key, expressions, table.keys.names)
    after = table.checked(after, "Item size to update has exceeded the maximum allowed size")
    return Change(table=table, key=key, before=before, after=after, paths=tuple(paths))


def _check(table: Table, request: Request) -> Change:
    expressions, key = Expressions(request), _key(table, request)
    before = table.items.get(key)
    _require(before, expressions)
    return Change(table=table, key=key, before=None, after=None)


def _key(table: Table, request: Request) -> Item:
    return table.key({name: checked(value) for name, value in (request.get("Key") or {}).items()})


def _conditional(table: Table, key: Item, expressions: Expressions, after: Item | None) -> Change:
    before = table.items.get(key)
    _require(before, expressions)
    return Change(table=table, key=key, before=before, after=after)


def _require(before: Item | None, expressions: Expressions) -> None:
    if not expressions.holds("ConditionExpression", before or {}):
        raise ConditionFailed(before)


def returned(change: Change, wanted: str) -> dict[str, Any]:
    """The attributes that a write answers."""
    source = change.before if wanted.endswith("OLD") else change.after
    if wanted == "NONE" or source is None:
        return {}
    if wanted.startswith("ALL"):
        return {"Attributes": source}
    names = {path[0] for path in change.paths if at(source, path[:1]) is not None}
    return {"Attributes": {str(name): source[str(name)] for name in names}} if names else {}


def batch(tables: Tables, request: Request) -> dict[str, Any]:
    """BatchWriteItem: all of it is carried out."""
    wanted = request.get("RequestItems") or {}
    if not 0 < sum(len(writes) for writes in wanted.values()) <= BATCH:
        raise invalid(f"Too many items requested for the BatchWriteItem call: 1 to {BATCH} are allowed")
    changes = [_one(tables.find(name), write) for name, writes in wanted.items() for write in writes]
    if len({change.table.noted(change.key) for change in changes}) < len(changes):
        raise invalid("Provided list of item keys contains duplicates")
    for change in changes:
        change.happen()
    return {"UnprocessedItems": {}}


def _one(table: Table, write: Request) -> Change:
    ((kind, body),) = write.items()
    return put(table, body) if kind == "PutRequest" else delete(table, body)


_WRITES = {"Put": put, "Update": update, "Delete": delete, "ConditionCheck": _check}


class Transactions:
    """TransactWriteItems; a token says for ten minutes that its transaction was carried out."""

    def __init__(self, world: World, tables: Tables) -> None:
        self._world, self._tables = world, tables
        self._done: dict[str, tuple[str, float]] = {}

    def write(self, request: Request) -> Any:
        """Carry out all writes, or cancel them with the reason of each."""
        token, now = request.get("ClientRequestToken"), self._world.clock.timestamp()
        asked = json.dumps(request.get("TransactItems"), sort_keys=True)
        before = self._done.get(token) if token else None
        if before and now < before[1]:
            if before[0] == asked:
                return {}
            raise AwsError("IdempotentParameterMismatchException", "The token was used with other parameters before.")
        answer = self._carried_out(request.get("TransactItems") or [])
        if token and not isinstance(answer, Answer):
            self._done = {one: kept for one, kept in self._done.items() if now < kept[1]}
            self._done[token] = asked, now + REMEMBERED
        return answer

    def _carried_out(self, writes: list[Request]) -> Any:
        if not 0 < len(writes) <= TRANSACTION:
            raise invalid(
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
                f"length less than or equal to {TRANSACTION}, and at least 1"
            )
        bodies = [(kind, body) for write in writes for kind, body in write.items()]
        keys = [self._noted(body) for _, body in bodies]
        if len(set(keys)) < len(keys):
            raise invalid("Transaction request cannot include multiple operations on one item")
        changes, reasons = [], []
        for kind, body in bodies:
            try:
                changes.append(_WRITES[kind](self._tables.find(body["TableName"]), body))
                reasons.append({"Code": "None"})
            except ConditionFailed as failed:
                reasons.append({"Code": "ConditionalCheckFailed", "Message": _FAILED} | _shown(failed.item, body))
            except AwsError as error:
                if error.code != "ValidationException":
                    raise
                reasons.append({"Code": "ValidationError", "Message": error.message})
        if len(changes) < len(bodies):
            return _cancelled(reasons)
        if sum(weight(change.after or {}) for change in changes) > TRANSACTION_BYTES:
            raise invalid("Transaction request size exceeds the limit of 4 MB")
        for change in changes:
            change.happen()
        return {}

    def _noted(self, body: Request) -> tuple[Any, ...]:
        table, given = self._tables.find(body["TableName"]), body.get("Key") or body.get("Item") or {}
        return (table.name, *(json.dumps(given.get(name)) for name in table.keys.names))


def _cancelled(reasons: list[dict[str, Any]]) -> Answer:
    codes = ", ".join(reason["Code"] for reason in reasons)
    payload = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        "CancellationReasons": reasons,
    }
    return json_answer(payload | {"Message": payload["message"]}, 400)
