"""What rendering changes for the built-in algorithm: SageMaker's image in algorithm mode, without code of ours."""

from __future__ import annotations

from typing import Any

from leeway.spec import MULTICLASS, ModelSpec
from leeway.training import MEASURED

OF_SCRIPT = "sagemaker_"
TRAINED = {False: "Steps.Train.TrainingJobName", True: "Steps.Tune.BestTrainingJob.TrainingJobName"}


def without_script(train: dict[str, Any], given: dict[str, str], spec: ModelSpec) -> None:
    """Channels of CSV, and hyperparameters of the image alone: it fails a job for any other."""
    for name in [name for name in given if name.startswith(OF_SCRIPT)]:
        del given[name]
    for channel in train["InputDataConfig"]:
        channel["ContentType"] = "text/csv"
    given.update(told(spec))


def told(spec: ModelSpec) -> dict[str, str]:
    """What the script finds out by itself, and the image must be told."""
    metrics = str(spec.training.hyperparameters.get("eval_metric", ",".join(MEASURED[spec.model.problem])))
    found = {"eval_metric": metrics.replace(" ", "")}
    if spec.data.weight is not None or spec.training.balance:
        found["csv_weights"] = "1"
    if spec.model.problem == MULTICLASS:
        found["num_class"] = str(len(spec.data.classes))
    return found


def register_packed(request: dict[str, Any], *, tuned: bool) -> None:
    """The image leaves the model alone; the archive with the encoders is Evaluate's. The job is named beside it."""
    place = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.RunPrefix"}, "evaluate/model.tar.gz"]}}
    request["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] = place
    request["CustomerMetadataProperties"]["training_job"] = {"Get": TRAINED[tuned]}
