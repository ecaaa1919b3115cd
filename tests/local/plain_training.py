"""A model and its scores by nothing of ours: what another algorithm is compared with. Runs on the image's Python.

Usage: plain_training.py train.csv validation.csv rows.csv PARAMETERS, where the CSV files have a label first (rows.csv
too, which is not looked at) and numbers or nothing, and PARAMETERS are XGBoost's with `num_round`, as JSON.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import xgboost as xgb

*files, text = sys.argv[1:]
parameters = json.loads(text)
rounds = int(parameters.pop("num_round"))


def table(path: str) -> np.ndarray:
    with Path(path).open(newline="") as lines:
        return np.array([[float(cell or "nan") for cell in row] for row in csv.reader(lines)], dtype=np.float32)


train, validation, rows = (table(path) for path in files)
data = [xgb.DMatrix(part[:, 1:], label=part[:, 0]) for part in (train, validation)]
booster = xgb.train(parameters, data[0], rounds)
scores = booster.predict(xgb.DMatrix(rows[:, 1:]))
sys.stdout.write(json.dumps([float(score) for score in scores]))
