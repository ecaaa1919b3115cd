"""Values of a pipeline's parameters: texts on the wire, typed inside an execution (reference 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localaws.sagemaker.refusals import invalid

BOOLEANS = {"true": True, "false": False}
READERS: dict[str, Callable[[str], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: BOOLEANS[text.lower()],
}


def values_of(definition: dict[str, Any], given: list[dict[str, str]]) -> dict[str, Any]:
    """Given values and defaults by name; ValidationException for what does not fit."""
    declared = {p["Name"]: p for p in definition.get("Parameters") or []}
    values = {p["Name"]: p["Value"] for p in given}
    if unknown := sorted(set(values) - set(declared)):
        raise invalid(f"Pipeline parameters {unknown} are not defined in the pipeline definition.")
    found = {name: p["DefaultValue"] for name, p in declared.items() if "DefaultValue" in p}
    found |= {name: _typed(declared[name], value) for name, value in values.items()}
    if missing := sorted(set(declared) - set(found)):
        raise invalid(f"Pipeline parameters {missing} have no value and no default.")
    return found


def _typed(declared: dict[str, Any], value: str) -> Any:
    kind = declared["Type"]
    try:
        typed = READERS[kind](value)
    except (ValueError, KeyError) as error:
        raise invalid(f"Pipeline parameter {declared['Name']} must be of type {kind}.") from error
    if declared.get("EnumValues") and typed not in declared["EnumValues"]:
        raise invalid(f"Pipeline parameter {declared['Name']} must be one of {declared['EnumValues']}.")
    return typed
