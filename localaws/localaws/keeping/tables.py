"""DynamoDB, which moto keeps: its items one by one, by the keys that a request names, and the tables without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

from localaws.journal import Journal
from localaws.keeping.parts import GONE, Change, Read, text
from localaws.wire import Call

TABLES, ITEMS = "dynamodb", "dynamodb.items"
Attributes = dict[str, Any]
SINGLE = ("PutItem", "UpdateItem", "DeleteItem")


class Tables:
    """`backend` gives moto's own."""

    compared, plain = False, True

    def __init__(self, backend: Callable[[], Any], journal: Journal) -> None:
        self._backend, self._journal = backend, journal
        self._known: dict[str, set[str]] = {}

    def note(self, call: Call) -> None:
        """What a call may have changed."""
        request = call.json()
        for table, attributes in _written(call.operation, request):
            self._note_item(table.rsplit("/", 1)[-1], attributes)
        if call.operation not in (*SINGLE, "BatchWriteItem", "TransactWriteItems"):
            self._journal.note(TABLES, "")
            self._journal.note(ITEMS, "")  # where a table is gone
        if call.operation.startswith(("Execute", "BatchExecute")):  # PartiQL names no keys
            for name, table in self._backend().tables.items():
                for item in table.all_items():
                    self._note_item(name, item.to_json()["Attributes"])

    def _note_item(self, name: str, attributes: Attributes) -> None:
        table = self._backend().tables.get(name)
        keys = [table.hash_key_attr, table.range_key_attr] if table else []
        found = [next(iter(attributes[key].items())) for key in keys if key and key in attributes]
        if found:
            self._journal.note(ITEMS, (name, *found))

    def changes(self, noted: Collection[Hashable]) -> Iterator[Change]:
        """Items by their keys; where a table is gone, all of its items are."""
        tables = self._backend().tables
        for gone in [name for name in self._known if name not in tables]:
            for item in self._known.pop(gone):
                yield ITEMS, item, GONE
        for key in noted:
            if isinstance(key, tuple):
                yield from self._change(key)

    def _change(self, key: tuple[Any, ...]) -> Iterator[Change]:
        item, name = self._item(key), text(key)
        known = self._known.setdefault(key[0], set())
        if item is not None:
            known.add(name)
            yield ITEMS, name, (key, item)
        elif name in known:
            known.discard(name)
            yield ITEMS, name, GONE

    def _item(self, key: tuple[Any, ...]) -> Any:
        table = self._backend().tables.get(key[0])
        if table is None:
            return None
        found: Any = table.items
        for kind, value in key[1:]:
            place = DynamoType({kind: value})
            if place not in found:
                return None
            found = found[place]
        return found

    def restore(self, read: Read) -> None:
        """After the tables themselves."""
        tables = self._backend().tables
        for name, (key, item) in read(ITEMS):
            self._known.setdefault(key[0], set()).add(name)
            places = [DynamoType({kind: value}) for kind, value in key[1:]]
            items = tables[key[0]].items
            if len(places) > 1:
                items[places[0]][places[1]] = item
            else:
                items[places[0]] = item


def without_items(backend: Any) -> Any:
    """The tables' own settings, as something that can be pickled."""
    return dict(vars(backend)) | {"tables": {name: _emptied(table) for name, table in backend.tables.items()}}


def _emptied(table: Any) -> Any:
    copied = object.__new__(type(table))
    vars(copied).update(vars(table) | {"items": type(table.items)(dict)})
    return copied


def _written(operation: str, request: Any) -> Iterator[tuple[str, Attributes]]:
    """Tables, and attributes in which the keys of an item are."""
    if operation in SINGLE:
        yield request.get("TableName", ""), request.get("Item") or request.get("Key") or {}
    elif operation == "BatchWriteItem":
        for table, writes in (request.get("RequestItems") or {}).items():
            for body in (body for write in writes for body in write.values()):
                yield table, body.get("Item") or body.get("Key") or {}
    elif operation == "TransactWriteItems":
        for body in (body for write in request.get("TransactItems") or [] for body in write.values()):
            yield body.get("TableName", ""), body.get("Item") or body.get("Key") or {}
