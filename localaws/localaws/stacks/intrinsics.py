"""Intrinsic functions, parameters, mappings and conditions."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localaws.errors import DeployRefused

Json = dict[str, Any]

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_FUNCTIONS = {
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::If",
    "Fn::Equals",
    "Fn::Not",
    "Fn::And",
    "Fn::Or",
    "Fn::FindInMap",
    "Fn::Base64",
}
NO_VALUE = object()


def is_intrinsic(value: Any) -> bool:
    """Whether a value is one call of an intrinsic function."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    name, argument = next(iter(value.items()))
    return name.startswith("Fn::") or (name in ("Ref", "Condition") and isinstance(argument, str))


def references(value: Any) -> set[str]:
    """Names that a value refers to: logical ids, parameters, pseudo parameters."""
    if isinstance(value, list):
        return {name for item in value for name in references(item)}
    if not isinstance(value, dict):
        return set()
    found = {name for item in value.values() for name in references(item)}
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if attribute:
        found.add(attribute[0] if isinstance(attribute, list) else str(attribute).split(".")[0])
    if "Fn::Sub" in value:
        found |= _sub_names(value["Fn::Sub"])
    return found


def _sub_names(argument: Any) -> set[str]:
    text, own = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})
    names = {name.split(".")[0].strip() for literal, name in _PLACEHOLDER.findall(text) if not literal}
    return names - set(own)


@dataclass(kw_only=True)
class Resolver:
    """Resolves values against parameters, mappings, conditions and what has been made so far."""

    pseudo: dict[str, str]
    parameters: dict[str, Any]
    mappings: Json
    conditions: Json
    made: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value without intrinsics; keys and items of AWS::NoValue are gone."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if is_intrinsic(value):
            name, argument = next(iter(value.items()))
            return self._call(name, argument)
        if isinstance(value, dict):
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NO_VALUE}
        if isinstance(value, str) and "{{resolve:" in value:
            raise DeployRefused([f"dynamic references are not known to the deployer: {value}"])
        return value

    def condition(self, name: str) -> bool:
        """The value of a named condition."""
        if name not in self.conditions:
            raise DeployRefused([f"condition {name} is not in the template"])
        return bool(self.resolve(self.conditions[name]))

    def _call(self, name: str, argument: Any) -> Any:
        if name not in _FUNCTIONS:
            raise DeployRefused([f"{name} is not known to the deployer: write the value itself"])
        if name == "Fn::If":
            return self.resolve(argument[1] if self.condition(argument[0]) else argument[2])
        if name == "Fn::Sub":
            return self._sub(argument)
        if name == "Ref":
            return self._ref(argument)
        if name == "Condition":
            return self.condition(argument)
        return self._apply(name, self.resolve(argument))

    def _apply(self, name: str, argument: Any) -> Any:
        simple: dict[str, Callable[[Any], Any]] = {
            "Fn::GetAtt": lambda a: self._attribute(*(a if isinstance(a, list) else a.split(".", 1))),
            "Fn::Join": lambda a: a[0].join(str(item) for item in a[1]),
            "Fn::Select": lambda a: a[1][int(a[0])],
            "Fn::Split": lambda a: a[1].split(a[0]),
            "Fn::FindInMap": lambda a: self.mappings[a[0]][a[1]][a[2]],
            "Fn::Base64": lambda a: base64.b64encode(a.encode()).decode(),
        }
        return simple[name](argument) if name in simple else self._logic(name, argument)

    @staticmethod
    def _logic(name: str, argument: Any) -> bool:
        if name == "Fn::Equals":
            return str(argument[0]) == str(argument[1])
        if name == "Fn::Not":
            return not argument[0]
        return all(argument) if name == "Fn::And" else any(argument)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        for known in (self.pseudo, self.parameters, self.made):
            if name in known:
                return known[name]
        raise DeployRefused([f"Ref {name}: no such parameter or resource (or its condition is false)"])

    def _attribute(self, resource: str, attribute: str) -> Any:
        if attribute not in self.attributes.get(resource, {}):
            known = ", ".join(sorted(self.attributes.get(resource, {}))) or "none"
            raise DeployRefused([f"GetAtt {resource}.{attribute} is not known to the deployer (known: {known})"])
        return self.attributes[resource][attribute]

    def _sub(self, argument: Any) -> str:
        text, own = (argument[0], self.resolve(argument[1])) if isinstance(argument, list) else (argument, {})

        def replace(match: re.Match[str]) -> str:
            name = match[2].strip()
            if match[1]:
                return "${" + match[2] + "}"
            if name in own:
                return str(own[name])
            resource, dot, attribute = name.partition(".")
            return str(self._attribute(resource, attribute) if dot else self._ref(name))

        return _PLACEHOLDER.sub(replace, text)


def read_parameters(declared: Json, given: dict[str, str]) -> dict[str, Any]:
    """Values of all parameters, checked against what is allowed."""
    problems = [f"parameter {name} is not in the template" for name in given if name not in declared]
    values: dict[str, Any] = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            problems.append(f"parameter {name} has neither a value nor a default")
            continue
        problems += _parameter_problems(name, str(value), declaration)
        split = str(declaration.get("Type", "String")).startswith(("CommaDelimitedList", "List<"))
        values[name] = [part.strip() for part in str(value).split(",")] if split else value
    if problems:
        raise DeployRefused(problems)
    return values


def _parameter_problems(name: str, value: str, declaration: Json) -> list[str]:
    problems = []
    if str(declaration.get("Type", "String")).startswith("AWS::"):
        problems.append(f"parameter {name}: type {declaration['Type']} is not known to the deployer")
    allowed = [str(item) for item in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        problems.append(f"parameter {name}: {value!r} is none of {', '.join(allowed)}")
    if "AllowedPattern" in declaration and not re.fullmatch(declaration["AllowedPattern"], value):
        problems.append(f"parameter {name}: {value!r} does not match {declaration['AllowedPattern']}")
    return problems
