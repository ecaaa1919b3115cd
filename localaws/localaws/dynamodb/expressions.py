"""What expressions mean for an item, with the names and values of their request."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from localaws.dynamodb.reader import Path
from localaws.dynamodb.syntax import Node, Read, condition, projection, update
from localaws.dynamodb.values import Item, Value, checked, comparable, equal, invalid, kind_of, length, ordered

Request = Mapping[str, Any]
CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")
# With their older names, in whose place expressions came.
LEGACY = {
    "Expected",
    "AttributeUpdates",
    "AttributesToGet",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
    "ConditionalOperator",
}


class Expressions:
    """The expressions of one request; ValidationException where one of them is not right."""

    def __init__(self, request: Request) -> None:
        self._names: Mapping[str, str] = request.get("ExpressionAttributeNames") or {}
        given = request.get("ExpressionAttributeValues") or {}
        self._values = {name: checked(value) for name, value in given.items()}
        self._read = {kind: condition(kind, request[kind]) for kind in CONDITIONS if request.get(kind) is not None}
        if request.get("UpdateExpression") is not None:
            self._read["UpdateExpression"] = update(request["UpdateExpression"])
        if request.get("ProjectionExpression") is not None:
            self._read["ProjectionExpression"] = projection(request["ProjectionExpression"])
        self._check("Names", "name used in the document path", self._names, {k: r.names for k, r in self._read.items()})
        self._check("Values", "value used in expression", self._values, {k: r.values for k, r in self._read.items()})

    def _check(self, what: str, used_as: str, given: Mapping[str, Any], used: Mapping[str, frozenset[str]]) -> None:
        if given and not self._read:
            raise invalid(f"ExpressionAttribute{what} can only be specified when using expressions")
        for kind, names in used.items():
            if missing := sorted(names - given.keys()):
                one = "attribute name" if what == "Names" else "attribute value"
                raise invalid(f"Invalid {kind}: An expression attribute {used_as} is not defined; {one}: {missing[0]}")
        if idle := sorted(given.keys() - frozenset().union(*used.values())):
            raise invalid(
                f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{', '.join(idle)}}}"
            )

    def tree(self, kind: str) -> Any:
        """What was read, or None."""
        read: Read | None = self._read.get(kind)
        return read.tree if read else None

    def path(self, path: Path) -> Path:
        """A path with the names that stand in it for others."""
        names = self._names
        return tuple(names[part] if isinstance(part, str) and part[0] == "#" else part for part in path)

    def named(self, name: str) -> Value:
        """A value of the request."""
        return self._values[name]

    def holds(self, kind: str, item: Item) -> bool:
        """Whether a condition holds for an item; one that is not there always does."""
        read = self._read.get(kind)
        return read is None or self.true(read.tree, item)

    def projected(self, item: Item) -> Item:
        """Of an item what is asked for, or all of it."""
        paths = self.tree("ProjectionExpression")
        if paths is None:
            return item
        found: Item = {}
        for path in map(self.path, paths):
            value = at(item, path)
            if value is not None:
                _put(found, path, value)
        return found

    def true(self, node: Node, item: Item) -> bool:
        """Whether a part of a condition holds."""
        kind = node[0]
        if kind == "and":
            return all(self.true(one, item) for one in node[1])
        if kind == "or":
            return any(self.true(one, item) for one in node[1])
        if kind == "not":
            return not self.true(node[1], item)
        if kind == "call":
            return self._called(node[1], node[2], item)
        return self._compared(node, item)

    def _compared(self, node: Node, item: Item) -> bool:
        if node[0] == "between":
            value, low, high = (self.value(one, item) for one in node[1:])
            return _less(low, value, same=True) and _less(value, high, same=True)
        if node[0] == "in":
            value = self.value(node[1], item)
            return any(_same(value, self.value(one, item)) for one in node[2])
        sign, left, right = node[1], self.value(node[2], item), self.value(node[3], item)
        if sign in {"=", "<>"}:
            return _same(left, right) is (sign == "=")
        low, high = (left, right) if sign[0] == "<" else (right, left)
        return _less(low, high, same=sign.endswith("="))

    def _called(self, name: str, given: list[Node], item: Item) -> bool:
        value = at(item, self.path(given[0][1]))
        if name == "attribute_exists":
            return value is not None
        if name == "attribute_not_exists":
            return value is None
        other = self.value(given[1], item)
        if value is None or other is None:
            return False
        if name == "attribute_type":
            return bool(kind_of(value) == other.get("S"))
        return _begins(value, other) if name == "begins_with" else _contains(value, other)

    def value(self, node: Node, item: Item) -> Value | None:
        """What an operand stands for; None where it is not there."""
        if node[0] == "value":
            return self._values[node[1]]
        found = at(item, self.path(node[1]))
        if node[0] == "path" or found is None:
            return found
        size = length(found)
        return None if size is None else {"N": str(size)}


def at(item: Item, path: Path) -> Value | None:
    """The value at a path, or None."""
    found: Value | None = item.get(path[0])  # type: ignore[arg-type]  # a path begins with a name
    for part in path[1:]:
        if found is None:
            return None
        if isinstance(part, int):
            members = found.get("L", ())
            found = members[part] if part < len(members) else None
        else:
            found = found.get("M", {}).get(part)
    return found


def _put(found: Item, path: Path, value: Value) -> None:
    """Of lists only what is asked for is left, in its order."""
    place: Any = found
    for part, following in pairwise(path):
        kind = "L" if isinstance(following, int) else "M"
        inner: Value = {kind: [] if kind == "L" else {}}
        if isinstance(place, list):
            place.append(inner)
        else:
            inner = place.setdefault(part, inner)
        place = inner[kind]
    if isinstance(place, list):
        place.append(value)
    else:
        place[path[-1]] = value


def _same(one: Value | None, other: Value | None) -> bool:
    return one is not None and other is not None and equal(one, other)


def _less(low: Value | None, high: Value | None, *, same: bool) -> bool:
    if low is None or high is None or kind_of(low) != kind_of(high) or not ordered(low):
        return False
    one, other = comparable(low), comparable(high)
    return bool(one <= other if same else one < other)


def _begins(value: Value, prefix: Value) -> bool:
    kind = kind_of(value)
    if kind != kind_of(prefix) or kind not in {"S", "B"}:
        return False
    return bool(comparable(value).startswith(comparable(prefix)))


def _contains(value: Value, part: Value) -> bool:
    kind, other = kind_of(value), kind_of(part)
    if kind == "L":
        return any(equal(one, part) for one in value["L"])
    if kind in {"SS", "NS", "BS"}:
        return kind[0] == other and part[other] in value[kind]
    return kind == other and kind in {"S", "B"} and comparable(part) in comparable(value)
