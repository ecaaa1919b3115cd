"""[training.algorithm]: what SageMaker's image cannot do where it runs its own algorithm and no code of ours.

Its refusals are those of aws/sagemaker-xgboost-container, `algorithm_mode/hyperparameter_validation.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leeway.training import BUILTIN, MULTICLASS, REGRESSION
from leeway_cli.model_toml.problem import problem_of
from leeway_cli.model_toml.problems import Problem

Document = Mapping[str, Any]
WITHOUT = 'or leave out algorithm = "builtin"'
METRIC = "is not measured of classes by the built-in algorithm; allowed: mlogloss or merror"


def builtin_can_do_it(document: Document) -> Iterator[Problem]:
    """Everything that the script does and the image alone does not."""
    training = _table(document, "training")
    if not is_builtin(document):
        return
    if training.get("spot") is True:
        says = f"needs checkpoints, and the built-in algorithm does not go on from its own: set it to false, {WITHOUT}"
        yield Problem(key="training.spot", value=True, says=says)
    if "entry" in training:
        says = f"is code, and the built-in algorithm runs none: leave it out, {WITHOUT}"
        yield Problem(key="training.entry", value=training["entry"], says=says)
    if problem_of(document) == MULTICLASS:
        yield from _classes(document)
    score = _table(training, "hyperparameters").get("base_score")
    if problem_of(document) == REGRESSION and isinstance(score, int | float) and score < 0:
        says = f"is not allowed; the built-in algorithm takes a number from 0: leave it out, {WITHOUT}"
        yield Problem(key="training.hyperparameters.base_score", value=score, says=says)


def is_builtin(document: Document) -> bool:
    """Whether the image's own algorithm trains."""
    return _table(document, "training").get("algorithm") == BUILTIN


def _classes(document: Document) -> Iterator[Problem]:
    training = _table(document, "training")
    if "classes" not in _table(document, "data"):
        says = f"is missing: the built-in algorithm is told their number before the data are read; name them, {WITHOUT}"
        yield Problem(key="data.classes", says=says)
    metrics = _table(training, "hyperparameters").get("eval_metric")
    if isinstance(metrics, str) and "auc" in [name.strip() for name in metrics.split(",")]:
        yield Problem(key="training.hyperparameters.eval_metric", value=metrics, says=f"auc {METRIC}")
    if (objective := _table(training, "tuning").get("objective")) == "validation:auc":
        yield Problem(key="training.tuning.objective", value=objective, says=METRIC)


def _table(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}
