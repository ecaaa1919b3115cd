"""What belongs to which problem: objective, metrics, label. A key of another problem is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leeway.spec import BINARY, MULTICLASS, REGRESSION
from leeway_cli.model_toml.problems import Problem

INFINITE = float("inf")
SHARE = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One problem: its objectives and its metrics for the gate with their ranges, default first; metrics to watch."""

    objectives: tuple[str, ...]
    eval_metrics: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]

    @property
    def metric(self) -> str:
        """The gate's metric where none is set."""
        return next(iter(self.ranges))


KINDS: Mapping[str, Kind] = {
    BINARY: Kind(
        objectives=("binary:logistic",),
        eval_metrics=("auc", "aucpr", "logloss", "error", "rmse", "mae"),
        ranges={
            "auc": SHARE, "aucpr": SHARE, "accuracy": SHARE, "f1": SHARE, "logloss": (0.0, 10.0), "brier": SHARE,
        },
    ),
    MULTICLASS: Kind(
        objectives=("multi:softprob",),
        eval_metrics=("mlogloss", "merror", "auc"),
        ranges={"accuracy": SHARE, "f1_macro": SHARE, "mlogloss": (0.0, 10.0)},
    ),
    REGRESSION: Kind(
        objectives=("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"),
        eval_metrics=("rmse", "mae", "mape"),
        ranges={"rmse": (0.0, INFINITE), "mae": (0.0, INFINITE), "r2": (-INFINITE, 1.0)},
    ),
}  # fmt: skip


def problem_of(document: Mapping[str, Any]) -> str | None:
    """The problem of a raw document; None where it is none, which is said elsewhere."""
    model = document.get("model")
    named = model.get("problem", BINARY) if isinstance(model, Mapping) else BINARY
    return named if isinstance(named, str) and named in KINDS else None


def balance_fits_problem(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Classes can be balanced, and once is enough."""
    training = document.get("training")
    if not isinstance(training, Mapping) or training.get("balance") is not True:
        return
    given = training.get("hyperparameters")
    if problem_of(document) == REGRESSION:
        yield Problem(key="training.balance", value=True, says='is for classes; problem = "regression" has none')
    elif isinstance(given, Mapping) and "scale_pos_weight" in given:
        says = "weighs the classes too, as scale_pos_weight does; leave one out"
        yield Problem(key="training.balance", value=True, says=says)


def label_fits_problem(document: Mapping[str, Any]) -> Iterator[Problem]:
    """A positive class is one of two; classes are those of more, each once."""
    data, problem = document.get("data"), problem_of(document)
    if not isinstance(data, Mapping) or problem is None:
        return
    for key, its in (("positive", BINARY), ("classes", MULTICLASS)):
        if key in data and problem != its:
            yield Problem(key=f"data.{key}", value=data[key], says=f'is for problem = "{its}", not "{problem}"')
    classes = data.get("classes")
    if isinstance(classes, list) and len({str(name) for name in classes}) < len(classes):
        yield Problem(key="data.classes", value=classes, says="names a class twice")
