"""Expressions as trees; each text is read once.

Source: DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions", "Update expressions".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from localaws.dynamodb.reader import Reader
from localaws.dynamodb.values import invalid

Node = tuple[Any, ...]
COMPARED = ("=", "<>", "<", "<=", ">", ">=")
FUNCTIONS = {"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2}
CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@dataclass(kw_only=True)
class Read:
    """A tree, and the names (#x) and values (:x) that it uses."""

    tree: Any
    names: frozenset[str]
    values: frozenset[str]


@lru_cache(2_000)
def condition(kind: str, text: str) -> Read:
    """A condition, a filter or a key condition."""
    reader = Reader(kind, text)
    tree = _either(reader)
    return _done(reader, tree)


@lru_cache(2_000)
def update(text: str) -> Read:
    """An update: of each clause that is there, its actions."""
    reader = Reader("UpdateExpression", text)
    clauses: dict[str, list[Any]] = {}
    while reader.peek():
        clause = reader.take(*CLAUSES).upper()
        if clause in clauses:
            raise invalid(
                f'Invalid UpdateExpression: The "{clause}" section can only be used once in an update expression;'
            )
        action = {"SET": _set, "REMOVE": Reader.path}.get(clause, _pair)
        clauses[clause] = reader.several(partial(action, reader))
    return _done(reader, clauses)


@lru_cache(2_000)
def projection(text: str) -> Read:
    """The paths that are asked for."""
    reader = Reader("ProjectionExpression", text)
    return _done(reader, reader.several(reader.path))


def _done(reader: Reader, tree: Any) -> Read:
    if reader.peek():
        raise reader.refused(reader.peek())
    used = {mark: frozenset(token for token in reader.tokens if token[0] == mark) for mark in "#:"}
    return Read(tree=tree, names=used["#"], values=used[":"])


def _either(reader: Reader) -> Node:
    found = [_all(reader)]
    while reader.word() == "OR":
        reader.take("OR")
        found.append(_all(reader))
    return found[0] if len(found) == 1 else ("or", found)


def _all(reader: Reader) -> Node:
    found = [_one(reader)]
    while reader.word() == "AND":
        reader.take("AND")
        found.append(_one(reader))
    return found[0] if len(found) == 1 else ("and", found)


def _one(reader: Reader) -> Node:
    if reader.word() == "NOT":
        reader.take("NOT")
        return "not", _one(reader)
    if reader.peek() == "(":
        reader.take("(")
        inner = _either(reader)
        reader.take(")")
        return inner
    if _calls(reader):
        return _function(reader)
    return _comparison(reader, operand(reader))


def _calls(reader: Reader) -> bool:
    return reader.tokens[reader.at + 1 : reader.at + 2] == ["("] and reader.peek() != "size"


def _function(reader: Reader) -> Node:
    name = reader.take()
    if name not in FUNCTIONS:
        raise invalid(f"Invalid {reader.kind}: Invalid function name; function: {name}")
    reader.take("(")
    given = reader.several(lambda: operand(reader))
    reader.take(")")
    if len(given) != FUNCTIONS[name]:
        counted = f"operator or function: {name}, number of operands: {len(given)}"
        raise invalid(f"Invalid {reader.kind}: Incorrect number of operands for operator or function; {counted}")
    if given[0][0] != "path":
        raise invalid(
            f"Invalid {reader.kind}: Operator or function requires a document path; operator or function: {name}"
        )
    return "call", name, given


def _comparison(reader: Reader, left: Node) -> Node:
    sign = reader.take(*COMPARED, "BETWEEN", "IN").upper()
    if sign == "BETWEEN":
        low = operand(reader)
        reader.take("AND")
        return "between", left, low, operand(reader)
    if sign == "IN":
        reader.take("(")
        among = reader.several(lambda: operand(reader))
        reader.take(")")
        return "in", left, among
    return "compare", sign, left, operand(reader)


def operand(reader: Reader) -> Node:
    """A path, a value, or the size of a path."""
    if reader.peek().startswith(":"):
        return "value", reader.take()
    if reader.peek() == "size" and reader.tokens[reader.at + 1 : reader.at + 2] == ["("]:
        reader.take()
        reader.take("(")
        path = reader.path()
        reader.take(")")
        return "size", path
    return "path", reader.path()


def _set(reader: Reader) -> Node:
    path = reader.path()
    reader.take("=")
    left = _term(reader)
    if reader.peek() in {"+", "-"}:
        return path, ("sum", reader.take("+", "-"), left, _term(reader))
    return path, left


def _term(reader: Reader) -> Node:
    name = reader.peek()
    if reader.tokens[reader.at + 1 : reader.at + 2] != ["("]:
        return operand(reader)
    if name not in {"if_not_exists", "list_append"}:
        raise invalid(f"Invalid UpdateExpression: Invalid function name; function: {name}")
    reader.take()
    reader.take("(")
    given = reader.several(lambda: _term(reader))
    reader.take(")")
    if len(given) != 2 or (name == "if_not_exists" and given[0][0] != "path"):
        raise reader.refused(name)
    return name, *given


def _pair(reader: Reader) -> Node:
    path = reader.path()
    if not reader.peek().startswith(":"):
        raise reader.refused(reader.peek())
    return path, ("value", reader.take())
