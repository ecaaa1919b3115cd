"""[training.tuning]: what SageMaker tunes of its XGBoost, towards what, and within which ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from leeway.training import BINARY, MEASURED, MULTICLASS, REGRESSION
from leeway.tuning import TUNABLE, WHOLE
from leeway_cli.model_toml.hyperparameters import SAME, known
from leeway_cli.model_toml.problem import problem_of
from leeway_cli.model_toml.problems import Problem

Document = Mapping[str, Any]
PREFIX = "training.tuning"
# By problem, what SageMaker takes as an objective and XGBoost can measure; the default first.
OBJECTIVES = {
    BINARY: ("validation:auc", "validation:logloss", "validation:error", "validation:rmse", "validation:mae"),
    MULTICLASS: ("validation:mlogloss", "validation:merror", "validation:auc"),
    REGRESSION: ("validation:rmse", "validation:mae"),
}


def tuning_makes_sense(document: Document) -> Iterator[Problem]:
    """Everything that is wrong between the keys of [training.tuning], and with those of [training.hyperparameters]."""
    training, problem = _table(document, "training"), problem_of(document)
    tuning, fixed = _table(training, "tuning"), _table(training, "hyperparameters")
    if problem is None or not tuning:
        return
    yield from _limits(tuning)
    yield from _objective(tuning, fixed, problem)
    for name, ends in _table(tuning, "ranges").items():
        key = f"{PREFIX}.ranges.{name}"
        says = _untunable(name, fixed) or (_wrong(name, ends, problem) if isinstance(ends, Mapping) else None)
        if says:
            yield Problem(key=key, value=ends, says=says)


def _limits(tuning: Document) -> Iterator[Problem]:
    trials, parallel = tuning.get("max_trials", 20), tuning.get("parallel", 2)
    if _is_number(trials) and _is_number(parallel) and parallel > trials:
        key = "parallel" if "parallel" in tuning else "max_trials"
        yield Problem(
            key=f"{PREFIX}.{key}", value=tuning[key], says=f"{parallel} at a time are more than {trials} trials"
        )


def _objective(tuning: Document, fixed: Document, problem: str) -> Iterator[Problem]:
    objective = tuning.get("objective", OBJECTIVES[problem][0])
    if objective not in OBJECTIVES[problem]:
        says = f'is no objective for problem = "{problem}"; allowed: {", ".join(OBJECTIVES[problem])}'
        yield Problem(key=f"{PREFIX}.objective", value=objective, says=says)
        return
    metric, given = objective.partition(":")[2], fixed.get("eval_metric")
    measured = [part.strip() for part in given.split(",")] if isinstance(given, str) else MEASURED[problem]
    if metric not in measured:
        says = (
            f"is not measured: name {metric} in training.hyperparameters.eval_metric, which has {', '.join(measured)}"
        )
        key = "objective" if "objective" in tuning else "max_trials"
        yield Problem(key=f"{PREFIX}.{key}", value=objective, says=says)


def _untunable(name: str, fixed: Document) -> str | None:
    """Why a name cannot have a range."""
    other = {one: two for pair in SAME for one, two in (pair, pair[::-1])}.get(name)
    if name not in TUNABLE:
        meant = f"; did you mean {other}?" if other in TUNABLE else ""
        return f"is not what SageMaker tunes of XGBoost{meant}; allowed: {', '.join(sorted(TUNABLE))}"
    if found := [one for one in (name, other) if one in fixed]:
        return f"is training.hyperparameters.{found[0]} too; leave one out"
    return None


def _wrong(name: str, ends: Document, problem: str) -> str | None:
    """Why nothing, or not all of it, could be tried."""
    low, high, scaling = ends.get("min"), ends.get("max"), ends.get("scaling", "auto")
    if not (_is_number(low) and _is_number(high)):
        return None  # said already
    takes = known(problem)[name]
    if name in WHOLE and not (isinstance(low, int) and isinstance(high, int)):
        return "min and max must be whole numbers"
    if outside := [end for end in (low, high) if not takes.takes(end)]:
        return f"{outside[0]:g} is not allowed; allowed: {takes}"
    if low >= high:
        return f"is empty: min {low:g} is not less than max {high:g}"
    if scaling == "logarithmic" and low <= 0:
        return "logarithmic scaling needs min over 0"
    if scaling == "reverse_logarithmic" and (name in WHOLE or high >= 1):
        return "reverse_logarithmic scaling is for fractions under 1"
    return None


def _table(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
