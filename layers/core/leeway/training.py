"""How a model is trained: [training] of its specification, and what both algorithms have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from leeway.tuning import Tuning

Hyperparameters = Mapping[str, "str | int | float"]
BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
SCRIPT, BUILTIN = "script", "builtin"
# By problem, what is measured after each round where eval_metric is not set; early stopping looks at the last.
MEASURED = {BINARY: ("logloss", "auc"), MULTICLASS: ("merror", "mlogloss"), REGRESSION: ("mae", "rmse")}


@dataclass(frozen=True, kw_only=True)
class Training:
    """[training]: `split` is time or hash; hyperparameters are those of XGBoost, with the values as written.

    `algorithm` is script (Leeway's own, in script mode) or builtin (the algorithm mode of SageMaker's image).
    `entry` is the model's own program in the place of Leeway's train.py, by its path beside model.toml, and `prepare`
    that in the place of Leeway's Prepare.
    With `tuning` there are many trainings, and the best one's model is taken.
    `prepare_instances` share the files of a training out among them, and each reads its own.
    With `spot` it runs on instances that may be taken away, and goes on from its checkpoints on the next one.
    `balance` lets all classes count the same in training, by weights inversely proportional to their frequency in the
    train part. Probabilities are then no longer those of the data; metrics are not weighed by class.
    """

    algorithm: str = SCRIPT
    entry: str | None = None
    prepare: str | None = None
    image: str = "xgboost:3.0-5"
    instance: str = "ml.m5.xlarge"
    prepare_instances: int = 1
    max_runtime: timedelta = timedelta(hours=1)
    spot: bool = False
    split: str
    seed: int = 42
    balance: bool = False
    hyperparameters: Hyperparameters = field(default_factory=dict)
    tuning: Tuning | None = None
