"""The rendered definition of a model that is tuned."""

from __future__ import annotations

from typing import Any

import pytest

from leeway.tuning import Range, Tuning
from tests.unit.pipeline.test_render import definition, gets, named, spec, taken

pytestmark = pytest.mark.unit
RANGES = (
    Range(name="eta", min=0.01, max=0.3, scaling="logarithmic"),
    Range(name="max_depth", min=2, max=8),
    Range(name="subsample", min=0.5, max=1),
)


def tuned(objective: str = "validation:auc", spot: bool = False, **tuning: Any) -> dict[str, Any]:
    found = Tuning(**{"objective": objective, "ranges": RANGES} | tuning)
    return definition(spec(tuning=found, hyperparameters={"num_round": 20}, seed=7, spot=spot))


def test_tune_stands_where_train_would() -> None:
    assert list(named(tuned())) == [
        "Prepare", "Ready", "Tune", "Evaluate", "Passed", "Register", "Refused", "NotReady",
    ]  # fmt: skip


def test_what_tuning_says_stands_in_it() -> None:
    found = tuned(max_trials=9, parallel=3, strategy="random", early_stop=True)
    arguments = named(found)["Tune"]["Arguments"]
    assert arguments["HyperParameterTuningJobConfig"] == {
        "HyperParameterTuningJobObjective": {"MetricName": "validation:auc", "Type": "Maximize"},
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}],
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3", "ScalingType": "Logarithmic"},
                {"Name": "subsample", "MinValue": "0.5", "MaxValue": "1.0", "ScalingType": "Auto"},
            ],
        },
        "RandomSeed": 7,
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 3},
        "Strategy": "Random",
        "TrainingJobEarlyStoppingType": "Auto",
    }
    static = arguments["TrainingJobDefinition"]["StaticHyperParameters"]
    assert (static["num_round"], static["seed"], static["sagemaker_program"]) == ("20", "7", "train.py")
    assert not {"eta", "max_depth", "subsample"} & set(static)


def test_an_error_is_minimized() -> None:
    config = named(tuned("validation:logloss"))["Tune"]["Arguments"]["HyperParameterTuningJobConfig"]
    assert config["HyperParameterTuningJobObjective"] == {"MetricName": "validation:logloss", "Type": "Minimize"}
    assert (config["Strategy"], config["TrainingJobEarlyStoppingType"]) == ("Bayesian", "Off")


def test_sagemakers_own_api_takes_it_on_spot_too() -> None:
    step = named(tuned(spot=True))["Tune"]
    trial = step["Arguments"]["TrainingJobDefinition"]
    assert trial["EnableManagedSpotTraining"]
    assert trial["StoppingCondition"]["MaxWaitTimeInSeconds"] == 7200
    taken(step)


def test_the_best_trials_model_is_evaluated_and_registered_and_its_hyperparameters_told() -> None:
    steps = named(tuned())
    model = {"Std:Join": {"On": "/", "Values": [
        {"Get": "Parameters.RunPrefix"}, "train", {"Get": "Steps.Tune.BestTrainingJob.TrainingJobName"},
        "output/model.tar.gz",
    ]}}  # fmt: skip
    given = {one["InputName"]: one["S3Input"]["S3Uri"] for one in steps["Evaluate"]["Arguments"]["ProcessingInputs"]}
    container = steps["Register"]["Arguments"]["InferenceSpecification"]["Containers"][0]
    assert given["model"] == container["ModelDataUrl"] == model
    told = steps["Evaluate"]["Arguments"]["AppSpecification"]["ContainerArguments"]
    assert told.count("--tuned") == 3
    assert "Steps.Tune.BestTrainingJob.TunedHyperParameters['eta']" in set(gets(told))
    assert not [reference for reference in gets(tuned()) if reference.startswith("Steps.Train.")]
