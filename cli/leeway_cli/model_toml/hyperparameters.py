"""Names and ranges of the hyperparameters that SageMaker's XGBoost container takes (reference: its own validation)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leeway.spec import BINARY, REGRESSION
from leeway_cli.model_toml.problem import KINDS
from leeway_cli.model_toml.problems import Problem

PREFIX = "training.hyperparameters"


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number between `low` and `high`; `above`: greater than low."""

    whole: bool = False
    low: float = 0
    high: float = float("inf")
    above: bool = False

    def takes(self, value: Any) -> bool:
        """Whether a value is such a number."""
        kinds = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        return (value > self.low if self.above else value >= self.low) and value <= self.high

    def __str__(self) -> str:
        noun = "a whole number" if self.whole else "a number"
        lower = f"{'over' if self.above else 'from'} {self.low:g}"
        return f"{noun} {lower}" + ("" if self.high == float("inf") else f" to {self.high:g}")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of some texts."""

    of: tuple[str, ...]

    def takes(self, value: Any) -> bool:
        """Whether a value is one of them."""
        return value in self.of

    def __str__(self) -> str:
        return " or ".join(f'"{option}"' for option in self.of)


@dataclass(frozen=True, kw_only=True)
class Several:
    """One or more of some texts, with commas between them."""

    of: tuple[str, ...]

    def takes(self, value: Any) -> bool:
        """Whether a value is such a list."""
        return isinstance(value, str) and all(part.strip() in self.of for part in value.split(","))

    def __str__(self) -> str:
        return f"one or more of {', '.join(self.of)}, with commas between them"


Takes = Number | Choice | Several
SHARE = Number(low=0, high=1, above=True)
ANY = Number(low=-float("inf"))
KNOWN: Mapping[str, Takes] = {
    "num_round": Number(whole=True, low=1, high=100_000),
    "booster": Choice(of=("gbtree", "dart")),
    "eta": Number(high=1),
    "learning_rate": Number(high=1),
    "gamma": Number(),
    "min_split_loss": Number(),
    "max_depth": Number(whole=True),
    "min_child_weight": Number(),
    "max_delta_step": Number(),
    "subsample": SHARE,
    "colsample_bytree": SHARE,
    "colsample_bylevel": SHARE,
    "colsample_bynode": SHARE,
    "lambda": Number(),
    "reg_lambda": Number(),
    "alpha": Number(),
    "reg_alpha": Number(),
    "tree_method": Choice(of=("auto", "exact", "approx", "hist")),
    "scale_pos_weight": Number(above=True),
    "grow_policy": Choice(of=("depthwise", "lossguide")),
    "max_leaves": Number(whole=True),
    "max_bin": Number(whole=True, low=2),
    "num_parallel_tree": Number(whole=True, low=1),
    "base_score": Number(low=0, high=1, above=True),
    "sample_type": Choice(of=("uniform", "weighted")),
    "normalize_type": Choice(of=("tree", "forest")),
    "rate_drop": Number(high=1),
    "one_drop": Number(whole=True, high=1),
    "skip_drop": Number(high=1),
    "early_stopping_rounds": Number(whole=True, low=1),
}
ELSEWHERE = {
    "seed": "set training.seed instead",
    "num_class": "is set by the training script, from the classes that the data hold",
    "nthread": "is set by the training script",
    "verbosity": "is set by the training script",
}
# The container would take them, and the training script does nothing with them (or they would break its promises).
NOT_YET = {
    "updater", "dsplit", "refresh_leaf", "process_type", "predictor", "sketch_eps", "monotone_constraints",
    "interaction_constraints", "lambda_bias", "tweedie_variance_power", "_kfold", "_num_cv_round",
     "save_model_on_termination", "aft_loss_distribution", "aft_loss_distribution_scale",
    "deterministic_histogram", "sampling_method", "prob_buffer_row", "csv_weights", "use_dask_gpu_training",
}  # fmt: skip
OF_BINARY = ("scale_pos_weight",)
OF_DART = ("sample_type", "normalize_type", "rate_drop", "one_drop", "skip_drop")
SAME = (("eta", "learning_rate"), ("gamma", "min_split_loss"), ("lambda", "reg_lambda"), ("alpha", "reg_alpha"))


def known(problem: str) -> Mapping[str, Takes]:
    """All that a model of this problem may set."""
    kind = KINDS[problem]
    own: dict[str, Takes] = {"objective": Choice(of=kind.objectives), "eval_metric": Several(of=kind.eval_metrics)}
    if problem == REGRESSION:
        own["base_score"] = ANY
    found = {**KNOWN, **own}
    return {name: takes for name, takes in found.items() if problem == BINARY or name not in OF_BINARY}


def problems(given: Mapping[str, Any], problem: str) -> Iterator[Problem]:
    """Everything that is wrong with [training.hyperparameters]."""
    takes = known(problem)
    for name, value in given.items():
        if says := _wrong(name, value, takes, problem):
            yield Problem(key=f"{PREFIX}.{name}", value=value, says=says)
    for one, other in SAME:
        if one in given and other in given:
            yield Problem(key=f"{PREFIX}.{other}", value=given[other], says=f"is another name of {one}; leave one out")
    for name in OF_DART if given.get("booster") != "dart" else ():
        if name in given:
            yield Problem(key=f"{PREFIX}.{name}", value=given[name], says='does nothing without booster = "dart"')


def _wrong(name: str, value: Any, takes: Mapping[str, Takes], problem: str) -> str | None:
    if name in takes:
        good = takes[name].takes(value)
        return None if good else f"is not allowed; allowed: {takes[name]}{_why(name, value, problem)}"
    if name in OF_BINARY:
        return f'is for problem = "binary", not "{problem}"'
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    if name in NOT_YET:
        return "does not work yet; leave it out"
    near = difflib.get_close_matches(name, takes, n=1)
    return f"is no hyperparameter of XGBoost's container{f'; did you mean {near[0]}?' if near else ''}"


def _why(name: str, value: Any, problem: str) -> str:
    of_problem = name in {"objective", "eval_metric"} and isinstance(value, str)
    return f'; problem = "{problem}" needs it' if of_problem else ""
