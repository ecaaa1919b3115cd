"""Scores of a model archive by nothing of ours: what serving is compared with. Runs on the image's Python.

Usage: plain_xgboost.py model.tar.gz rows.csv, where rows.csv has numbers, or categories as encoders.json lists them, in
the order of the model's features. A category's code is its place in that list.
"""

import csv
import json
import math
import sys
import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb

archive, rows = sys.argv[1:]
with tarfile.open(archive) as tar:
    booster = xgb.Booster(model_file=bytearray(tar.extractfile("xgboost-model").read()))
    categories = json.load(tar.extractfile("encoders.json"))["categories"]


def number(name: str, cell: str) -> float:
    if name not in categories:
        return float(cell)
    return float(categories[name].index(cell)) if cell in categories[name] else math.nan


names = booster.feature_names
with Path(rows).open(newline="") as lines:
    table = [[number(name, cell) for name, cell in zip(names, row, strict=True)] for row in csv.reader(lines)]
matrix = xgb.DMatrix(
    np.array(table, dtype=np.float32), feature_names=booster.feature_names, feature_types=booster.feature_types
)
sys.stdout.write(json.dumps([float(score) for score in booster.predict(matrix)]))
