"""The conditions of a Condition step; all of them must hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
TYPES = (*COMPARE, "In", "Not", "Or")


def holds(condition: Mapping[str, Any], resolve: Callable[[Any], Any]) -> bool:
    """Whether one condition holds; raises TypeError where its values cannot be compared."""
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Condition"], resolve)
    if kind == "Or":
        return any(holds(inner, resolve) for inner in condition["Conditions"])
    if kind == "In":
        return resolve(condition["QueryValue"]) in resolve(condition["Values"])
    return COMPARE[kind](resolve(condition["LeftValue"]), resolve(condition["RightValue"]))
