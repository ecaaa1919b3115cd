"""Renders a model's pipeline definition from a skeleton: pure JSON, without the SageMaker SDK."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from leeway.errors import Rejected
from leeway.spec import BUILTIN, Hyperparameters, ModelSpec
from pipeline import builtin, tuned

FOLDER = Path(__file__).resolve().parent / "skeletons"
NAME = re.compile(r"\$\{(\w+)\}")
LONGEST = 28 * 86400  # seconds, of a training job with all its waiting
Text = str | int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a pipeline runs; `spec`, `code` and `wheels` are keys of the artifacts bucket, named by content."""

    region: str
    artifacts: str
    role: str
    group: str
    spec: str
    code: str
    code_sha256: str
    wheels: str


def render(spec: ModelSpec, place: Place) -> str:
    """The definition, the same bytes for the same arguments; raises Rejected where a region has no image."""
    tuning = spec.training.tuning
    skeleton = _skeleton("tune.json" if tuning else "train.json")
    if spec.training.prepare_instances > 1:
        skeleton["Steps"] = [*_skeleton("sharded.json")["Steps"], *skeleton["Steps"][1:]]  # in the place of Prepare
    names: dict[str, Text] = {
        "region": place.region,
        "artifacts": place.artifacts,
        "role": place.role,
        "group": place.group,
        "spec": place.spec,
        "code": place.code,
        "code_sha256": place.code_sha256,
        "wheels": place.wheels,
        "image": image(spec.training.image, place.region),
        "instance": spec.training.instance,
        "prepare_instances": spec.training.prepare_instances,
        "max_runtime": int(spec.training.max_runtime.total_seconds()),
        "seed": str(spec.training.seed),
        "serving_instance": spec.serving.instance,
    }
    definition = _filled(skeleton, names | (tuned.words(tuning, spec.training.seed) if tuning else {}))
    train = tuned.trial(definition, tuning, step) if tuning else step(definition, "Train")["Arguments"]
    given = train["StaticHyperParameters" if tuning else "HyperParameters"]
    given.update(hyperparameters(spec.training.hyperparameters))
    if spec.training.algorithm == BUILTIN:
        builtin.without_script(train, given, spec)
        builtin.register_packed(step(definition, "Register")["Arguments"], tuned=bool(tuning))
    if spec.training.spot:
        train.update(on_spot(train["StoppingCondition"]))
    return json.dumps(definition, sort_keys=True, separators=(",", ":"))


def _skeleton(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_bytes())
    return found


def on_spot(condition: Mapping[str, int]) -> dict[str, Any]:
    """What a training on spot instances says more; SageMaker refuses a longest wait where spot is off.

    It may wait for instances as long as it may run. All that it keeps goes with the folder of its run.
    """
    runs = condition["MaxRuntimeInSeconds"]
    place = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.RunPrefix"}, "checkpoints"]}}
    return {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {**condition, "MaxWaitTimeInSeconds": min(2 * runs, LONGEST)},
        "CheckpointConfig": {"S3Uri": place},
    }


def image(name: str, region: str) -> str:
    """The address of SageMaker's own image in a region."""
    addresses: dict[str, str] = json.loads((FOLDER / "images.json").read_bytes())[name]
    if region not in addresses:
        raise Rejected(f"SageMaker has no image {name} in {region}; it has one in {', '.join(sorted(addresses))}")
    return addresses[region]


def hyperparameters(given: Hyperparameters) -> dict[str, str]:
    """Hyperparameters as SageMaker takes them: all are texts."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in sorted(given.items())}


def _filled(value: Any, names: Mapping[str, Text]) -> Any:
    """A text that is one `${name}` becomes that value, of its own type; inside a longer text, its text."""
    if isinstance(value, dict):
        return {key: _filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    whole = NAME.fullmatch(value)
    return names[whole[1]] if whole else Template(value).substitute(names)


def step(definition: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A step by its name, wherever conditions put it."""
    waiting: list[dict[str, Any]] = list(definition["Steps"])
    while waiting:
        found = waiting.pop()
        if found["Name"] == name:
            return found
        arguments = found.get("Arguments", {})
        waiting += [*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])]
    raise KeyError(name)
