"""A model and its scores by nothing of ours: what another algorithm is compared with. Runs on the image's Python.

Usage: plain_training.py TRAIN VALIDATION rows.csv PARAMETERS [TYPES], where TRAIN and VALIDATION are CSV files with a
label first, or stand for TRAIN-features.npy and TRAIN-labels.npy; rows.csv has a label first too, which is not looked
at. PARAMETERS are XGBoost's with `num_round`, TYPES those of the features, both as JSON.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import xgboost as xgb

*files, text = sys.argv[1:5]
types = json.loads(sys.argv[5]) if len(sys.argv) > 5 else None
parameters = json.loads(text)
rounds = int(parameters.pop("num_round"))


def table(path: str) -> np.ndarray:
    if not path.endswith(".csv"):
        return np.column_stack([np.load(f"{path}-labels.npy"), np.load(f"{path}-features.npy")])
    with Path(path).open(newline="") as lines:
        return np.array([[float(cell or "nan") for cell in row] for row in csv.reader(lines)], dtype=np.float32)


def data(rows: np.ndarray) -> xgb.DMatrix:
    return xgb.DMatrix(rows[:, 1:], label=rows[:, 0], feature_types=types, enable_categorical=bool(types))


train, _validation, rows = (table(path) for path in files)
booster = xgb.train(parameters, data(train), rounds)
sys.stdout.write(json.dumps([float(score) for score in booster.predict(data(rows))]))
