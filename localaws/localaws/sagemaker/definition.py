"""Checks a pipeline definition when it is created or updated, so that what cannot run is refused at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from localaws.sagemaker.conditions import TYPES
from localaws.sagemaker.expressions import is_expression, references
from localaws.sagemaker.known import unknown
from localaws.sagemaker.refusals import invalid
from localaws.sagemaker.retries import policy_problems
from localaws.sagemaker.screening import OVERRIDE, demands, overrides_metrics
from localaws.sagemaker.shapes import problems_of
from localaws.sagemaker.stepjobs import KINDS
from localaws.sagemaker.tuningrules import tuning_demands

NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
OPERATIONS = {name: kind.operation for name, kind in KINDS.items()} | {"RegisterModel": "CreateModelPackage"}
STUB = "s3://stub/stub"
STEP_TYPES = (*OPERATIONS, "Condition", "Fail")
STUBS = {"String": STUB, "Integer": 1, "Float": 1.0, "Boolean": True}  # by the type of a parameter
GIVEN_BY_SAGEMAKER = {name: {kind.name: "stub"} for name, kind in KINDS.items()} | {"RegisterModel": {}}
DEMANDS: dict[str, Callable[[dict[str, Any]], Iterable[str]]] = {
    "Processing": lambda arguments: demands("Processing", arguments),
    "Training": lambda arguments: demands("Training", arguments),
    "Tuning": tuning_demands,
    "RegisterModel": lambda _: (),
}
EXECUTION = (
    "PipelineName", "PipelineArn", "PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime",
)  # fmt: skip
OWN_NAME = ("Processing", "Training")  # kinds of steps with `Execution.<kind>JobName`, the name of their own job
LONGEST = 2**20


def parsed(text: str) -> dict[str, Any]:
    """The definition; raises ValidationException with everything that is wrong with it."""
    if len(text.encode()) > LONGEST:
        raise invalid("The pipeline definition is larger than 1 MiB.")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise invalid(f"Unable to parse pipeline definition: {error}") from error
    problems = list(_problems(document)) if isinstance(document, dict) else ["the definition is not an object"]
    if problems:
        raise invalid(f"Invalid pipeline definition: {'; '.join(problems)}")
    found: dict[str, Any] = document
    return found


def steps_of(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All steps, those in the branches of conditions too."""
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps"):
            if step.get("Type") == "Condition":
                yield from steps_of(step.get("Arguments", {}).get(branch) or [])


def _problems(document: dict[str, Any]) -> Iterator[str]:
    if document.get("Version") != "2020-12-01":
        yield "Version must be 2020-12-01"
    steps = list(steps_of(document.get("Steps") or []))
    names = [str(step.get("Name")) for step in steps]
    if not steps:
        yield "there is no step"
    yield from (f"step name {name} is there twice" for name in sorted({n for n in names if names.count(n) > 1}))
    parameters = {str(p.get("Name")): str(p.get("Type")) for p in document.get("Parameters") or []}
    yield from (f"parameter {n} has an unknown type" for n, kind in parameters.items() if kind not in STUBS)
    for step in steps:
        yield from (f"step {step.get('Name')}: {text}" for text in _step_problems(step, set(names), parameters))


def _step_problems(step: dict[str, Any], names: set[str], parameters: dict[str, str]) -> Iterator[str]:
    kind, arguments = step.get("Type"), step.get("Arguments") or {}
    if not NAME.fullmatch(str(step.get("Name", ""))):
        yield "its name must match [A-Za-z0-9-_]{1,64}"
    if kind not in STEP_TYPES:
        yield f"type {kind} is not emulated by localaws (see COVERAGE.md)"
        return
    yield from (f"depends on {name}, which is no step" for name in depends_on(step) if name not in names)
    own = {KINDS[kind].name} if kind in OWN_NAME else set()
    yield from _reference_problems(arguments, names, parameters, own)
    yield from policy_problems(step)
    if kind in OPERATIONS:
        yield from _argument_problems(kind, _stubbed(arguments, parameters) | GIVEN_BY_SAGEMAKER[kind])
    if kind == "Condition":
        yield from (
            f"condition {t} is unknown" for t in _condition_types(arguments.get("Conditions") or []) if t not in TYPES
        )


def _argument_problems(kind: str, arguments: dict[str, Any]) -> Iterator[str]:
    """What the request of a step's own operation would be refused for."""
    operation = OPERATIONS[kind]
    if text := problems_of(operation, arguments):
        yield text
        return
    if kind == "Training" and overrides_metrics(arguments):
        yield OVERRIDE
    foreign = [*unknown(operation, arguments), *DEMANDS[kind](arguments)]
    yield from (f"{what} is not emulated by localaws (see COVERAGE.md)" for what in foreign)


def depends_on(step: Mapping[str, Any]) -> dict[str, str]:
    """Names of the steps that must end first, with the end that they must come to."""
    found = step.get("DependsOn") or []
    return {d if isinstance(d, str) else d["Step"]: "Succeeded" if isinstance(d, str) else d["Trigger"] for d in found}


def _reference_problems(arguments: Any, names: set[str], parameters: Collection[str], own: set[str]) -> Iterator[str]:
    for path in references(arguments):
        root, _, rest = path.partition(".")
        name = rest.split(".")[0].split("[")[0]
        known = {"Parameters": set(parameters), "Steps": names, "Execution": {*EXECUTION, *own}}.get(root)
        if known is None or name not in known:
            yield f"refers to {path}, which is not there"


def _condition_types(conditions: list[dict[str, Any]]) -> Iterator[str]:
    for condition in conditions:
        yield str(condition.get("Type"))
        inner = condition.get("Conditions") or ([condition["Condition"]] if "Condition" in condition else [])
        yield from _condition_types(inner)


def _stubbed(value: Any, parameters: Mapping[str, str]) -> Any:
    """Expressions become a value such as they may have, so that the rest can be checked by shape."""
    if is_expression(value):
        root, _, name = str(value.get("Get", "")).partition(".")
        return STUBS.get(parameters.get(name, ""), STUB) if root == "Parameters" else STUB
    if isinstance(value, Mapping):
        return {name: _stubbed(inner, parameters) for name, inner in value.items()}
    return [_stubbed(inner, parameters) for inner in value] if isinstance(value, list) else value
