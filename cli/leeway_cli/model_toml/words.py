"""Turns pydantic's errors into sentences that name the key, the value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from leeway_cli.model_toml.problems import Problem
from leeway_cli.model_toml.schema import VALUES_NOT_YET, Column, ModelToml, Range, Tuning

Location = tuple[int | str, ...]
NOT_NAMED = {"int_type", "float_type", "string_type", "bool_type", "list_type", "dict_type", "model_type"}


def problem_of(error: ErrorDetails) -> Problem:
    """The problem that one error of pydantic stands for."""
    where = _key_alone(error["loc"])
    key = dotted(where)
    if error["type"] == "extra_forbidden":
        return Problem(key=key, value=error["input"], says=unknown(key, known(where[:-1])))
    if error["type"] == "missing":
        return Problem(key=key, says=f"is missing; allowed: {allowed(where)}")
    general = _general(where)
    if error["input"] in VALUES_NOT_YET.get(general, ()):
        return Problem(key=key, value=error["input"], says=f"does not work yet; allowed: {allowed(where)}")
    return Problem(key=key, value=error["input"], says=f"{_what(error)}{allowed(where)}{_meant(error)}")


def unknown(key: str, names: Sequence[str]) -> str:
    """Says of an unknown key which one was probably meant."""
    last = key.rsplit(".", 1)[-1]
    near = difflib.get_close_matches(last, names, n=1)
    elsewhere = [table for table, model in _tables().items() if last in model.model_fields]
    if near:
        return f"unknown key; did you mean {near[0]}?"
    if elsewhere:
        return f"unknown key here; {last} belongs in [{elsewhere[0]}]"
    return f"unknown key; allowed: {', '.join(sorted(names))}"


def known(where: Location) -> Sequence[str]:
    """The keys that are allowed in a table."""
    model = _model(where)
    return list(model.model_fields) if model else []


def allowed(where: Location) -> str:
    """What the field at a place may hold."""
    for depth in range(len(where), 0, -1):
        model = _model(where[: depth - 1])
        field = model.model_fields.get(str(where[depth - 1])) if model else None
        if field is not None and field.description:
            return field.description
    return "see the example in training/models"


def dotted(where: Location) -> str:
    """A place as a dotted key."""
    return ".".join(str(part) for part in where)


def _model(where: Location) -> type[BaseModel] | None:
    if not where:
        return ModelToml
    if where[:2] == ("data", "columns"):
        return Column if len(where) == 3 else None
    if where[:3] == ("training", "tuning", "ranges"):
        return Range if len(where) == 4 else None
    if where == ("training", "tuning"):
        return Tuning
    return _tables().get(dotted(where))


def _tables() -> Mapping[str, type[BaseModel]]:
    fields = {name: field.annotation for name, field in ModelToml.model_fields.items()}
    return {name: kind for name, kind in fields.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}


def _key_alone(where: Location) -> Location:
    return tuple(part for part in where if part != "[key]" and not isinstance(part, int))


def _general(where: Location) -> str:
    return dotted(("data", "columns", "*", *where[3:])) if where[:2] == ("data", "columns") else dotted(where)


def _what(error: ErrorDetails) -> str:
    if error["type"] in NOT_NAMED:
        return f"is {_kind(error['input'])}; allowed: "
    if error["type"] == "finite_number":
        return "is not a finite number; allowed: "
    return "is not allowed; allowed: "


def _kind(value: Any) -> str:
    kinds: list[tuple[type, str]] = [
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a text"),
        (list, "a list"),
        (dict, "a table"),
    ]
    return next((name for kind, name in kinds if isinstance(value, kind)), "of another kind")


def _meant(error: ErrorDetails) -> str:
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    options = [
        option.strip("'") for option in str(error.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
    ]
    near = difflib.get_close_matches(error["input"].lower(), options, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
