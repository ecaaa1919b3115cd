"""Metric math, as far as alarms need it: arithmetic, comparisons, FILL, IF, SUM, AVG, MIN and MAX over series.

Source: CloudWatch user guide, "Using math expressions". A series is one value a period, None where there is none.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from localaws.errors import NotEmulated

Value = float | None
Series = list[Value]
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
ACROSS: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}


def names_in(expression: str) -> set[str]:
    """The ids that an expression may name."""
    return set(re.findall(r"\b[a-z][A-Za-z0-9_]*", expression))


def computed(expression: str, series: Mapping[str, Series]) -> Series:
    """An expression over series by their ids, all of one length."""
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
    except SyntaxError as error:
        raise NotEmulated(f"the expression {expression}") from error
    periods = max((len(values) for values in series.values()), default=0)
    return _Expression(expression, series, periods).value(tree.body)


class _Expression:
    def __init__(self, text: str, series: Mapping[str, Series], periods: int) -> None:
        self._text, self._series, self._periods = text, series, periods

    def value(self, node: ast.expr) -> Series:
        if isinstance(node, ast.Name) and node.id in self._series:
            return list(self._series[node.id])
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return [float(node.value)] * self._periods
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return [None if one is None else -one for one in self.value(node.operand)]
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return self._paired(OPERATORS[type(node.op)], node.left, node.right)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPERATORS:
            return self._paired(OPERATORS[type(node.ops[0])], node.left, node.comparators[0])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return self._function(node.func.id, node.args)
        raise NotEmulated(f"the expression {self._text}")

    def _paired(self, operation: Callable[[float, float], float], left: ast.expr, right: ast.expr) -> Series:
        """A period that one of them lacks has no value, and neither has a division by zero."""
        found: Series = []
        for one, other in zip(self.value(left), self.value(right), strict=True):
            try:
                found.append(None if one is None or other is None else float(operation(one, other)))
            except ZeroDivisionError:
                found.append(None)
        return found

    def _function(self, name: str, arguments: list[ast.expr]) -> Series:
        if name in ACROSS and len(arguments) == 1 and isinstance(arguments[0], ast.List):
            return self._across(ACROSS[name], arguments[0].elts)
        if name == "FILL" and len(arguments) == 2:
            return self._filled(*arguments)
        if name == "IF" and len(arguments) == 3:
            tests, yes, no = (self.value(argument) for argument in arguments)
            return [None if test is None else (a if test else b) for test, a, b in zip(tests, yes, no, strict=True)]
        raise NotEmulated(f"{name} in the expression {self._text}")

    def _across(self, combine: Callable[[Sequence[float]], float], members: list[ast.expr]) -> Series:
        rows = zip(*(self.value(member) for member in members), strict=True)
        known = ([one for one in row if one is not None] for row in rows)
        return [float(combine(values)) if values else None for values in known]

    def _filled(self, what: ast.expr, how: ast.expr) -> Series:
        values = self.value(what)
        if isinstance(how, ast.Name) and how.id == "REPEAT":
            for place in range(1, len(values)):
                values[place] = values[place - 1] if values[place] is None else values[place]
            return values
        return [other if one is None else one for one, other in zip(values, self.value(how), strict=True)]
