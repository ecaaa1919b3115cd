"""moto's table without its quadratic costs: a transaction copies the whole table, a query looks at all of its items.

Nor are the attributes of items, which moto keeps as they go over the wire, searched for aliases one by one.
"""

import copy
from collections.abc import Iterator
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

_moto_transact: Any = DynamoDBBackend.transact_write_items
_moto_query: Any = Table.query
_moto_structure: Any = BaseJSONSerializer._serialize_type_structure
SCALARS = {"S", "N", "BOOL", "NULL", "SS", "NS"}


class QuickTables:
    """Puts the quick ones in while it is open."""

    def __init__(self) -> None:
        DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign, assignment]
        Table.query = _query  # type: ignore[method-assign, assignment]
        BaseJSONSerializer._serialize_type_structure = _structure  # type: ignore[method-assign, assignment]

    def close(self) -> None:
        """Gives moto its own back."""
        DynamoDBBackend.transact_write_items = _moto_transact  # type: ignore[method-assign]
        Table.query = _moto_query  # type: ignore[method-assign]
        BaseJSONSerializer._serialize_type_structure = _moto_structure  # type: ignore[method-assign]


def _query(table: Table, hash_key: Any, range_comparison: Any, range_objs: Any, *rest: Any, **more: Any) -> Any:
    """As moto's own, but shown the items of one hash key alone, and of one prefix where that is asked."""
    if hash_key is None or not table.range_key_attr or _index(*rest, **more):
        return _moto_query(table, hash_key, range_comparison, range_objs, *rest, **more)
    rows: Any = table.items.get(hash_key, {})
    found = list(rows.values())
    if range_comparison == "BEGINS_WITH":
        prefix = range_objs[0].value
        found = [item for item in found if item.range_key.value.startswith(prefix)]
    table.all_items = lambda: found  # type: ignore[method-assign]
    try:
        return _moto_query(table, hash_key, range_comparison, range_objs, *rest, **more)
    finally:
        del table.all_items


def _index(
    _limit: Any, _start: Any, _forward: Any, _projection: Any, index_name: str | None = None, *_: Any, **__: Any
) -> str | None:
    return index_name


def _structure(serializer: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """As moto's own, but a plain attribute value is taken as it is; what may hold bytes is not."""
    if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= SCALARS:
        serialized[key] = value
    else:
        _moto_structure(serializer, serialized, value, shape, key)


def _transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """As moto's own, but to undo it, the items that the transaction names are kept, and no copy of the table."""
    before = [(rows, key, copy.deepcopy(rows.get(key))) for rows, key in _named(backend, transact_items)]
    Table.__deepcopy__ = lambda table, _: table  # type: ignore[attr-defined]
    try:
        _moto_transact(backend, transact_items)
    except Exception:
        for rows, key, item in before:
            if item is None:
                rows.pop(key, None)
            else:
                rows[key] = item
        raise
    finally:
        del Table.__deepcopy__  # type: ignore[attr-defined]


def _named(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> Iterator[tuple[Any, DynamoType]]:
    """Where moto stores each item of a transaction: the mapping, and the key in it."""
    for operation in transact_items:
        body: dict[str, Any] = next(iter(operation.values()), {})
        table, attributes = backend.tables.get(body.get("TableName", "")), body.get("Key") or body.get("Item") or {}
        names = [table.hash_key_attr, table.range_key_attr] if table else []
        keys = [DynamoType(attributes[name]) for name in names if name in attributes]
        if table and len(keys) == len(list(filter(None, names))):
            rows: Any = table.items
            yield (rows[keys[0]], keys[1]) if table.range_key_attr else (rows, keys[0])
