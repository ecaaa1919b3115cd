"""A model that is tuned in four trials: the best one is registered, told, and made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from tests.local.onboarding import ARTIFACTS
from tests.local.person import CHURN, Person

pytestmark = [pytest.mark.local, pytest.mark.story]
FIXED = "max_depth = 4\neta = 0.15\n"
TUNED = """
[training.tuning]
max_trials = 4
parallel = 2
[training.tuning.ranges]
max_depth = { min = 2, max = 5 }
eta = { min = 0.05, max = 0.3, scaling = "logarithmic" }
"""


@pytest.fixture
def person(aws: LocalAWS, tmp_path: Path) -> Person:
    return Person(aws=aws, folder=tmp_path)


def test_the_best_of_four_trials_becomes_a_version(person: Person) -> None:
    assert FIXED in CHURN
    person.apply(CHURN.replace(FIXED, "").replace("min = 0.70", "min = 0.5") + TUNED)
    person.customers("one.csv", 1, count=800)
    person.trained()

    client = person.aws.client("sagemaker")
    (summary,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    name = summary["HyperParameterTuningJobName"]
    best = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)["BestTrainingJob"]
    trials = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    values = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in trials["TrainingJobSummaries"]]
    assert len(values) == 4
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == max(values)
    chosen = {key: float(value) for key, value in best["TunedHyperParameters"].items()}
    assert set(chosen) == {"eta", "max_depth"}

    (run,) = person.json("runs", "churn")["runs"]
    assert (run["status"], run["version"]) == ("Succeeded", 1)
    assert {key: float(run["hyperparameters"][key]) for key in chosen} == chosen
    spent = person.json("runs", "churn", run["id"])["runs"][0]["training"]
    assert spent["jobs"] == 4
    assert "in 4 trials" in person.says("runs", "churn", run["id"])
    assert "Tune" in person.says("logs", "churn", run["id"])

    lineage = document(person, f"{run['folder']}/evaluate/lineage.json")
    assert lineage["tuned"] == chosen
    assert lineage["hyperparameters"]["num_round"] == 60
    again = person.json("reproduce", "churn", "1")
    assert again["equal"]
    assert again["archive"]["same"]

    person.approve("churn", 1)
    assert client.describe_endpoint(EndpointName="leeway-churn")["EndpointStatus"] == "InService"


def document(person: Person, key: str) -> dict[str, Any]:
    body = person.aws.client("s3").get_object(Bucket=ARTIFACTS, Key=key)["Body"].read()
    found: dict[str, Any] = json.loads(body)
    return found
