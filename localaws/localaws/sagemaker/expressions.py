"""Resolves what stands for a value in a definition: Get, Std:Join, Std:JsonGet (reference 6.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localaws.errors import LocalAwsError

PART = re.compile(r"([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")
KEYED_BY = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")
EXPRESSIONS = ("Get", "Std:Join", "Std:JsonGet")


class Unresolved(LocalAwsError):
    """An expression has no value: the step fails with this as its reason."""


Lookup = Callable[[str], Any]  # the value of the part of a path before the first dot, and the rest of it


def is_expression(value: Any) -> bool:
    """An object with nothing but one of the known operators."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in EXPRESSIONS


def resolve(value: Any, get: Lookup, json_get: Callable[[Mapping[str, Any], str], Any]) -> Any:
    """A value with every expression in it replaced."""
    if is_expression(value):
        if "Get" in value:
            return get(value["Get"])
        if "Std:Join" in value:
            parts = resolve(value["Std:Join"]["Values"], get, json_get)
            return str(value["Std:Join"]["On"]).join(text(part) for part in parts)
        source = value["Std:JsonGet"]
        return json_get(
            resolve({k: v for k, v in source.items() if k != "PropertyFile"}, get, json_get) | source, source["Path"]
        )
    if isinstance(value, Mapping):
        return {name: resolve(inner, get, json_get) for name, inner in value.items()}
    return [resolve(inner, get, json_get) for inner in value] if isinstance(value, list) else value


def text(value: Any) -> str:
    """A value inside a joined text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def follow(document: Any, path: str) -> Any:
    """The value at a path such as `ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri`."""
    value = document
    for name, single, double, index in PART.findall(path):
        value = _step(value, name or single or double or int(index), path)
    return value


def _step(value: Any, part: str | int, path: str) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list):
        if isinstance(part, int) and part < len(value):
            return value[part]
        for inner in value:
            if isinstance(inner, Mapping) and any(inner.get(key) == part for key in KEYED_BY):
                return inner
    raise Unresolved(f"there is no {part!r} of {path}")


def references(value: Any) -> Iterator[str]:
    """Every path that a value gets, those of property files too."""
    if isinstance(value, Mapping):
        if isinstance(value.get("Get"), str) and len(value) == 1:
            yield value["Get"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def steps_named(value: Any) -> set[str]:
    """Names of the steps that a value refers to."""
    return {path.split(".")[1].split("[")[0] for path in references(value) if path.startswith("Steps.")}
