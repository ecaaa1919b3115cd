"""Scores of a model archive by nothing but xgboost: what serving is compared with. Runs on the image's Python.

Usage: plain_xgboost.py model.tar.gz rows.csv, where rows.csv has numbers alone, in the order of the model's features.
"""

import json
import sys
import tarfile

import numpy as np
import xgboost as xgb

archive, rows = sys.argv[1:]
with tarfile.open(archive) as tar:
    booster = xgb.Booster(model_file=bytearray(tar.extractfile("xgboost-model").read()))
matrix = xgb.DMatrix(
    np.loadtxt(rows, delimiter=",", ndmin=2, dtype=np.float32),
    feature_names=booster.feature_names,
    feature_types=booster.feature_types,
)
sys.stdout.write(json.dumps([float(score) for score in booster.predict(matrix)]))
