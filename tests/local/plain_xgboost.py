"""Scores of a model archive by nothing of ours: what serving is compared with. Runs on the image's Python.

Usage: plain_xgboost.py model.tar.gz rows.csv, where rows.csv has numbers, yes and no, nothing where a value is missing,
or categories as encoders.json lists them, in the order of the model's features. A category's code is its place in that
list; a model that knows no names of features was trained by SageMaker's own algorithm, and has a column of 0 and 1 for
each place. Prints a number a row, or a list of numbers where the model knows several classes.
"""

import csv
import json
import math
import sys
import tarfile
from pathlib import Path

import numpy as np
import xgboost as xgb

WORDS = {"yes": 1.0, "no": 0.0, "": math.nan}
archive, rows = sys.argv[1:]
with tarfile.open(archive) as tar:
    booster = xgb.Booster(model_file=bytearray(tar.extractfile("xgboost-model").read()))
    encoders = json.load(tar.extractfile("encoders.json"))
categories, names = encoders["categories"], [column["name"] for column in encoders["columns"]]


def numbers(name: str, cell: str) -> list[float]:
    if name not in categories:
        word = cell.strip().lower()
        return [WORDS[word] if word in WORDS else float(cell)]
    known = cell in categories[name]
    if booster.feature_names:
        return [float(categories[name].index(cell)) if known else math.nan]
    return [float(cell == one) if known else math.nan for one in categories[name]]


with Path(rows).open(newline="") as lines:
    table = [
        [number for name, cell in zip(names, row, strict=True) for number in numbers(name, cell)]
        for row in csv.reader(lines)
    ]
matrix = xgb.DMatrix(
    np.array(table, dtype=np.float32), feature_names=booster.feature_names, feature_types=booster.feature_types
)
sys.stdout.write(json.dumps(booster.predict(matrix).tolist()))
