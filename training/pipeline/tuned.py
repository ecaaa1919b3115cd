"""What rendering says of a tuning: its limits and ranges, and which of its trials the steps after it look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leeway.tuning import WHOLE, Range, Tuning

BIGGER_IS_BETTER = {"validation:auc"}
STRATEGIES = {"bayesian": "Bayesian", "random": "Random"}
SCALINGS = {
    "auto": "Auto", "linear": "Linear", "logarithmic": "Logarithmic", "reverse_logarithmic": "ReverseLogarithmic",
}  # fmt: skip


def words(tuning: Tuning, seed: int) -> dict[str, str | int]:
    """What stands in the skeleton by name."""
    return {
        "objective": tuning.objective,
        "direction": "Maximize" if tuning.objective in BIGGER_IS_BETTER else "Minimize",
        "strategy": STRATEGIES[tuning.strategy],
        "early_stopping": "Auto" if tuning.early_stop else "Off",
        "max_trials": tuning.max_trials,
        "parallel": tuning.parallel,
        "random_seed": seed,
    }


def trial(
    definition: Mapping[str, Any], tuning: Tuning, step: Callable[[Mapping[str, Any], str], dict[str, Any]]
) -> dict[str, Any]:
    """Put the ranges in, let Evaluate be told what the best trial was given, and answer what all trials are made of."""
    arguments: dict[str, Any] = step(definition, "Tune")["Arguments"]
    arguments["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges(tuning)
    told = step(definition, "Evaluate")["Arguments"]["AppSpecification"]["ContainerArguments"]
    told += [word for one in tuning.ranges for word in ("--tuned", _chosen(one.name))]
    found: dict[str, Any] = arguments["TrainingJobDefinition"]
    return found


def ranges(tuning: Tuning) -> dict[str, Any]:
    """ParameterRanges, in which all numbers are texts."""
    whole = [_range(one) for one in tuning.ranges if one.name in WHOLE]
    others = [_range(one) for one in tuning.ranges if one.name not in WHOLE]
    found = {"IntegerParameterRanges": whole, "ContinuousParameterRanges": others}
    return {kind: some for kind, some in found.items() if some}


def _range(one: Range) -> dict[str, str]:
    low, high = (str(int(end)) if one.name in WHOLE else repr(float(end)) for end in (one.min, one.max))
    return {"Name": one.name, "MinValue": low, "MaxValue": high, "ScalingType": SCALINGS[one.scaling]}


def _chosen(name: str) -> dict[str, Any]:
    """`name=value` of the best trial, known when the pipeline runs."""
    value = {"Get": f"Steps.Tune.BestTrainingJob.TunedHyperParameters['{name}']"}
    return {"Std:Join": {"On": "=", "Values": [name, value]}}
