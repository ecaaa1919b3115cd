"""A model's own program under the contract of ours: what it must leave, and what is said where it does not."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from pipeline.code import build_code
from tests.training.job import Job, contents

pytestmark = pytest.mark.training
SAVES = "Path(os.environ['SM_MODEL_DIR'], 'xgboost-model').write_bytes(booster.save_raw('ubj'))\n"
# A model of the features by their number alone: an own program need not know Leeway's packages.
TRAINS = """
import os, sys
from pathlib import Path
import numpy as np
import xgboost
train = Path(os.environ["SM_CHANNEL_TRAIN"])
features, labels = np.load(train / "features.npy"), np.load(train / "labels.npy")
given = dict(zip((name.lstrip("-") for name in sys.argv[1::2]), sys.argv[2::2]))
booster = xgboost.train({"objective": given.get("aim", "binary:logistic"), "eta": given["eta"]},
                        xgboost.DMatrix(features, label=labels), int(given["num_round"]))
"""


def own_code(folder: Path, **programs: str) -> Path:
    """The unpacked code with programs of the model's own; training.pyz lies beside it."""
    files = build_code(own={f"{name}.py": body.encode() for name, body in programs.items()})["files"]
    with tarfile.open(fileobj=io.BytesIO(files["sourcedir.tar.gz"])) as archive:
        archive.extractall(folder / "code", filter="data")
    (folder / "training.pyz").write_bytes(files["training.pyz"])
    return folder


def train(job: Job, folder: Path, program: str, **changes: object) -> subprocess.CompletedProcess[str]:
    code = own_code(folder, train=program) / "code"
    words = [word for name, value in job.hyperparameters(**changes).items() for word in (f"--{name}", value)]
    return job.image.run([code / "train.py", *words], code, **job.channels(folder / "model"))


def test_its_model_gets_its_encoders_and_is_judged_and_served_as_ours(trained: Job, tmp_path: Path) -> None:
    from localaws.sagemaker.data import pack

    done = train(trained, tmp_path, TRAINS + SAVES, eta=0.5)
    assert done.returncode == 0, done.stderr
    assert list(contents(tmp_path / "model")) == ["encoders.json", "xgboost-model"]
    assert (tmp_path / "model/xgboost-model").read_bytes() != (trained.model / "xgboost-model").read_bytes()
    archive, output = tmp_path / "model.tar.gz", tmp_path / "evaluate"
    pack(tmp_path / "model", archive)
    arguments = trained.evaluation(model=archive) | {"output": output}
    words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    judged = trained.image.run(["-I", tmp_path / "training.pyz", "evaluate", *words], tmp_path)
    assert judged.returncode == 0, judged.stderr
    lineage = json.loads((output / "lineage.json").read_bytes())
    assert list(lineage["own_sha256"]) == ["train.py"]
    (answer,) = trained.image.serve(tmp_path / "model", (b"yes,a,7,here,0.5", "text/csv", "*/*"))
    assert answer.status == 200
    assert 0 < float(answer.body) < 1


BROKEN = {
    "nothing": ("pass", "training failed: training.entry wrote no xgboost-model into SM_MODEL_DIR; it holds nothing"),
    "elsewhere": (
        TRAINS + SAVES.replace("xgboost-model", "model.bin"),
        "training failed: training.entry wrote no xgboost-model into SM_MODEL_DIR; it holds model.bin",
    ),
    "more": (TRAINS + SAVES + SAVES.replace("xgboost-model", "notes"), "training.entry wrote notes into SM_MODEL_DIR"),
    "no model": (
        "import os, pathlib\npathlib.Path(os.environ['SM_MODEL_DIR'], 'xgboost-model').write_text('a pickle')",
        "what training.entry wrote is no model of these data: xgboost-model cannot be read",
    ),
    "other features": (
        TRAINS.replace("(features,", "(features[:, 1:],") + SAVES,
        "what training.entry wrote is no model of these data: the model takes 4 features, and the data have 5",
    ),
    "other names": (
        TRAINS.replace("label=labels)", "label=labels, feature_names=list('abcde'))") + SAVES,
        "what training.entry wrote is no model of these data: the model scores no row: feature_names mismatch",
    ),
    "other answers": (
        TRAINS.replace('"binary:logistic")', '"multi:softprob"), "num_class": 2') + SAVES,
        "the model answers 2 numbers for a row, and of binary data there are 1",
    ),
    "no probability": (TRAINS.replace("binary:logistic", "binary:logitraw") + SAVES, "which is no probability"),
    "crash": ("raise RuntimeError('out of ideas')", "the program of training.entry ended with exit code 1"),
    "exit": ("import os\nos._exit(7)", "the program of training.entry ended with exit code 7"),
}

# Each starts two processes that load XGBoost, so most are left to the stories.
CASES = [
    pytest.param(*case, id=name, marks=() if name in {"nothing", "exit"} else pytest.mark.story)
    for name, case in BROKEN.items()
]


@pytest.mark.parametrize(("program", "said"), CASES)
def test_what_is_wrong_with_its_model_is_the_last_line_of_the_log(
    trained: Job, tmp_path: Path, program: str, said: str
) -> None:
    done = train(trained, tmp_path, program)
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert "out of ideas" in done.stderr or "out of ideas" not in program


@pytest.mark.story
def test_it_may_call_the_step_of_ours_and_gets_the_same_model(trained: Job, tmp_path: Path) -> None:
    done = train(trained, tmp_path, "import sys\nfrom steps.train import main\nmain(sys.argv[1:])\n")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "model") == contents(trained.model)


@pytest.mark.story
def test_without_a_program_of_its_own_ours_runs(trained: Job, tmp_path: Path) -> None:
    code = own_code(tmp_path) / "code"
    words = [word for name, value in trained.hyperparameters().items() for word in (f"--{name}", value)]
    done = trained.image.run([code / "train.py", *words], code, **trained.channels(tmp_path / "model"))
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "model") == contents(trained.model)


def test_another_program_is_other_code() -> None:
    found = {build_code(own=own)["sha256"] for own in (None, {"train.py": b"1\n"}, {"train.py": b"2\n"})}
    assert len(found) == 3
