"""moto's transactions without their quadratic cost: it copies a whole table, deeply, to undo a few writes."""

import copy
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Item, Table

_original: Any = DynamoDBBackend.transact_write_items
Key = dict[str, Any]


class QuickTables:
    """Puts the quick one in while it is open."""

    def __init__(self) -> None:
        DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign]

    def close(self) -> None:
        """Gives moto its own back."""
        DynamoDBBackend.transact_write_items = _original  # type: ignore[method-assign]


def _transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """As moto's own, but what it keeps for undoing are the items that the transaction names."""
    before = _before(backend, transact_items)
    Table.__deepcopy__ = lambda table, _: table  # type: ignore[attr-defined]
    try:
        _original(backend, transact_items)
    except Exception:
        for table, key, item in before:
            _put_back(table, key, item)
        raise
    finally:
        del Table.__deepcopy__  # type: ignore[attr-defined]


def _before(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> list[tuple[Table, Key, Item | None]]:
    found = []
    for operation in transact_items:
        body = next(iter(operation.values()), {})
        table = backend.tables.get(body.get("TableName", ""))
        if table is not None:
            key = _key(table, body.get("Key") or body.get("Item") or {})
            found.append((table, key, copy.deepcopy(_item(table, key))))
    return found


def _key(table: Table, attributes: Key) -> Key:
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    return {name: attributes.get(name) for name in names}


def _item(table: Table, key: Key) -> Any:
    """The item as moto stores it: by hash key, and below it by range key where the table has one."""
    hash_key, range_key = _stored(table, key)
    found = table.items.get(hash_key)
    return found.get(range_key) if isinstance(found, dict) else found


def _put_back(table: Table, key: Key, item: Item | None) -> None:
    hash_key, range_key = _stored(table, key)
    if table.range_key_attr:
        rows: Any = table.items[hash_key]
        _set(rows, range_key, item)
    else:
        _set(table.items, hash_key, item)


def _set(rows: Any, key: Any, item: Item | None) -> None:
    if item is None:
        rows.pop(key, None)
    else:
        rows[key] = item
