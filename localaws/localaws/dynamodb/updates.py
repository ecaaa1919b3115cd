"""What an update expression makes of an item: all is read from the item as it was."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from localaws.dynamodb.expressions import Expressions, at
from localaws.dynamodb.reader import Path
from localaws.dynamodb.syntax import Node
from localaws.dynamodb.values import Item, Value, checked, invalid, kind_of

_PATH = "The document path provided in the update expression is invalid for update"
_TYPE = "An operand in the update expression has an incorrect data type"
_ABSENT = "The provided expression refers to an attribute that does not exist in the item"


def updated(before: Item, expressions: Expressions, keys: tuple[str, ...]) -> tuple[Item, list[Path]]:
    """The item after it, and which paths it has changed; `before` stays as it is."""
    clauses = expressions.tree("UpdateExpression") or {}
    paths = [expressions.path(_path(action)) for actions in clauses.values() for action in actions]
    _check(paths, keys)
    after = dict(before)
    for path, node in clauses.get("SET", ()):
        _write(after, expressions.path(path), checked(_result(node, before, expressions)))
    for path in sorted(map(expressions.path, clauses.get("REMOVE", ())), key=_places, reverse=True):
        _remove(after, path)
    for clause, change in (("ADD", _added), ("DELETE", _without)):
        for path, node in clauses.get(clause, ()):
            _change(after, before, expressions, (path, node), change)
    return after, paths


def _path(action: Any) -> Path:
    """Of SET, ADD and DELETE it comes with something; REMOVE has nothing else."""
    return action[0] if isinstance(action[0], tuple) else action


def _places(path: Path) -> tuple[int, ...]:
    """Of a list the last goes first, so that the others stay where they are."""
    return tuple(part for part in path if isinstance(part, int))


def _check(paths: list[Path], keys: tuple[str, ...]) -> None:
    for path in paths:
        if path[0] in keys:
            raise invalid(
                "One or more parameter values were invalid: "
                f"Cannot update attribute {path[0]}. This attribute is part of the key"
            )
    for one, other in combinations(paths, 2):
        shorter = min(len(one), len(other))
        if one[:shorter] == other[:shorter]:
            raise invalid(
                "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of "
                f"these paths; path one: {_shown(one)}, path two: {_shown(other)}"
            )


def _shown(path: Path) -> str:
    return f"[{', '.join(f'[{part}]' if isinstance(part, int) else part for part in path)}]"


def _result(node: Node, item: Item, expressions: Expressions) -> Value:
    kind = node[0]
    if kind == "sum":
        left, right = (_number(_result(one, item, expressions)) for one in node[2:])
        return {"N": str(left + right if node[1] == "+" else left - right)}
    if kind == "if_not_exists":
        return at(item, expressions.path(node[1][1])) or _result(node[2], item, expressions)
    if kind == "list_append":
        lists = [_result(one, item, expressions) for one in node[1:]]
        if any("L" not in one for one in lists):
            raise invalid(_TYPE)
        return {"L": [*lists[0]["L"], *lists[1]["L"]]}
    found = expressions.value(node, item)
    if found is None:
        raise invalid(_ABSENT)
    return found


def _number(value: Value) -> Decimal:
    if "N" not in value:
        raise invalid(_TYPE)
    return Decimal(value["N"])


def _place(item: Item, path: Path) -> Any:
    """What holds the end of a path, copied on the way there; `item` is a copy already."""
    place: Any = item
    for part, following in pairwise(path):
        kind = "L" if isinstance(following, int) else "M"
        within = part in (range(len(place)) if isinstance(place, list) else place)
        if not within or kind not in place[part]:
            raise invalid(_PATH)
        inner = list(place[part]["L"]) if kind == "L" else dict(place[part]["M"])
        place[part] = {kind: inner}
        place = inner
    return place


def _write(item: Item, path: Path, value: Value) -> None:
    place, last = _place(item, path), path[-1]
    if isinstance(place, list) and isinstance(last, int) and last >= len(place):
        place.append(value)
    else:
        place[last] = value


def _remove(item: Item, path: Path) -> None:
    place, last = _place(item, path), path[-1]
    if not isinstance(place, list):
        place.pop(last, None)
    elif last in range(len(place)):
        del place[int(last)]


def _change(
    after: Item,
    before: Item,
    expressions: Expressions,
    action: Node,
    change: Callable[[Value | None, Value], Value | None],
) -> None:
    path, value = expressions.path(action[0]), expressions.value(action[1], before)
    assert value is not None  # it is one of the request's
    found = change(at(before, path), value)
    if found is None:
        _remove(after, path)
    else:
        _write(after, path, checked(found))


def _added(found: Value | None, value: Value) -> Value:
    kind = kind_of(value)
    if kind not in {"N", "SS", "NS", "BS"} or (found is not None and kind_of(found) != kind):
        raise invalid(_TYPE)
    if kind == "N":
        return {"N": str(Decimal(found["N"] if found else 0) + Decimal(value["N"]))}
    members = found[kind] if found else []
    return {kind: [*members, *(one for one in value[kind] if one not in members)]}


def _without(found: Value | None, value: Value) -> Value | None:
    kind = kind_of(value)
    if kind not in {"SS", "NS", "BS"} or (found is not None and kind_of(found) != kind):
        raise invalid(_TYPE)
    left = [one for one in found[kind] if one not in value[kind]] if found else []
    return {kind: left} if left else None
