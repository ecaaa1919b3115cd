"""The built-in algorithm: CSV with the label first, trained by the image, packed by Evaluate, served as others."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leeway.spec import ModelSpec
from leeway_cli.model_toml.problem import KINDS
from localaws.sagemaker import built_in
from localaws.sagemaker.data import pack, unpack
from pipeline.builtin import told
from pipeline.render import hyperparameters
from tests.training import small
from tests.training.conftest import Make
from tests.training.image import ROOT
from tests.training.job import Job, column, contents, read_csv

pytestmark = pytest.mark.training
NUMBERS = ("kind", "place")  # what must go for numbers alone to be left
ALGORITHM = Path(built_in.__file__)
AGAIN = ROOT / "cli/leeway_cli/lineage/builtin.py"


def spec(model: ModelSpec | None = None, **training: Any) -> ModelSpec:
    """As `leeway validate` makes it, with the problem's objective."""
    model = model or small.spec()
    objective = {"objective": KINDS[model.model.problem].objectives[0]}
    given = {"hyperparameters": objective | dict(model.training.hyperparameters), **training}
    return replace(model, training=replace(model.training, algorithm="builtin", **given))


def train(job: Job) -> Job:
    """As SageMaker runs the image: its files in, its archive out."""
    root = job.folder / "ml"
    config = root / "input/config"
    config.mkdir(parents=True)
    (root / "input/data").symlink_to(job.output)
    given = {"seed": "42"} | hyperparameters(job.spec.training.hyperparameters) | told(job.spec)
    channel = {"ContentType": "text/csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
    (config / "hyperparameters.json").write_text(json.dumps(given))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": channel, "validation": channel}))
    done = job.image.run([ALGORITHM, root], job.folder)
    assert done.returncode == 0, done.stderr
    job.archive.parent.mkdir()
    pack(root / "model", job.archive)
    return job


def cells(job: Job, channel: str) -> list[list[str]]:
    with (job.output / channel / f"{channel}.csv").open(newline="") as lines:
        return list(csv.reader(lines))


def test_channels_hold_csv_alone_with_the_label_first(make: Make) -> None:
    job = make(small.records(400), spec())
    assert job.prepare()["ready"] == 1
    assert [list(contents(job.output / name)) for name in ("train", "validation")] == [
        ["train.csv"],
        ["validation.csv"],
    ]
    rows = cells(job, "train")
    assert {row[0] for row in rows} == {"0.0", "1.0"}
    # flag, a column for each of three kinds, n, a column for each of three places, x
    assert {len(row) for row in rows} == {1 + 1 + 3 + 1 + 3 + 1}
    assert {tuple(sorted(row[2:5])) for row in rows} == {("0.0", "0.0", "1.0")}
    assert "" in {row[-1] for row in rows}
    source = {row["n"]: row for row in read_csv(job.folder / "data/rows.csv")}
    for row in rows:
        known = source[row[5].removesuffix(".0")]
        assert row[0] == f"{known['y']}.0"
        assert float(row[-1] or "nan") == pytest.approx(float(known["x"] or "nan"), nan_ok=True)


def test_weights_stand_in_the_second_column_of_both_channels(make: Make) -> None:
    rows = [row | {"w": 1 + row["n"] % 3} for row in small.records(400)]
    job = make(rows, spec(small.spec(weight="w")))
    job.prepare()
    for name in ("train", "validation"):
        assert {row[1] for row in cells(job, name)} == {"1.0", "2.0", "3.0"}
    assert told(job.spec)["csv_weights"] == "1"
    balanced = make(small.records(400), spec(balance=True), "balanced")
    balanced.prepare()
    assert len({(row[0], row[1]) for row in cells(balanced, "train")}) == 2
    assert {row[1] for row in cells(balanced, "validation")} == {"1.0"}


def test_of_numbers_alone_it_is_the_model_of_the_script(make: Make) -> None:
    """Nothing by chance, and no category: then the same trees, whoever grows them."""
    rows, numbers = small.records(600), small.without(small.spec(), *NUMBERS)
    builtin = train(prepared(make, rows, spec(numbers)))
    script = make(rows, numbers, "script").all()
    assert builtin.evaluate() == script_gate(script)
    scores = [column(read_csv(job.output / "evaluate/scores.csv"), "score") for job in (builtin, script)]
    assert scores[0] == scores[1]
    assert len(set(scores[0])) > 10


def prepared(make: Make, rows: list[small.Record], model: ModelSpec, name: str = "job") -> Job:
    job = make(rows, model, name)
    assert job.prepare()["ready"] == 1
    return job


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def script_gate(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.output / "evaluate/gate.json").read_bytes())
    return found


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        pytest.param(small.spec(), small.records(600), id="binary"),
        pytest.param(
            small.spec(problem="multiclass", classes=("Köln, mid", "high", "low")),
            small.classed(small.records(600)),
            id="multiclass",
        ),
        pytest.param(small.spec(problem="regression"), small.measured(small.records(600)), id="regression"),
    ],
)
def test_what_evaluate_packs_is_served_as_it_was_scored(
    make: Make, tmp_path: Path, model: ModelSpec, rows: list[small.Record]
) -> None:
    job = train(prepared(make, rows, spec(model)))
    job.evaluate()
    lineage = json.loads((job.output / "evaluate/lineage.json").read_bytes())
    assert set(lineage["files_sha256"]) == {"xgboost-model", "encoders.json"}
    assert lineage["files_sha256"]["xgboost-model"] == digest(job.folder / "ml/model/xgboost-model")
    assert lineage["artifact_sha256"] == digest(job.output / "evaluate/model.tar.gz")
    unpack(job.output / "evaluate/model.tar.gz", tmp_path / "served")

    held = read_csv(job.output / "holdout/holdout.csv")
    names = [one.name for one in job.spec.data.columns]
    body = "".join(",".join(row[name] for name in names) + "\n" for row in held).encode()
    (answer,) = job.image.serve(tmp_path / "served", (body, "text/csv", "text/csv"))
    assert answer.status == 200
    served = [max(line.split(","), key=float) for line in answer.body.split()]
    assert served == column(read_csv(job.output / "evaluate/scores.csv"), "score")


def test_two_trainings_and_a_third_by_reproduce_leave_the_same_bytes(make: Make, tmp_path: Path) -> None:
    chance = {"subsample": 0.7, "colsample_bytree": 0.7, "early_stopping_rounds": 3, "num_round": 60}
    model = spec(hyperparameters={"objective": "binary:logistic", **chance})
    one, two = (train(prepared(make, small.records(600), model, name)) for name in ("one", "two"))
    assert one.archive.read_bytes() == two.archive.read_bytes()
    given = {"seed": "42"} | hyperparameters(model.training.hyperparameters) | told(model)
    folders = [f"{name}={one.output / name}" for name in ("train", "validation")]
    done = one.image.run([AGAIN, *folders, json.dumps(given), tmp_path], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "xgboost-model").read_bytes() == (one.folder / "ml/model/xgboost-model").read_bytes()


def test_a_class_that_the_train_part_lacks_is_a_reason(make: Make) -> None:
    """The image is told the number of classes before the data are read."""
    model = spec(small.spec(problem="multiclass", classes=("Köln, mid", "high", "low", "none at all")))
    report = make(small.classed(small.records(300)), model).prepare()
    assert report["ready"] == 0
    assert "none at all: the built-in algorithm needs all that data.classes names" in report["reason"]


def test_a_training_without_a_model_is_told(make: Make, tmp_path: Path) -> None:
    job = prepared(make, small.records(400), spec())
    (tmp_path / "none").mkdir()
    job.archive.parent.mkdir()
    pack(tmp_path / "none", job.archive)
    found = job.image.step("evaluate", job.evaluation())
    assert found["exit"] == "evaluation failed: the training left no xgboost-model; it left nothing"
