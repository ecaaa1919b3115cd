"""Runs in the image's Python: a training as SageMaker's XGBoost image does it in algorithm mode, to make it again.

Usage: builtin.py NAME=FOLDER… HYPERPARAMETERS MODEL_FOLDER, where the hyperparameters are a JSON object of texts.
XGBoost reads each folder's CSV itself, as in the image; a parameter of another type than a list reads as its text.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

OF_SAGEMAKER, TUNED = "_tuning_", "_tuning_objective_metric"
BIGGER_IS_BETTER = ("auc", "aucpr", "map", "ndcg")


def main(*words: str) -> None:
    """Train and save."""
    *named, text, target = words
    given: dict[str, str] = json.loads(text)
    folders = dict(word.split("=", 1) for word in named)
    weight = "&weight_column=1" if given.pop("csv_weights", "0") == "1" else ""
    xgboost: Any = importlib.import_module("xgboost")  # of the Python that runs this
    uris = {name: f"{folder}?format=csv&label_column=0&delimiter=,{weight}" for name, folder in folders.items()}
    data = [(xgboost.DMatrix(uris[name]), name) for name in ("train", "validation") if name in uris]
    rounds, patience = int(given.pop("num_round")), int(given.pop("early_stopping_rounds", "0"))
    metrics = given.pop("eval_metric", "").split(",")
    if objective := given.pop(TUNED, "").partition(":")[2]:
        metrics = sorted({*metrics, objective})
    parameters = {name: value for name, value in given.items() if not name.startswith(OF_SAGEMAKER)}
    stops_on = objective or metrics[-1]
    stop = xgboost.callback.EarlyStopping
    callbacks = [stop(patience, stops_on, "validation", maximize=stops_on in BIGGER_IS_BETTER, save_best=True)]
    booster = xgboost.train(
        parameters | {"eval_metric": metrics},
        data[0][0],
        rounds,
        evals=data,
        callbacks=callbacks if patience else [],
        verbose_eval=False,
    )
    booster.save_model(str(Path(target) / "xgboost-model"))


if __name__ == "__main__":
    main(*sys.argv[1:])
