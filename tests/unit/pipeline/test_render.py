"""The rendered definition: complete, what SageMaker's own API takes, and the same bytes each time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from leeway.errors import Rejected
from leeway.spec import Column, Data, Identity, ModelSpec, Training
from pipeline.render import Place, image, render

pytestmark = pytest.mark.unit
OPERATIONS = {
    "Processing": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "Tuning": "CreateHyperParameterTuningJob",
    "RegisterModel": "CreateModelPackage",
}
# What a pipeline adds by itself when it makes the call.
ADDED = {
    "Processing": {"ProcessingJobName": "job"},
    "Training": {"TrainingJobName": "job"},
    "Tuning": {"HyperParameterTuningJobName": "job"},
    "RegisterModel": {},
}
PLACE = Place(
    region="eu-west-1",
    artifacts="leeway-artifacts-1-eu-west-1",
    role="arn:aws:iam::123456789012:role/leeway-pipeline",
    group="leeway-churn",
    spec="specs/churn/abc.json",
    code="code/def",
    code_sha256="d" * 64,
    wheels="code/wheels/e",
)


def spec(**training: Any) -> ModelSpec:
    columns = (Column(name="tenure", type="int"),)
    return ModelSpec(
        model=Identity(name="churn"),
        data=Data(id="id", label="churned", columns=columns),
        training=Training(**({"split": "hash", "hyperparameters": {"num_round": 20, "eta": 0.1}} | training)),
    )


def definition(model: ModelSpec | None = None) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(model or spec(), PLACE))
    return document


def steps(found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in found:
        yield step
        arguments = step.get("Arguments", {})
        yield from steps([*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])])


def named(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["Name"]: step for step in steps(document["Steps"])}


def stubbed(value: Any) -> Any:
    """An expression is known only when the pipeline runs; all of ours stand where a text belongs."""
    if isinstance(value, dict):
        if set(value) <= {"Get", "Std:Join", "Std:JsonGet"}:
            return "s3://bucket/key"
        return {key: stubbed(inner) for key, inner in value.items()}
    return [stubbed(inner) for inner in value] if isinstance(value, list) else value


def gets(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "Get" in value:
            yield value["Get"]
        for inner in value.values():
            yield from gets(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from gets(inner)


def test_the_steps_and_their_order() -> None:
    assert list(named(definition())) == [
        "Prepare", "Ready", "Train", "Evaluate", "Passed", "Register", "Refused", "NotReady",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["Prepare", "Train", "Evaluate", "Register"])
def test_sagemakers_own_api_takes_the_arguments_of_each_step(name: str) -> None:
    taken(named(definition())[name])


def taken(step: dict[str, Any]) -> None:
    """SageMaker's own API takes a step's arguments."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model(OPERATIONS[step["Type"]]).input_shape
    report = ParamValidator().validate(stubbed(step["Arguments"]) | ADDED[step["Type"]], shape)
    assert not report.has_errors(), report.generate_report()


def test_each_reference_is_to_something_that_is_there() -> None:
    document = definition()
    parameters = {parameter["Name"] for parameter in document["Parameters"]}
    for reference in gets(document["Steps"]):
        kind, name, *_ = reference.split(".")
        known = {"Parameters": parameters, "Steps": set(named(document)), "Execution": {"PipelineExecutionArn"}}[kind]
        assert name in known, reference


def test_outputs_that_are_referred_to_by_name_exist() -> None:
    document = definition()
    for reference in gets(document["Steps"]):
        if found := re.fullmatch(
            r"Steps\.(\w+)\.ProcessingOutputConfig\.Outputs\['(\w+)'\]\.S3Output\.S3Uri", reference
        ):
            outputs = named(document)[found[1]]["Arguments"]["ProcessingOutputConfig"]["Outputs"]
            assert found[2] in {output["OutputName"] for output in outputs}


def test_nothing_is_left_to_fill_in_and_equal_arguments_give_equal_bytes() -> None:
    text = render(spec(), PLACE)
    assert "${" not in text
    assert "000000000000" not in text
    assert text == render(spec(), PLACE)


def test_what_the_specification_says_stands_in_it() -> None:
    arguments = named(definition(spec(max_runtime=timedelta(minutes=20), instance="ml.c5.large", seed=7)))["Train"][
        "Arguments"
    ]
    assert arguments["StoppingCondition"] == {"MaxRuntimeInSeconds": 1200}
    assert arguments["ResourceConfig"]["InstanceType"] == "ml.c5.large"
    assert arguments["HyperParameters"]["seed"] == "7"
    assert arguments["HyperParameters"]["num_round"] == "20"
    assert arguments["HyperParameters"]["eta"] == "0.1"
    assert arguments["AlgorithmSpecification"]["TrainingImage"].startswith("141502667606.dkr.ecr.eu-west-1.amazonaws")


def test_without_spot_nothing_of_it_is_said() -> None:
    """SageMaker refuses a longest wait then, so it is structure and no parameter."""
    arguments = named(definition())["Train"]["Arguments"]
    assert not {"EnableManagedSpotTraining", "CheckpointConfig"} & set(arguments)


def test_on_spot_it_waits_as_long_as_it_may_run_and_keeps_checkpoints_in_its_run() -> None:
    step = named(definition(spec(spot=True, max_runtime=timedelta(minutes=20))))["Train"]
    arguments = step["Arguments"]
    assert arguments["EnableManagedSpotTraining"] is True
    assert arguments["StoppingCondition"] == {"MaxRuntimeInSeconds": 1200, "MaxWaitTimeInSeconds": 2400}
    place = {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.RunPrefix"}, "checkpoints"]}}
    assert arguments["CheckpointConfig"] == {"S3Uri": place}
    taken(step)


def test_the_longest_wait_is_that_of_a_job() -> None:
    arguments = named(definition(spec(spot=True, max_runtime=timedelta(days=20))))["Train"]["Arguments"]
    assert arguments["StoppingCondition"]["MaxWaitTimeInSeconds"] == 28 * 86400


def test_all_hyperparameters_are_texts_and_metrics_are_the_images_own() -> None:
    arguments = named(definition(spec(hyperparameters={"objective": "binary:logistic", "num_round": 5})))["Train"][
        "Arguments"
    ]
    assert {type(value) for value in arguments["HyperParameters"].values()} == {str}
    assert arguments["HyperParameters"]["objective"] == "binary:logistic"
    # SageMaker refuses them for its own algorithms, also in script mode.
    assert "MetricDefinitions" not in arguments["AlgorithmSpecification"]


def test_only_manifest_run_and_champion_differ_from_run_to_run() -> None:
    assert [parameter["Name"] for parameter in definition()["Parameters"]] == ["Manifest", "RunPrefix", "Champion"]


def test_a_value_of_the_specification_is_never_taken_for_a_name() -> None:
    odd = spec(hyperparameters={"objective": "${role} $HOME"})
    assert named(definition(odd))["Train"]["Arguments"]["HyperParameters"]["objective"] == "${role} $HOME"


def test_a_region_without_the_image_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(Rejected, match=r"no image xgboost:3\.0-5 in mars-1; it has one in af-south-1, "):
        render(spec(), replace(PLACE, region="mars-1"))


def test_chinas_images_have_chinas_domain() -> None:
    assert image("xgboost:3.0-5", "cn-north-1").endswith(".amazonaws.com.cn/sagemaker-xgboost:3.0-5")
