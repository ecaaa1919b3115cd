"""Train: the same bytes whatever the process and its threads, logs that SageMaker reads, failures in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leeway_cli.churn import auc
from leeway_cli.model_toml.hyperparameters import known
from localaws.sagemaker.data import pack
from localaws.sagemaker.metrics import final_metrics
from tests.cases import of_the_stories
from tests.training.job import Job, contents

pytestmark = pytest.mark.training
LINE = re.compile(
    r"\[(\d+)\]#011train-logloss:\d\.\d{5}#011train-auc:\d\.\d{5}#011validation-logloss:\d\.\d{5}#011validation-auc:\d\.\d{5}"
)
# The image's own expression for the objective metric, as the SageMaker SDK has it.
OBJECTIVE = re.compile(r".*\[[0-9]+\].*#011validation-auc:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*")


@pytest.mark.parametrize("name", ["bike", *of_the_stories("bank", "telco")])
def test_the_same_bytes_in_other_processes_with_one_thread_and_two(
    real: Callable[[str], Job], tmp_path: Path, name: str
) -> None:
    """As SageMaker's container starts it: a module in the folder of the code, hyperparameters as arguments."""
    job = real(name)
    words = [str(word) for key, value in job.hyperparameters().items() for word in (f"--{key}", value)]
    for threads in (1, 2):
        target = tmp_path / str(threads)
        done = job.image.run(
            ["-m", "train", *words],
            job.image.code,
            **job.channels(target),
            OMP_NUM_THREADS=threads,
            PYTHONHASHSEED=threads,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        lines = done.stdout.splitlines()
        assert [int(LINE.fullmatch(line)[1]) for line in lines] == [*range(job.hyperparameters()["num_round"])]  # type: ignore[index]
        assert contents(target) == contents(job.model)
        pack(target, target.with_suffix(".tar.gz"))
        assert target.with_suffix(".tar.gz").read_bytes() == job.archive.read_bytes()


def test_the_log_says_what_the_model_scores(trained: Job) -> None:
    """The AUC by ranks, of scores by nothing but XGBoost, is the last one that the log tells SageMaker."""
    lines = trained.train(trained.folder / "again")
    features, labels = (trained.output / "validation" / name for name in ("features.npy", "labels.npy"))
    scores = trained.image.value("predict", model=str(trained.folder / "again/xgboost-model"), features=str(features))[
        "scores"
    ]
    truth = [label == 1 for label in trained.image.value("array", path=str(labels))]

    told = OBJECTIVE.fullmatch(lines[-1])
    assert told
    assert float(told[1]) == pytest.approx(auc(truth, scores), abs=1e-5)
    assert final_metrics("\n".join(lines))["validation:auc"] == float(told[1])


def test_hyperparameters_come_as_arguments_or_as_a_file(trained: Job, tmp_path: Path) -> None:
    """SageMaker's file holds texts, and the SDK's texts are JSON; what is SageMaker's own is no hyperparameter."""
    file = tmp_path / "hyperparameters.json"
    given = {name: str(value) for name, value in trained.hyperparameters().items()}
    given |= {"objective": '"binary:logistic"', "sagemaker_program": '"train.py"', "_tuning_objective_metric": "x"}
    file.write_text(json.dumps(given))
    models = tmp_path / "file", tmp_path / "equals"
    env = trained.channels(models[0]) | {"SM_HYPERPARAMETERS_FILE": file}
    assert "exit" not in trained.image.step("train", {}, env)

    env = {name: str(value) for name, value in trained.channels(models[1]).items()}
    words = [f"--{name}={value}" for name, value in trained.hyperparameters().items()]
    assert "exit" not in trained.image.ask("step", name="train", arguments=words, env=env)
    assert contents(models[0]) == contents(models[1]) == contents(trained.model)


def test_the_seed_decides_where_there_is_chance(trained: Job, tmp_path: Path) -> None:
    models = [tmp_path / name for name in ("one", "again", "other")]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        trained.train(model, seed=seed, subsample=0.5)
    one, again, other = ((model / "xgboost-model").read_bytes() for model in models)
    assert one == again != other


def test_early_stopping_keeps_the_best_round(trained: Job, tmp_path: Path) -> None:
    lines = trained.train(tmp_path / "stopped", num_round=200, eta=1, early_stopping_rounds=5, eval_metric="logloss")
    values = [float(line.rpartition("validation-logloss:")[2]) for line in lines]
    best = values.index(min(values))
    assert len(values) == best + 1 + 5 < 200

    trained.train(tmp_path / "short", num_round=best + 1, eta=1, eval_metric="logloss")
    features = str(trained.output / "validation/features.npy")
    stopped, short = (
        trained.image.value("predict", model=str(tmp_path / name / "xgboost-model"), features=features)
        for name in ("stopped", "short")
    )
    assert stopped == short
    assert stopped["rounds"] == best + 1


WRONG = [
    pytest.param({"num_round": "many"}, 'num_round is "many"; allowed: a whole number from 1 to 999999', id="rounds"),
    pytest.param({"num_round": 0}, 'num_round is "0"; allowed: a whole number from 1 to 999999', id="no round"),
    pytest.param({"early_stopping_rounds": 1.5}, 'early_stopping_rounds is "1.5"', id="half a round"),
    pytest.param({"max_depth": "deep"}, "Invalid Parameter format for max_depth", id="no number"),
    pytest.param({"subsample": 7}, "value 7 for Parameter subsample exceed bound", id="out of range"),
    pytest.param({"objective": "foo"}, "Unknown objective function: `foo`", id="objective"),
    pytest.param({"eval_metric": "foo"}, "Unknown metric function foo", id="metric"),
    pytest.param({"tree_method": "exact"}, 'tree_method = "exact" takes no categories', id="method"),
    pytest.param({"max_dept": 3}, 'hyperparameters that XGBoost does not use here: "max_dept"', id="slip"),
    pytest.param({"rate_drop": 0.1}, 'hyperparameters that XGBoost does not use here: "rate_drop"', id="no use"),
]


@pytest.mark.parametrize(("changes", "says"), WRONG)
def test_a_wrong_hyperparameter_fails_in_one_line(
    trained: Job, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    model = tmp_path / "model"
    found = trained.image.step("train", trained.hyperparameters(**changes), trained.channels(model))
    assert found["exit"].startswith(f"training failed: {says}")
    assert "\n" not in found["exit"]
    assert not model.exists()


@pytest.mark.parametrize("words", [["--eta"], ["eta", "0.1"], ["--eta", "0.1", "--gamma"]])
def test_arguments_that_are_no_pairs_fail_in_one_line(trained: Job, words: list[str]) -> None:
    found = trained.image.ask("step", name="train", arguments=words, env={})
    assert found["exit"] == f"hyperparameters come as --name value; these are: {' '.join(words)}"


OTHER: dict[str, dict[str, Any]] = {
    "objective": {}, "num_round": {"num_round": 2}, "booster": {"booster": "dart"},
    "grow_policy": {"grow_policy": "lossguide"}, "tree_method": {"tree_method": "approx"},
    "sample_type": {"booster": "dart", "sample_type": "weighted"},
    "normalize_type": {"booster": "dart", "normalize_type": "forest"},
    "rate_drop": {"booster": "dart", "rate_drop": 0.5}, "one_drop": {"booster": "dart", "one_drop": 1},
    "skip_drop": {"booster": "dart", "skip_drop": 0.5}, "eval_metric": {"eval_metric": "error,aucpr,mae"},
    "max_depth": {"max_depth": 2}, "max_leaves": {"max_leaves": 3}, "max_bin": {"max_bin": 8},
    "num_parallel_tree": {"num_parallel_tree": 2}, "early_stopping_rounds": {"early_stopping_rounds": 2},
}  # fmt: skip


KNOWN = known("binary")


@pytest.mark.parametrize("name", KNOWN)
def test_what_apply_allows_the_training_takes(trained: Job, tmp_path: Path, name: str) -> None:
    """Each hyperparameter of model.toml alone, with a value that model.toml may hold."""
    changes = OTHER.get(name, {name: 0.5})
    assert all(KNOWN[key].takes(value) for key, value in changes.items())
    given = {key: value for key, value in trained.hyperparameters().items() if key in {"num_round", "seed"}}
    found = trained.image.step("train", given | changes, trained.channels(tmp_path / "model"))
    assert "exit" not in found, found["exit"]
