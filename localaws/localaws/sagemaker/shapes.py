"""Requests and answers by botocore's own model of SageMaker: what is not in the shape is refused, or not answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from localaws.errors import AwsError


@cache
def service_model(name: str = "sagemaker") -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(name)


def checked(operation: str, request: Mapping[str, Any], service: str = "sagemaker") -> None:
    """Refuse a request that its shape does not allow: ValidationException, as the service itself does."""
    shape = service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(dict(request), shape)
    problems = [report.generate_report()] if report.has_errors() else list(_limits(shape, request, ""))
    if problems:
        raise AwsError("ValidationException", f"{len(problems)} validation error detected: {'; '.join(problems)}")


def _limits(shape: Any, value: Any, place: str) -> Iterator[str]:
    """Largest, longest, pattern and enumeration, which botocore leaves to the service."""
    most = shape.metadata.get("max")
    if most and shape.type_name in {"list", "map"} and len(value) > most:
        yield f"{_failed(value, place)} have length less than or equal to {most}"
    if most and shape.type_name in {"integer", "long", "float", "double"} and value > most:
        yield f"{_failed(value, place)} have value less than or equal to {most}"
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _limits(shape.members[name], inner, f"{place}.{name}")
    elif shape.type_name == "list":
        for number, inner in enumerate(value):
            yield from _limits(shape.member, inner, f"{place}[{number}]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from _limits(shape.key, name, f"{place} key")
            yield from _limits(shape.value, inner, f"{place}.{name}")
    elif shape.type_name == "string":
        yield from _text_limits(shape, str(value), place)


def _text_limits(shape: Any, value: str, place: str) -> Iterator[str]:
    what = _failed(value, place)
    longest, pattern = shape.metadata.get("max"), shape.metadata.get("pattern")
    if longest and len(value) > longest:
        yield f"{what} have length less than or equal to {longest}"
    if shape.enum and value not in shape.enum:
        yield f"{what} satisfy enum value set: [{', '.join(shape.enum)}]"
    if pattern and not _matches(pattern, value):
        yield f"{what} satisfy regular expression pattern: {pattern}"


def _failed(value: Any, place: str) -> str:
    return f"Value '{str(value)[:80]}' at '{place.lstrip('.')}' failed to satisfy constraint: Member must"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d"))
    except re.error:  # a pattern in Java's dialect that Python does not read: not checked
        return None


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


def answered(operation: str, answer: Mapping[str, Any], service: str = "sagemaker") -> dict[str, Any]:
    """The members that the output shape has, times as epoch seconds."""
    shape = service_model(service).operation_model(operation).output_shape
    return _shaped(shape, answer) if shape is not None else {}


def _shaped(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        members = shape.members
        return {n: _shaped(members[n], inner) for n, inner in value.items() if n in members and inner is not None}
    if shape.type_name == "list":
        return [_shaped(shape.member, inner) for inner in value]
    if shape.type_name == "map":
        return {name: _shaped(shape.value, inner) for name, inner in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value


def problems_of(operation: str, arguments: Mapping[str, Any]) -> str:
    """What botocore's validator has against the arguments of a step, "" for nothing."""
    report = ParamValidator().validate(dict(arguments), service_model().operation_model(operation).input_shape)
    return str(report.generate_report()) if report.has_errors() else ""
