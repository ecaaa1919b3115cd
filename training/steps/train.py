"""Train: XGBoost in script mode, reproducible byte for byte, with log lines as SageMaker's own algorithm has them."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xgboost

from leeway.cells import shown
from leeway.errors import Rejected
from leeway.spec import BINARY, MULTICLASS, REGRESSION
from serving.encoders import ENCODERS, Encoders
from serving.scorer import Scorer, as_data, said
from steps import weights
from steps.matrices import FEATURES, LABELS

ROUNDS = 100
OBJECTIVES = {BINARY: "binary:logistic", MULTICLASS: "multi:softprob", REGRESSION: "reg:squarederror"}
METRICS = {BINARY: ["logloss", "auc"], MULTICLASS: ["merror", "mlogloss"], REGRESSION: ["mae", "rmse"]}
OF_SAGEMAKER = ("sagemaker_", "_tuning_")
BIGGER_IS_BETTER = {"auc", "aucpr", "map", "ndcg"}
HYPERPARAMETERS = "/opt/ml/input/config/hyperparameters.json"
UNUSED = re.compile(r"Parameters: \{([^}]*)\} are not used")
METRIC = re.compile(r"\t(train|validation)-([^:\t]+):(\S+)")


def main(arguments: Sequence[str]) -> None:
    """Entry: hyperparameters as `--name value`, or in SageMaker's file where there are none; folders as SM_* say."""
    given = from_arguments(arguments) or from_file(Path(os.environ.get("SM_HYPERPARAMETERS_FILE", HYPERPARAMETERS)))
    channels = Path(os.environ.get("SM_INPUT_DIR", "/opt/ml/input")) / "data"
    train = Path(os.environ.get("SM_CHANNEL_TRAIN", channels / "train"))
    validation = Path(os.environ.get("SM_CHANNEL_VALIDATION", channels / "validation"))
    target = Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model"))
    try:
        files = fit(given, train, validation).files()
    except (Rejected, xgboost.core.XGBoostError) as error:
        raise SystemExit(f"training failed: {said(error)}") from error
    target.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (target / name).write_bytes(body)


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


def fit(given: Mapping[str, str], train: Path, validation: Path) -> Scorer:
    """The model of a training and a validation part."""
    encoders = Encoders.from_bytes((train / ENCODERS).read_bytes())
    if given.get("tree_method") == "exact" and "c" in encoders.types:
        raise Rejected('tree_method = "exact" takes no categories; use "hist"')
    parts = [(_data(encoders, train), "train"), (_data(encoders, validation), "validation")]
    rounds = _count(given, "num_round", ROUNDS)
    patience = _count(given, "early_stopping_rounds", 0)
    booster = _booster(_parameters(given, encoders), [data for data, _ in parts])
    best = _rounds(booster, parts, rounds, patience)
    return Scorer(booster=booster[: best + 1] if patience else booster, encoders=encoders)


def _data(encoders: Encoders, folder: Path) -> xgboost.DMatrix:
    return as_data(encoders, np.load(folder / FEATURES), np.load(folder / LABELS), weights.read(folder))


def _count(given: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 1; tuning may write 50.0 for 50."""
    if name not in given:
        return default
    found = re.fullmatch(r"([0-9]{1,6})(\.0*)?", given[name])
    if not found or not int(found[1]):
        raise Rejected(f"{name} is {shown(given[name])}; allowed: a whole number from 1 to 999999")
    return int(found[1])


def _booster(parameters: Mapping[str, object], data: Sequence[xgboost.DMatrix]) -> xgboost.Booster:
    """XGBoost only warns of a parameter that it does not know or use: a key that does nothing is refused here."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        booster = xgboost.Booster(dict(parameters), list(data))
        booster.num_boosted_rounds()  # configures it, and so checks the parameters
    for warning in heard:
        if unused := UNUSED.search(str(warning.message)):
            raise Rejected(f"hyperparameters that XGBoost does not use here: {unused[1].strip()}")
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return booster


def _parameters(given: Mapping[str, str], encoders: Encoders) -> dict[str, object]:
    """XGBoost reads texts. `hist` is the method that takes categories, and it does not depend on threads."""
    ours = {"num_round", "early_stopping_rounds", "eval_metric"}
    metrics = [name for name in given.get("eval_metric", "").replace("[", "").replace("]", "").split(",") if name]
    asked = {name: value for name, value in given.items() if name not in ours}
    problem = encoders.problem
    defaults = {"objective": OBJECTIVES[problem], "tree_method": "hist", "seed": "0"}
    defaults["disable_default_eval_metric"] = "1"
    if problem == MULTICLASS:
        asked["num_class"] = str(len(encoders.classes))
    return {**defaults, **asked, "eval_metric": [name.strip(" \"'") for name in metrics] or METRICS[problem]}


def _rounds(booster: xgboost.Booster, parts: list[tuple[xgboost.DMatrix, str]], rounds: int, patience: int) -> int:
    """Boost, print each round as SageMaker's metric expressions expect it (a tab as #011), answer the best round."""
    best, best_value = rounds - 1, -float("inf")
    for number in range(rounds):
        booster.update(parts[0][0], number)
        found = METRIC.findall(str(booster.eval_set(parts, number)))
        values = [f"#011{part}-{name}:{float(value):.5f}" for part, name, value in found]
        print(f"[{number}]{''.join(values)}", flush=True)
        _, name, value = found[-1]  # as the algorithm does, early stopping looks at the last metric of the last part
        gain = float(value) if name.split("@")[0] in BIGGER_IS_BETTER else -float(value)
        if gain > best_value:
            best, best_value = number, gain
        if patience and number - best >= patience:
            break
    return best
