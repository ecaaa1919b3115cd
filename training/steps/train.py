"""Train: XGBoost in script mode, reproducible byte for byte, with log lines as SageMaker's own algorithm has them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xgboost

from leeway.cells import shown
from leeway.errors import Rejected
from leeway.training import BINARY, MEASURED, MULTICLASS, REGRESSION
from serving.encoders import ENCODERS, MODEL, Encoders
from serving.scorer import Scorer, as_data, booster, said
from steps import own, weights
from steps.boosting import Boosting, segment
from steps.checkpoints import Checkpoints
from steps.matrices import FEATURES, LABELS

KEY = "training.entry"
ROUNDS = 100
OBJECTIVES = {BINARY: "binary:logistic", MULTICLASS: "multi:softprob", REGRESSION: "reg:squarederror"}
OF_SAGEMAKER = ("sagemaker_", "_tuning_")
HYPERPARAMETERS = "/opt/ml/input/config/hyperparameters.json"


def main(arguments: Sequence[str]) -> None:
    """Entry: hyperparameters as `--name value`, or in SageMaker's file where there are none; folders as SM_* say.

    Checkpoints lie beside the model, in /opt/ml/checkpoints, if SageMaker has made that folder.
    """
    channels = Path(os.environ.get("SM_INPUT_DIR", "/opt/ml/input")) / "data"
    train = Path(os.environ.get("SM_CHANNEL_TRAIN", channels / "train"))
    validation = Path(os.environ.get("SM_CHANNEL_VALIDATION", channels / "validation"))
    target = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    try:
        if body := own.source("train.py"):
            target.mkdir(parents=True, exist_ok=True)
            own.run(KEY, body, arguments)
            files = completed(target, Encoders.from_bytes((train / ENCODERS).read_bytes()))
        else:
            file = Path(os.environ.get("SM_HYPERPARAMETERS_FILE", HYPERPARAMETERS))
            given = from_arguments(arguments) or from_file(file)
            files = fit(given, train, validation, target.parent / "checkpoints").files()
    except (Rejected, xgboost.core.XGBoostError) as error:
        raise SystemExit(f"training failed: {said(error)}") from error
    target.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (target / name).write_bytes(body)


def completed(folder: Path, encoders: Encoders) -> dict[str, bytes]:
    """Both files of an archive, by what a program of the model's own has left; raises Rejected with what is wrong."""
    left = sorted(path.name for path in folder.iterdir())
    if MODEL not in left:
        raise Rejected(f"{KEY} wrote no {MODEL} into SM_MODEL_DIR; it holds {', '.join(left) or 'nothing'}")
    if strange := [name for name in left if name not in (MODEL, ENCODERS)]:
        raise Rejected(f"{KEY} wrote {strange[0]} into SM_MODEL_DIR, where {MODEL} is to be alone")
    body = (folder / MODEL).read_bytes()
    try:
        return Scorer(booster=booster(body), encoders=encoders).stamped(body)
    except Rejected as error:
        raise Rejected(f"what {KEY} wrote is no model of these data: {error}") from error


def from_arguments(arguments: Sequence[str]) -> dict[str, str]:
    """`--name value` or `--name=value`, as the container passes hyperparameters; a name of one letter has one dash."""
    words = [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]
    if len(words) % 2 or any(not name.startswith("-") for name in words[::2]):
        raise SystemExit(f"hyperparameters come as --name value; these are: {' '.join(arguments)}")
    return cleaned({name.lstrip("-"): value for name, value in zip(words[::2], words[1::2], strict=True)})


def from_file(path: Path) -> dict[str, str]:
    """SageMaker's file, in which all values are strings, and some of those JSON."""
    return cleaned(json.loads(path.read_bytes())) if path.is_file() else {}


def cleaned(given: Mapping[str, object]) -> dict[str, str]:
    """Without SageMaker's own, and without the quotes of JSON."""
    return {name: _plain(str(value)) for name, value in given.items() if not name.startswith(OF_SAGEMAKER)}


def _plain(value: str) -> str:
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, str) else value


def fit(given: Mapping[str, str], train: Path, validation: Path, checkpoints: Path) -> Scorer:
    """The model of a training and a validation part; it goes on from the folder of checkpoints, where there is one."""
    encoders = Encoders.from_bytes((train / ENCODERS).read_bytes())
    if given.get("tree_method") == "exact" and "c" in encoders.types:
        raise Rejected('tree_method = "exact" takes no categories; use "hist"')
    parameters = _parameters(given, encoders)
    rounds, patience = _count(given, "num_round", ROUNDS), _count(given, "early_stopping_rounds", 0)
    decides = {"parameters": parameters, "rounds": rounds, "patience": patience, "segment": segment(rounds)}
    boosting = Boosting(
        parameters=parameters,
        parts=[(_data(encoders, train), "train"), (_data(encoders, validation), "validation")],
        rounds=rounds,
        patience=patience,
        checkpoints=Checkpoints.of(checkpoints, decides, {"train": train, "validation": validation}),
    )
    return Scorer(booster=boosting.run(), encoders=encoders)


def _data(encoders: Encoders, folder: Path) -> xgboost.DMatrix:
    """XGBoost makes a form of its own of the features, so they are read from the file, and not into memory first."""
    features = np.load(folder / FEATURES, mmap_mode="r")
    return as_data(encoders, features, np.load(folder / LABELS), weights.read(folder))


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 1; tuning may write 50.0 for 50."""
    if name not in given:
        return default
    found = re.fullmatch(r"([0-9]{1,6})(\.0*)?", given[name])
    if not found or not int(found[1]):
        raise Rejected(f"{name} is {shown(given[name])}; allowed: a whole number from 1 to 999999")
    return int(found[1])


def _parameters(given: Mapping[str, str], encoders: Encoders) -> dict[str, object]:
    """XGBoost reads texts. `hist` is the method that takes categories, and it does not depend on threads."""
    ours = {"num_round", "early_stopping_rounds", "eval_metric"}
    metrics = [name for name in given.get("eval_metric", "").replace("[", "").replace("]", "").split(",") if name]
    asked = {name: value for name, value in given.items() if name not in ours}
    if not re.fullmatch(r"[0-9]{1,18}", given.get("seed", "0")):
        raise Rejected(f"seed is {shown(given['seed'])}; allowed: a whole number, 0 or more")
    problem = encoders.problem
    defaults = {"objective": OBJECTIVES[problem], "tree_method": "hist", "seed": "0"}
    defaults["disable_default_eval_metric"] = "1"
    if problem == MULTICLASS:
        asked["num_class"] = str(len(encoders.classes))
    return {**defaults, **asked, "eval_metric": [name.strip(" \"'") for name in metrics] or list(MEASURED[problem])}
