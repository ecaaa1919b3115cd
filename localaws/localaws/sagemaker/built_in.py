"""Runs in the container's Python: trains as SageMaker's XGBoost image does in algorithm mode, where no script is given.

Read from aws/sagemaker-xgboost-container (`algorithm_mode/`, `data_utils.py`, `callback.py`) for the image 3.0-5: what
it takes and refuses, in its words, how it reads CSV, what it prints, what it leaves. With the standard library alone.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODEL = "xgboost-model"
NUMBERS: dict[str, tuple[type, str]] = {
    "num_round": (int, "[1, +inf)"),
    "csv_weights": (int, "[0, 1]"),
    "early_stopping_rounds": (int, "[1, +inf)"),
    "verbosity": (int, "[0, 3]"),
    "nthread": (int, "[1, +inf)"),
    "eta": (float, "[0, 1]"),
    "gamma": (float, "[0, +inf)"),
    "max_depth": (int, "[0, +inf)"),
    "min_child_weight": (float, "[0, +inf)"),
    "max_delta_step": (float, "[0, +inf)"),
    "subsample": (float, "(0, 1]"),
    "colsample_bytree": (float, "(0, 1]"),
    "colsample_bylevel": (float, "(0, 1]"),
    "colsample_bynode": (float, "(0, 1]"),
    "lambda": (float, "[0, +inf)"),
    "alpha": (float, "[0, +inf)"),
    "sketch_eps": (float, "(0, 1)"),
    "scale_pos_weight": (float, "(0, +inf)"),
    "refresh_leaf": (int, "[0, 1]"),
    "max_leaves": (int, "[0, +inf)"),
    "max_bin": (int, "[0, +inf)"),
    "rate_drop": (float, "[0, 1]"),
    "one_drop": (int, "[0, 1]"),
    "skip_drop": (float, "[0, 1]"),
    "lambda_bias": (float, "[0, 1]"),
    "tweedie_variance_power": (float, "(1, 2)"),
    "num_class": (int, "[2, +inf)"),
    "base_score": (float, "[0, +inf)"),
    "seed": (int, "(-2147483648, 2147483647)"),
    "num_parallel_tree": (int, "[1, +inf)"),
    "aft_loss_distribution_scale": (float, "[0, +inf)"),
    "prob_buffer_row": (int, "(1.0, +inf)"),
}
CHOICES = {
    "booster": ["gbtree", "gblinear", "dart"],
    "tree_method": ["auto", "exact", "approx", "hist", "gpu_hist"],
    "dsplit": ["row", "col"],
    "process_type": ["default", "update"],
    "grow_policy": ["depthwise", "lossguide"],
    "predictor": ["auto", "cpu_predictor", "gpu_predictor"],
    "sample_type": ["uniform", "weighted"],
    "normalize_type": ["tree", "forest"],
    "objective": [
        "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson", "multi:softmax",
        "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear", "reg:squarederror", "reg:logistic",
        "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror", "reg:absoluteerror", "reg:tweedie", "survival:aft",
        "survival:cox",
    ],
    "aft_loss_distribution": ["normal", "logistic", "extreme"],
    "deterministic_histogram": ["true", "false"],
    "sampling_method": ["uniform", "gradient_based"],
}  # fmt: skip
ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
# The first are made by scikit-learn in the image; which of all are the better the greater.
BY_THE_IMAGE = [
    "accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "precision", "r2", "recall", "precision_macro",
    "precision_micro", "recall_macro", "recall_micro", "mse",
]  # fmt: skip
MAXIMIZED = ["auc", "aucpr", "map", "ndcg", *BY_THE_IMAGE[:-1]]
METRICS = [
    *MAXIMIZED, "aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse", "poisson-nloglik",
    "rmse", "rmsle", "tweedie-nloglik",
]  # fmt: skip
TUNING = "_tuning_objective_metric"
CHANNELS = ("train", "validation", "code")
CSV = ("csv", "text/csv")
OTHER_TYPES = (
    "libsvm", "text/libsvm", "text/x-libsvm", "parquet", "application/x-parquet", "recordio-protobuf",
    "application/x-recordio-protobuf",
)  # fmt: skip
# What the image takes, and this does not do.
NOT_EMULATED = (
    "updater", "monotone_constraints", "interaction_constraints", "save_model_on_termination", "_kfold",
    "_num_cv_round", "use_dask_gpu_training",
)  # fmt: skip


class UserError(Exception):
    """What the customer can put right, in the image's own words."""


def main(root: str) -> None:
    """Train, or write why not where SageMaker looks for it; `root` is /opt/ml."""
    folder = Path(root)
    try:
        train(folder)
    except Exception as error:
        told = f"framework error: \n{traceback.format_exc()}\n{error}"
        sys.stderr.write(told + "\n")
        (folder / "output").mkdir(exist_ok=True)
        (folder / "output/failure").write_text(told)
        raise SystemExit(1) from error


def train(root: Path) -> None:
    """The whole job: hyperparameters, channels, data, rounds, model."""
    config = root / "input/config"
    given = hyperparameters(json.loads((config / "hyperparameters.json").read_text()))
    channels = validated(json.loads((config / "inputdataconfig.json").read_text()))
    weighted = given.get("csv_weights") == 1
    parts = [(matrix(root / "input/data" / name, weighted=weighted), name) for name in CHANNELS[:2] if name in channels]
    for data, name in parts:
        print(f"{name.capitalize()} matrix has {data.num_row()} rows and {data.num_col()} columns")
    booster = boosted(given, parts)
    (root / "model").mkdir(exist_ok=True)
    booster.save_model(str(root / "model" / MODEL))


def hyperparameters(texts: dict[str, str]) -> dict[str, Any]:
    """As values; raises UserError for the first that the image does not take."""
    named = {ALIASES.get(name, name): value for name, value in texts.items()}
    if "num_round" not in named:
        raise UserError("Missing required hyperparameter: num_round")
    found = {name: parsed(name, value) for name, value in named.items()}
    for name, value in found.items():
        check_range(name, value)
    if found.get("objective") in ("multi:softmax", "multi:softprob") and "num_class" not in found:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    objective = str(found.get("objective", ""))
    if "auc" in found.get("eval_metric", []) and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    return found


def parsed(name: str, value: str) -> Any:
    """A value of its type."""
    if name == "eval_metric":
        return value.split(",")
    if name in CHOICES or name == TUNING:
        return value
    if name not in NUMBERS:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    try:
        return NUMBERS[name][0](value)
    except ValueError as error:
        raise UserError(f"Hyperparameter {name}: could not parse value (caused by ValueError)") from error


def check_range(name: str, value: Any) -> None:
    """Raise UserError for a value outside the image's range."""
    if name == "eval_metric":
        if any(metric.split("@")[0] not in METRICS for metric in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {METRICS}")
    elif name in CHOICES:
        if value not in CHOICES[name]:
            raise UserError(f"Hyperparameter {name}: {value} is not in {CHOICES[name]}")
    elif name in NUMBERS and not within(value, NUMBERS[name][1]):
        raise UserError(f"Hyperparameter {name}: {value} is not in {NUMBERS[name][1]}")


def within(value: float, interval: str) -> bool:
    """Whether a number lies in an interval such as `(0, 1]`."""
    low, high = (float(end) for end in interval[1:-1].split(", "))
    above = value > low if interval[0] == "(" else value >= low
    return above and (value < high if interval[-1] == ")" else value <= high)


def validated(channels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The channels; raises UserError for what the image does not take."""
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name, one in channels.items():
        if name not in CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")
        kind = one.setdefault("ContentType", "text/libsvm")
        if name != "code" and kind not in (*CSV, *OTHER_TYPES):
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {one}")
    return channels


def matrix(folder: Path, *, weighted: bool) -> Any:
    """CSV without a header, the label first, by XGBoost's own reader; the first line decides the delimiter."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    if not files or not sum(path.stat().st_size for path in files):
        raise UserError(f"No data in {'training' if folder.name == 'train' else folder.name} channel path {folder}")
    with files[0].open(errors="ignore") as lines:
        line = lines.readline()
    try:
        delimiter = csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from error
    uri = f"{folder}?format=csv&label_column=0&delimiter={delimiter}{'&weight_column=1' if weighted else ''}"
    try:
        return xgboost().DMatrix(uri)
    except Exception as error:
        raise UserError(f"Failed to load csv data with exception:\n{error}") from error


def boosted(given: dict[str, Any], parts: list[tuple[Any, str]]) -> Any:
    """The model, of its best round where there is early stopping."""
    rounds, patience = given.pop("num_round"), given.pop("early_stopping_rounds", None)
    objective, metrics = given.pop(TUNING, None), given.get("eval_metric")
    wanted = objective.split(":")[1].split(",") if objective else None
    if wanted:
        given["eval_metric"] = sorted({*wanted, *(metrics or [])})
    stops_on = (wanted or metrics or [None])[-1]
    # A tab in a log is printed as #011, which the image's own expressions look for.
    tell: Callable[[str], None] = lambda line: print(line.replace("\t", "#011"), end="", flush=True)  # noqa: E731  one line for an argument
    callbacks = [xgboost().callback.EvaluationMonitor(logger=tell)]
    if patience and stops_on and len(parts) > 1:
        stop = xgboost().callback.EarlyStopping
        callbacks.append(
            stop(
                rounds=patience,
                data_name="validation",
                metric_name=stops_on,
                maximize=stops_on in MAXIMIZED,
                save_best=True,
            )
        )
    try:
        return xgboost().train(given, parts[0][0], rounds, evals=parts, callbacks=callbacks, verbose_eval=False)
    except Exception as error:
        raise RuntimeError(f"XGB train call failed with exception:\n {error}") from error


def xgboost() -> Any:
    """The image's, which the embedded AWS itself does not have."""
    return importlib.import_module("xgboost")


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main(sys.argv[1])
