"""Queries and scans, page by page.

Source: DynamoDB API reference, Query and Scan; Developer Guide, "Key condition expressions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.dynamodb.expressions import Expressions
from localaws.dynamodb.items import Items
from localaws.dynamodb.syntax import Node
from localaws.dynamodb.tables import Table
from localaws.dynamodb.values import Item, checked, comparable, invalid, kind_of, weight

Request = Mapping[str, Any]
PAGE = 1024 * 1024  # bytes


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query or a scan: where it looks, and from which item on."""

    table: Table
    items: Items
    projection: Mapping[str, Any]
    expressions: Expressions
    after: Item | None
    request: Request

    @classmethod
    def of(cls, table: Table, request: Request) -> Asked:
        """What a request asks; ValidationException."""
        index = request.get("IndexName")
        if index is not None and index not in table.indexes:
            raise invalid(f"The table does not have the specified index: {index}")
        if index is not None and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        items = table.items if index is None else table.indexes[index]
        described = next((one for one in table.projections if one["IndexName"] == index), {})
        start = request.get("ExclusiveStartKey")
        after = {name: checked(value) for name, value in start.items()} if start else None
        if after is not None and after.keys() != {*items.keys.names, *table.keys.names}:
            raise invalid("The provided starting key is invalid")
        limit = request.get("Limit")
        if limit is not None and limit < 1:
            raise invalid(
                "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value "
                "greater than or equal to 1"
            )
        return cls(
            table=table,
            items=items,
            projection=described.get("Projection", {}),
            expressions=Expressions(request),
            after=after,
            request=request,
        )

    def page(self, found: Iterator[Item]) -> dict[str, Any]:
        """What fits into an answer, and where the next page begins."""
        limit, size, seen, chosen, last = self.request.get("Limit"), 0, 0, [], None
        for item in found:
            seen, size, last = seen + 1, size + weight(item), item
            if self.expressions.holds("FilterExpression", item):
                chosen.append(item)
            if seen == limit or size > PAGE:
                break
        else:
            last = None
        answer: dict[str, Any] = {"Count": len(chosen), "ScannedCount": seen}
        if self.request.get("Select") != "COUNT":
            answer["Items"] = [self.expressions.projected(self._projected(item)) for item in chosen]
        if last is not None:
            names = dict.fromkeys((*self.table.keys.names, *self.items.keys.names))
            answer["LastEvaluatedKey"] = {name: last[name] for name in names}
        return answer

    def _projected(self, item: Item) -> Item:
        kind = self.projection.get("ProjectionType", "ALL")
        if kind == "ALL":
            return item
        names = {*self.table.keys.names, *self.items.keys.names}
        if kind == "INCLUDE":
            names |= set(self.projection.get("NonKeyAttributes", ()))
        return {name: value for name, value in item.items() if name in names}


def query(table: Table, request: Request) -> dict[str, Any]:
    """The items of one hash key, in the order of the range key, that its condition asks for."""
    asked = Asked.of(table, request)
    tree = asked.expressions.tree("KeyConditionExpression")
    if tree is None:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    hash_value, bound = _conditions(asked, tree)
    forward = request.get("ScanIndexForward", True)
    place = asked.items.where(asked.after) if asked.after else None
    low = _lowest(asked, bound) if forward else ()
    found = asked.items.ordered(hash_value, forward=forward, after=place[1] if place else None, begins=low)
    return asked.page(_while(asked, bound, found))


def _conditions(asked: Asked, tree: Node) -> tuple[tuple[str, Any], Node | None]:
    """The hash key's value, and the condition of the range key where there is one."""
    keys, expressions = asked.items.keys, asked.expressions
    parts: dict[str, Node] = {}
    for node in tree[1] if tree[0] == "and" else [tree]:
        operand = node[2] if node[0] == "compare" else node[2][0] if node[0] == "call" else node[1]
        name = str(expressions.path(operand[1])[0]) if operand[0] == "path" else ""
        if name in parts:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        if name not in keys.names:
            raise invalid(f"Query condition missed key schema element: {_lacking(keys.names, parts)}")
        parts[name] = node
    first, bound = parts.get(keys.hash), parts.get(keys.range or "")
    if first is None:
        raise invalid(f"Query condition missed key schema element: {keys.hash}")
    if first[:2] != ("compare", "=") or (bound is not None and not _allowed(bound)):
        raise invalid("Query key condition not supported")
    for name, node in parts.items():
        _check_type(asked, name, node)
    ((kind, content),) = (expressions.value(first[3], {}) or {"": None}).items()
    return (kind, content), bound


def _lacking(names: tuple[str, ...], parts: Mapping[str, Node]) -> str:
    return next((name for name in names if name not in parts), names[-1])


def _allowed(node: Node) -> bool:
    if node[0] == "compare":
        return bool(node[1] != "<>")
    return node[0] == "between" or node[:2] == ("call", "begins_with")


def _check_type(asked: Asked, name: str, node: Node) -> None:
    wanted = asked.table.settings.types[name]
    given = node[3:] if node[0] == "compare" else node[2:] if node[0] == "between" else node[2][1:]
    for operand in given:
        value = asked.expressions.value(operand, {})
        if value is None or kind_of(value) != wanted:
            raise invalid(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )
        if value == {"S": ""}:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty string value. Key: {name}"
            )


def _lowest(asked: Asked, bound: Node | None) -> tuple[Any, ...]:
    """Where the first item may be that the range key's condition lets in."""
    if bound is None or (bound[0] == "compare" and bound[1].startswith("<")):
        return ()
    operand = bound[3] if bound[0] == "compare" else bound[2] if bound[0] == "between" else bound[2][1]
    value = asked.expressions.value(operand, {})
    return (comparable(value),) if value else ()


def _while(asked: Asked, bound: Node | None, found: Iterator[Item]) -> Iterator[Item]:
    """Those that are in the range, which lie side by side."""
    inside = False
    for item in found:
        if bound is None or asked.expressions.true(bound, item):
            inside = True
            yield item
        elif inside:
            return


def scan(table: Table, request: Request) -> dict[str, Any]:
    """All items, partition by partition."""
    asked = Asked.of(table, request)
    return asked.page(_all(asked))


def _all(asked: Asked) -> Iterator[Item]:
    start = asked.items.where(asked.after) if asked.after else None
    for partition in sorted(asked.items.partitions):
        if start is None or partition > start[0]:
            yield from asked.items.ordered(partition)
        elif partition == start[0]:
            yield from asked.items.ordered(partition, after=start[1])
