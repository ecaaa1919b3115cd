"""The XGBoost image's own algorithm, without a script: what it takes, refuses, prints and leaves.

Sources: aws/sagemaker-xgboost-container at cb8df91 (image 3.0-5), `algorithm_mode/train.py`, `channel_validation.py`,
`hyperparameter_validation.py`, `data_utils.py`; aws/sagemaker-containers, `_trainer.py`, for what a failure says.
"""

import io
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws import LocalAWS
from localaws.sagemaker import built_in
from localaws.sagemaker.built_in import UserError

pytestmark = pytest.mark.contract
PYTHON = Path(__file__).parents[3] / ".venv-image/bin/python"
GIVEN = {"num_round": "5", "objective": "binary:logistic", "eval_metric": "logloss,auc", "seed": "1"}


def rows(count: int, seed: int, weighted: bool = False) -> bytes:
    """Label, a weight where rows have one, three numbers of which the first decides and the second may be missing."""
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        first = chance.gauss(0, 1)
        cells = [str(int(first > chance.gauss(0, 1))), *(["0.5"] if weighted else [])]
        lines.append([*cells, f"{first:.3f}", "" if chance.random() < 0.2 else "1.5", str(chance.randint(0, 9))])
    return "".join(",".join(cells) + "\n" for cells in lines).encode()


@pytest.fixture(autouse=True)
def image(lab: Any) -> Iterator[LocalAWS]:
    """The image's Python has XGBoost; that of the tests needs none."""
    lab.aws.world.image_python, before = PYTHON, lab.aws.world.image_python
    yield lab.aws
    lab.aws.world.image_python = before


def request(lab: Any, given: dict[str, str] | None = None, **bodies: bytes) -> dict[str, Any]:
    bodies = bodies or {"train": rows(400, 1), "validation": rows(200, 2)}
    channels = [
        {
            "ChannelName": name,
            "ContentType": "text/csv",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": lab.put(f"data/{name}/part.csv", body).removesuffix("/part.csv"),
                }
            },
        }
        for name, body in bodies.items()
    ]
    return {**lab.training("fit"), "HyperParameters": GIVEN if given is None else given, "InputDataConfig": channels}


def ended(lab: Any, asked: dict[str, Any]) -> dict[str, Any]:
    lab.sm.create_training_job(**asked)
    lab.aws.settle()
    found: dict[str, Any] = lab.sm.describe_training_job(TrainingJobName="fit")
    return found


def log(lab: Any) -> list[str]:
    group = "/aws/sagemaker/TrainingJobs"
    found = lab.aws.client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix="fit/")
    return [event["message"] for event in found["events"]]


def archive(lab: Any) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(lab.get("models/fit/output/model.tar.gz"))) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def test_it_trains_prints_its_metrics_and_leaves_the_model_alone(lab: Any) -> None:
    """8.2: lines of metrics with #011 for a tab; `xgboost-model` in model.tar.gz; no MetricDefinitions needed."""
    job = ended(lab, request(lab))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    rounds = [line for line in log(lab) if line.startswith("[")]
    assert len(rounds) == 5
    assert rounds[0].startswith("[0]#011train-logloss:0.")
    names = ["train-logloss", "train-auc", "validation-logloss", "validation-auc"]
    assert [part.partition(":")[0] for part in rounds[-1].split("#011")[1:]] == names
    final = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert final["validation:auc"] == pytest.approx(float(rounds[-1].rpartition(":")[2]))
    assert list(archive(lab)) == ["xgboost-model"]
    assert archive(lab)["xgboost-model"].startswith(b"{L")  # UBJSON, the default of XGBoost 3


def test_early_stopping_looks_at_the_last_metric_of_validation_and_keeps_the_best(lab: Any) -> None:
    """`callback.py`: EarlyStopping(data_name="validation", metric_name=eval_metric[-1], save_best=True)."""
    given = GIVEN | {"num_round": "200", "early_stopping_rounds": "3", "eta": "0.9"}
    assert ended(lab, request(lab, given))["TrainingJobStatus"] == "Completed"
    values = [float(line.rpartition(":")[2]) for line in log(lab) if line.startswith("[")]
    best = values.index(max(values))
    assert len(values) == best + 4
    assert archive(lab)["xgboost-model"].count(b"split_conditions") == best + 1


def test_with_csv_weights_the_second_column_is_no_feature(lab: Any) -> None:
    """`data_utils.py`: csv_weights=1 reads weight_column=1."""
    data = {"train": rows(300, 1, weighted=True), "validation": rows(100, 2, weighted=True)}
    assert ended(lab, request(lab, GIVEN | {"csv_weights": "1"}, **data))["TrainingJobStatus"] == "Completed"
    assert any("columns" in line and line.endswith("3 columns") for line in log(lab))


@pytest.mark.parametrize(
    ("changes", "bodies", "said"),
    [
        pytest.param({"sagemaker_region": "x"}, {}, "Extraneous hyperparameter found: sagemaker_region", id="extra"),
        pytest.param({"eta": "2"}, {}, "Hyperparameter eta: 2.0 is not in [0, 1]", id="range"),
        pytest.param({}, {"validation": rows(9, 1)}, "Missing required channel: train", id="no-train"),
        pytest.param(
            {}, {"train": rows(50, 1), "test": rows(50, 2)}, "Extraneous channel found: test", id="extra-channel"
        ),
        pytest.param({}, {"train": b""}, "No data in training channel path", id="empty"),
        pytest.param({}, {"train": b"7,1,2\n8,1,3\n"}, "base_score must be in (0,1) for logistic loss", id="labels"),
    ],
)
def test_what_it_refuses_is_the_reason_of_the_failure(
    lab: Any, changes: dict[str, str], bodies: dict[str, bytes], said: str
) -> None:
    """`_trainer.py` writes `framework error: `, the traceback and the message into /opt/ml/output/failure."""
    job = ended(lab, request(lab, GIVEN | changes, **bodies))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: framework error: ")
    assert any(said in line for line in log(lab))
    assert lab.keys("models/") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"eta": "0.1"}, "Missing required hyperparameter: num_round"),
        ({"num_round": "0"}, r"Hyperparameter num_round: 0 is not in \[1, \+inf\)"),
        ({"num_round": "1.5"}, "Hyperparameter num_round: could not parse value"),
        ({"num_round": "1", "learning_rate": "1.5"}, r"Hyperparameter eta: 1.5 is not in \[0, 1\]"),
        ({"num_round": "1", "subsample": "0"}, r"Hyperparameter subsample: 0.0 is not in \(0, 1\]"),
        ({"num_round": "1", "base_score": "-1"}, r"Hyperparameter base_score: -1.0 is not in \[0, \+inf\)"),
        ({"num_round": "1", "objective": "mine"}, "Hyperparameter objective: mine is not in"),
        ({"num_round": "1", "eval_metric": "logloss, auc"}, r"value \['logloss', ' auc'\] not in range"),
        ({"num_round": "1", "objective": "multi:softprob"}, "Require input for parameter 'num_class'"),
        (
            {"num_round": "1", "objective": "multi:softprob", "num_class": "3", "eval_metric": "auc"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        ({"num_round": "1", "my_own": "1"}, "Extraneous hyperparameter found: my_own"),
    ],
)
def test_hyperparameters_are_refused_in_the_images_words(given: dict[str, str], said: str) -> None:
    """8.2 and `hyperparameter_validation.py`."""
    with pytest.raises(UserError, match=said):
        built_in.hyperparameters(given)


def test_a_tunings_objective_is_measured_too(lab: Any) -> None:
    """`train_utils.py`: the union of eval_metric and the objective, sorted; `_tuning_objective_metric` is known."""
    asked = request(lab, GIVEN | {"eval_metric": "logloss"})
    definition = {key: value for key, value in asked.items() if key not in {"TrainingJobName", "HyperParameters"}}
    config = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]},
    }
    lab.sm.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinition={**definition, "StaticHyperParameters": asked["HyperParameters"]},
    )
    lab.aws.settle()
    found = lab.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert found["HyperParameterTuningJobStatus"] == "Completed", found.get("FailureReason")
    assert 0.5 < found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"HyperParameters": GIVEN | {"_kfold": "5"}}, "hyperparameter _kfold"),
        ({"HyperParameters": GIVEN | {"eval_metric": "f1"}}, "metric f1"),
        ({"CheckpointConfig": {"S3Uri": "s3://lab/checkpoints"}}, "checkpoints of the built-in algorithm"),
    ],
)
def test_what_is_not_done_here_is_refused(lab: Any, change: dict[str, Any], said: str) -> None:
    """COVERAGE: the image does all of it."""
    assert said in lab.refused("create_training_job", "NotImplemented", **request(lab) | change)


def test_other_data_than_csv_is_refused(lab: Any) -> None:
    """COVERAGE; without a content type the image takes them for libsvm."""
    asked = request(lab)
    del asked["InputDataConfig"][0]["ContentType"]
    assert "data other than CSV" in lab.refused("create_training_job", "NotImplemented", **asked)


def test_another_image_without_a_script_is_refused(lab: Any) -> None:
    asked = request(lab)
    asked["AlgorithmSpecification"]["TrainingImage"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
    assert "an algorithm other than" in lab.refused("create_training_job", "NotImplemented", **asked)
