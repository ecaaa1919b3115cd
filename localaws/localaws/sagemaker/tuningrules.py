"""What a tuning job may ask for: the rules of SageMaker's own XGBoost image, and what is not emulated.

Texts: aws/sagemaker-python-sdk#2226 and #3932. Metrics and names: the developer guide's page on tuning XGBoost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.ranges import names_of, range_problems
from localaws.sagemaker.refusals import invalid
from localaws.sagemaker.screening import is_built_in, screen
from localaws.sagemaker.shapes import checked

STRATEGIES = ("Bayesian", "Random")
MOST, LEAST = "Maximize", "Minimize"
METRICS = {
    "accuracy": MOST, "auc": MOST, "f1": MOST, "map": MOST, "ndcg": MOST,
    "error": LEAST, "logloss": LEAST, "mae": LEAST, "merror": LEAST, "mlogloss": LEAST, "mse": LEAST, "rmse": LEAST,
}  # fmt: skip
OBJECTIVES = {f"validation:{name}": direction for name, direction in METRICS.items()}
TUNABLE = (
    "alpha", "colsample_bylevel", "colsample_bynode", "colsample_bytree", "eta", "gamma", "lambda", "max_delta_step",
    "max_depth", "min_child_weight", "num_round", "subsample",
)  # fmt: skip
# Members of a request's parts that are acted on.
KNOWN = {
    "HyperParameterTuningJobConfig": {
        "Strategy", "HyperParameterTuningJobObjective", "ResourceLimits", "ParameterRanges",
        "TrainingJobEarlyStoppingType", "RandomSeed",
    },
    "TrainingJobDefinition": {
        "StaticHyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig", "VpcConfig",
        "OutputDataConfig", "ResourceConfig", "StoppingCondition", "EnableNetworkIsolation", "DefinitionName",
        "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining", "CheckpointConfig", "Environment",
    },
}  # fmt: skip
OBJECTIVE = "_tuning_objective_metric"
NOT_TRAINING = {"StaticHyperParameters", "DefinitionName"}


def training_request(request: Mapping[str, Any], name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """What a trial is made of; the training toolkit keeps `_tuning_…` from the script (reference 8.1)."""
    definition = request["TrainingJobDefinition"]
    metric = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    static: dict[str, str] = definition.get("StaticHyperParameters") or {}
    made = {member: value for member, value in definition.items() if member not in NOT_TRAINING}
    return made | {"TrainingJobName": name, "HyperParameters": {**static, **values, OBJECTIVE: metric}}


def screen_tuning(request: Mapping[str, Any]) -> None:
    """Raise for the first thing that SageMaker refuses, or that cannot be done here."""
    for what in tuning_demands(request):
        raise NotEmulated(f"Tuning job: {what}")
    for problem in _problems(request):
        raise invalid(problem)
    trial = training_request(request, "trial", {})
    checked("CreateTrainingJob", trial)
    screen("Training", trial)


def tuning_demands(request: Mapping[str, Any]) -> Iterator[str]:
    """What is asked for that is not emulated; values may be expressions of a pipeline."""
    for part, known in KNOWN.items():
        yield from (f"{member} of {part}" for member in sorted((request.get(part) or {}).keys() - known))
    if "TrainingJobDefinition" not in request:
        yield "no TrainingJobDefinition"
    config = request["HyperParameterTuningJobConfig"]
    if config["Strategy"] not in STRATEGIES:
        yield f"Strategy {config['Strategy']}"
    if (config.get("ParameterRanges") or {}).get("AutoParameters"):
        yield "AutoParameters"
    if "MaxNumberOfTrainingJobs" not in config["ResourceLimits"]:
        yield "ResourceLimits without MaxNumberOfTrainingJobs"


def _problems(request: Mapping[str, Any]) -> Iterator[str]:
    config, definition = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    objective = config.get("HyperParameterTuningJobObjective")
    if objective is None:
        yield "A hyperparameter tuning job objective is required."
        return
    ranges = config.get("ParameterRanges") or {}
    names = names_of(ranges)
    both = sorted(set(names) & set(definition.get("StaticHyperParameters") or {}))
    if not names or len(set(names)) < len(names) or both:
        yield f"Hyperparameters must have one range each, and none be static as well; tuned: {names}, static: {both}."
    yield from range_problems(ranges)
    algorithm = definition["AlgorithmSpecification"]
    if is_built_in(definition):
        yield from _built_in(objective, names, algorithm["TrainingImage"])
    elif objective["MetricName"] not in {one["Name"] for one in algorithm.get("MetricDefinitions") or []}:
        yield (
            "A metric is required for this hyperparameter tuning job objective."
            " Provide a metric in the metric definitions."
        )


def _built_in(objective: Mapping[str, str], names: list[str], image: str) -> Iterator[str]:
    metric, direction = objective["MetricName"], objective["Type"]
    if metric not in OBJECTIVES:
        yield (
            f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the [{image}]"
            f" algorithm. Choose a valid objective metric: {', '.join(sorted(OBJECTIVES))}."
        )
    elif OBJECTIVES[metric] != direction:
        yield (
            f"The objective metric type, [{direction}], that you specified for objective metric, [{metric}], isn't"
            f" valid for the [{image}] algorithm. Choose a valid objective metric type."
        )
    if foreign := [name for name in names if name not in TUNABLE]:
        yield (
            "The hyperparameter tuning job you requested contains the following untunable hyperparameters:"
            f" [{', '.join(foreign)}]. For the algorithm, {image}, you can tune only [{', '.join(TUNABLE)}]."
            " Delete untunable hyperparameters."
        )
