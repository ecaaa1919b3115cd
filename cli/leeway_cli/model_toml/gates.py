"""[gate]: what belongs to the problem, and what can be passed at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from leeway.spec import REGRESSION
from leeway_cli.model_toml.problem import KINDS, problem_of
from leeway_cli.model_toml.problems import Problem

Document = Mapping[str, Any]
OF_SLICES = ("slice_min", "slice_min_rows")


def gate_can_pass(document: Document) -> Iterator[Problem]:
    """The metric is one of the problem, and a bar outside its range would pass all or none."""
    gate, problem = document.get("gate"), problem_of(document)
    if not isinstance(gate, Mapping) or problem is None:
        return
    kind = KINDS[problem]
    metric = gate.get("metric", kind.metric)
    if not isinstance(metric, str) or not any(metric in other.ranges for other in KINDS.values()):
        return  # no metric at all, which is said already
    if metric not in kind.ranges:
        says = f'is not for problem = "{problem}"; allowed: {_listed(kind.ranges)}'
        yield Problem(key="gate.metric", value=metric, says=says)
        return
    yield from _in_range(gate, metric, *kind.ranges[metric])


def _in_range(gate: Document, metric: str, low: float, high: float) -> Iterator[Problem]:
    for key, least in (("min", low), ("slice_min", low), ("margin", 0.0)):
        value = gate.get(key)
        if _is_number(value) and not least <= value < high:
            says = f"is outside the range of {metric}; allowed: from {least:g} to under {high:g}"
            yield Problem(key=f"gate.{key}", value=value, says=says)


def calibration_is_of_probabilities(document: Document) -> Iterator[Problem]:
    """A number is no probability."""
    gate = document.get("gate")
    if isinstance(gate, Mapping) and "max_calibration_error" in gate and problem_of(document) == REGRESSION:
        says = 'is for probabilities, and problem = "regression" has none; leave it out'
        yield Problem(key="gate.max_calibration_error", value=gate["max_calibration_error"], says=says)


def slices_make_sense(document: Document) -> Iterator[Problem]:
    """Slices are columns with groups in them; what bounds them does nothing without them."""
    gate, data = document.get("gate"), document.get("data")
    if not isinstance(gate, Mapping):
        return
    for key in OF_SLICES if "slices" not in gate else ():
        if key in gate:
            yield Problem(key=f"gate.{key}", value=gate[key], says="does nothing without gate.slices")
    names = gate.get("slices")
    if not isinstance(names, list):
        return
    if len({str(name) for name in names}) < len(names):
        yield Problem(key="gate.slices", value=names, says="names a column twice")
    for role in ("id", "label", "event_time", "weight"):
        if isinstance(data, Mapping) and isinstance(data.get(role), str) and data[role] in names:
            yield Problem(key="gate.slices", value=names, says=f"names {data[role]}, which is data.{role}")


def _listed(names: Iterable[str]) -> str:
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} or {last}"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
