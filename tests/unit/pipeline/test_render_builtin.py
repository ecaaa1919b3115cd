"""The rendered definition of the built-in algorithm: the image alone, and an archive that Evaluate makes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leeway.spec import Identity
from leeway.tuning import Range, Tuning
from localaws.sagemaker.built_in import hyperparameters
from tests.unit.pipeline.test_render import definition, gets, named, spec, taken

pytestmark = pytest.mark.unit
TUNING = Tuning(objective="validation:auc", ranges=(Range(name="eta", min=0.1, max=0.2),))


def builtin(**training: Any) -> dict[str, dict[str, Any]]:
    return named(definition(spec(algorithm="builtin", **training)))


def test_algorithm_builtin_runs_no_code_and_reads_csv() -> None:
    step = builtin()["Train"]
    taken(step)
    arguments = step["Arguments"]
    assert arguments["HyperParameters"] == {
        "eta": "0.1", "eval_metric": "logloss,auc", "num_round": "20", "seed": "42",
    }  # fmt: skip
    assert {channel["ContentType"] for channel in arguments["InputDataConfig"]} == {"text/csv"}
    script = named(definition(spec()))["Train"]["Arguments"]
    assert script["HyperParameters"]["sagemaker_program"] == "train.py"
    assert {channel["ContentType"] for channel in script["InputDataConfig"]} == {"application/x-npy"}


def test_what_the_script_finds_out_the_image_is_told() -> None:
    given = spec(
        algorithm="builtin", balance=True, hyperparameters={"num_round": 20, "eval_metric": "mlogloss, merror"}
    )
    classes = replace(given.data, classes=("a", "b", "c"))
    several = replace(given, model=Identity(name="levels", problem="multiclass"), data=classes)
    found = named(definition(several))["Train"]["Arguments"]["HyperParameters"]
    assert (found["csv_weights"], found["num_class"], found["eval_metric"]) == ("1", "3", "mlogloss,merror")
    assert hyperparameters(found | {"objective": "multi:softprob"})["num_class"] == 3


@pytest.mark.parametrize(
    ("tuning", "job"), [(None, "Train.TrainingJobName"), (TUNING, "Tune.BestTrainingJob.TrainingJobName")]
)
def test_the_archive_that_evaluate_made_is_registered_with_the_job_that_trained(tuning: Any, job: str) -> None:
    steps = builtin(tuning=tuning)
    taken(steps["Register"])
    request = steps["Register"]["Arguments"]
    (container,) = request["InferenceSpecification"]["Containers"]
    parts = container["ModelDataUrl"]["Std:Join"]["Values"]
    assert parts == [{"Get": "Parameters.RunPrefix"}, "evaluate/model.tar.gz"]
    assert list(gets(request["CustomerMetadataProperties"]["training_job"])) == [f"Steps.{job}"]


def test_trials_are_told_the_same() -> None:
    step = builtin(tuning=TUNING, hyperparameters={"num_round": 20})["Tune"]
    taken(step)
    trial = step["Arguments"]["TrainingJobDefinition"]
    assert not [name for name in trial["StaticHyperParameters"] if name.startswith("sagemaker_")]
    assert {channel["ContentType"] for channel in trial["InputDataConfig"]} == {"text/csv"}
