"""One large matrix, in the image's Python: made, learnt by XGBoost alone, or by the step Train.

`python matrix.py make|bare|ours FOLDER ROWS` prints {"seconds": …, "peak_mb": …} of itself in its last line. The bare
training reads the same files, and evaluates both parts after each round, as Train does.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

FEATURES, ROUNDS = 20, 100
PARTS = {"train": 0.85, "validation": 0.15}
PARAMETERS = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": 6, "subsample": 0.8, "seed": 7}


def make(folder: Path, rows: int) -> None:
    """Features and labels of both parts, as Prepare writes them."""
    import numpy as np

    from leeway.spec import Column
    from serving.encoders import ENCODERS, Encoders

    chance = np.random.default_rng(1)
    columns = tuple(Column(name=f"f{n:02}", type="float") for n in range(FEATURES))
    encoders = Encoders(columns=columns, categories={}, id="id", label="y")
    for name, share in PARTS.items():
        (folder / name).mkdir()
        features = chance.random((int(rows * share), FEATURES), dtype=np.float32)
        odds = features[:, 0] + features[:, 1] * features[:, 2] + chance.random(len(features), dtype=np.float32)
        np.save(folder / name / "features.npy", features)
        np.save(folder / name / "labels.npy", (odds > 1.3).astype(np.float32))
        (folder / name / ENCODERS).write_bytes(encoders.to_bytes())


def bare(folder: Path) -> None:
    """XGBoost's own way."""
    import numpy as np
    import xgboost

    data = [
        (xgboost.DMatrix(np.load(folder / name / "features.npy"), label=np.load(folder / name / "labels.npy")), name)
        for name in PARTS
    ]
    parameters = {**PARAMETERS, "eval_metric": ["logloss", "auc"]}
    booster = xgboost.train(parameters, data[0][0], ROUNDS, evals=data, verbose_eval=True)
    booster.save_model(folder / "bare.ubj")


def ours(folder: Path) -> None:
    """The step, as its job runs it, with checkpoints."""
    from steps.train import main as train

    (folder / "ours/checkpoints").mkdir(parents=True, exist_ok=True)
    for old in (folder / "ours/checkpoints").iterdir():
        old.unlink()
    os.environ |= {f"SM_CHANNEL_{name.upper()}": str(folder / name) for name in PARTS}
    os.environ["SM_MODEL_DIR"] = str(folder / "ours/model")
    given = {**PARAMETERS, "num_round": ROUNDS}
    train([word for name, value in given.items() for word in (f"--{name}", str(value))])


def main() -> None:
    """Run one of them, and say what it took."""
    what, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    start = time.process_time()
    if what == "make":
        make(folder, rows)
    else:
        {"bare": bare, "ours": ours}[what](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"seconds": time.process_time() - start, "peak_mb": peak}))


if __name__ == "__main__":
    main()
