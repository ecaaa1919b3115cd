"""What is not emulated answers an error that says so and names the page that lists it; never a success."""

import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.errors import NotEmulated

pytestmark = pytest.mark.contract
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
GROUP = {"ModelPackageGroupName": "models"}
INSTANCE = {"VariantName": "one", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def refused(client: Any, operation: str, request: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    message: str = answer["Error"]["Message"]
    assert "is not emulated by localaws" in message
    assert "COVERAGE.md" in message
    return message


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("list_model_bias_job_definitions", {}, id="monitor-bias"),
        pytest.param("list_tags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:1:model/a"}, id="tags"),
        pytest.param("update_training_job", {"TrainingJobName": "a"}, id="update-job"),
        pytest.param("list_feature_groups", {}, id="feature-store"),
        pytest.param("search", {"Resource": "TrainingJob"}, id="search"),
        pytest.param(
            "retry_pipeline_execution",
            {"PipelineExecutionArn": "arn:aws:sagemaker:us-east-1:123456789012:pipeline/a/execution/abcdefghijkl"},
            id="retry-execution",
        ),
        pytest.param("list_inference_experiments", {}, id="shadow-tests"),
        pytest.param("list_domains", {}, id="studio"),
    ],
)
def test_operations(lab: Any, operation: str, request_: dict[str, Any]) -> None:
    """COVERAGE, first line: 501 with a sentence."""
    message = refused(lab.sm, operation, request_)
    assert message.startswith(f"sagemaker:{operation.title().replace('_', '')}")


def test_the_coverage_page_lists_what_is_emulated(lab: Any) -> None:
    """COVERAGE, SageMaker: each operation by its name, those of jobs and models by verb and kind."""
    text = (Path(__file__).parents[2] / "COVERAGE.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\b[A-Z][A-Za-z]+\b", text))
    listed |= {
        f"{verb}{kind}Job" for verb in ("Create", "Delete", "Describe", "Stop") for kind in ("Training", "Processing")
    }
    listed |= {f"{verb}{what}" for verb in ("Create", "Describe", "Delete") for what in ("Model", "EndpointConfig")}
    listed |= {"ListTrainingJobs", "ListProcessingJobs", "ListModels", "ListEndpointConfigs"}
    names = lab.sm.meta.service_model.operation_names
    assert {name for name in names if _is_emulated(lab, name)} == listed & set(names)


def _is_emulated(lab: Any, name: str) -> bool:
    try:
        lab.aws.sagemaker._operation(name)
    except NotEmulated:
        return False
    return True


@pytest.mark.parametrize(
    ("operation", "request_", "what"),
    [
        pytest.param(
            "create_endpoint_config",
            {
                "EndpointConfigName": "a",
                "ProductionVariants": [INSTANCE],
                "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://lab/a"}},
            },
            "AsyncInferenceConfig",
            id="async",
        ),
        pytest.param(
            "create_endpoint_config",
            {
                "EndpointConfigName": "a",
                "ExecutionRoleArn": ROLE,
                "ProductionVariants": [
                    {"VariantName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
                ],
            },
            "ModelName",
            id="components",
        ),
        pytest.param(
            "create_model",
            {"ModelName": "a", "ExecutionRoleArn": ROLE, "Containers": [{"Image": "a"}, {"Image": "b"}]},
            "several containers",
            id="inference-pipeline",
        ),
        pytest.param(
            "create_model",
            {
                "ModelName": "a",
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": {"Image": "a", "ModelDataUrl": "s3://lab/a", "Mode": "MultiModel"},
            },
            "MultiModel",
            id="multi-model",
        ),
        pytest.param("create_model_package", {"ModelPackageName": "alone"}, "ModelPackageName", id="unversioned"),
        pytest.param(
            "update_model_package",
            {
                "ModelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/models/1",
                "ModelCard": {"ModelCardStatus": "Draft"},
            },
            "ModelCard",
            id="model-card",
        ),
        pytest.param(
            "start_pipeline_execution",
            {"PipelineName": "a", "SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "a"}]}},
            "SelectiveExecutionConfig",
            id="selective",
        ),
        pytest.param(
            "start_pipeline_execution",
            {"PipelineName": "a", "ParallelismConfiguration": {"MaxParallelExecutionSteps": 1}},
            "ParallelismConfiguration",
            id="parallelism",
        ),
        pytest.param(
            "create_pipeline",
            {"PipelineName": "a", "RoleArn": ROLE, "PipelineDefinitionS3Location": {"Bucket": "lab", "ObjectKey": "a"}},
            "PipelineDefinitionS3Location",
            id="definition-in-s3",
        ),
        pytest.param("list_training_jobs", {"WarmPoolStatusEquals": "Available"}, "WarmPoolStatusEquals", id="filter"),
    ],
)
def test_members_that_would_be_ignored(lab: Any, operation: str, request_: dict[str, Any], what: str) -> None:
    """COVERAGE: what an operation does not know of its request is refused by name."""
    if operation == "create_endpoint_config":
        lab.model("one")
    assert what in refused(lab.sm, operation, request_)


def test_staged_traffic_with_a_shadow(lab: Any) -> None:
    """COVERAGE: what guardrails do of shadow variants is documented nowhere."""
    lab.model("one")
    shadowed = {"ProductionVariants": [INSTANCE], "ShadowProductionVariants": [INSTANCE | {"VariantName": "two"}]}
    lab.sm.create_endpoint_config(EndpointConfigName="first", **shadowed)
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    config = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    request = {"EndpointName": "scores", "EndpointConfigName": "first", "DeploymentConfig": config}
    assert "shadow variants" in refused(lab.sm, "create_endpoint", request)


def test_a_deployment_configuration_that_is_given_and_retained(lab: Any) -> None:
    """COVERAGE: which of them counts is documented nowhere."""
    lab.endpoint("one")
    request = {
        "EndpointName": "scores",
        "EndpointConfigName": "first",
        "RetainDeploymentConfig": True,
        "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}},
    }
    assert "RetainDeploymentConfig" in refused(lab.sm, "update_endpoint", request)


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        pytest.param(
            "sagemaker-runtime",
            "invoke_endpoint_async",
            {"EndpointName": "a", "InputLocation": "s3://lab/a"},
            id="asynchronous",
        ),
        pytest.param(
            "sagemaker-runtime",
            "invoke_endpoint_with_response_stream",
            {"EndpointName": "a", "Body": b"1"},
            id="stream",
        ),
        pytest.param(
            "sagemaker-featurestore-runtime",
            "get_record",
            {"FeatureGroupName": "a", "RecordIdentifierValueAsString": "1"},
            id="feature-store",
        ),
    ],
)
def test_other_endpoints_of_the_service(lab: Any, service: str, operation: str, request_: dict[str, Any]) -> None:
    """COVERAGE, first line."""
    refused(lab.aws.client(service), operation, request_)


def test_a_step_asks_for_no_more_than_a_job_may(lab: Any) -> None:
    """6.2: told when the pipeline is made, with the step's name."""
    arguments = lab.training("fit", RetryStrategy={"MaximumRetryAttempts": 2})
    del arguments["TrainingJobName"]
    text = lab.definition({"Name": "Train", "Type": "Training", "Arguments": arguments})
    request = {"PipelineName": "train", "PipelineDefinition": text, "RoleArn": ROLE}
    message = lab.refused("create_pipeline", "ValidationException", **request)
    assert "step Train: RetryStrategy is not emulated by localaws" in message


@pytest.mark.parametrize("kind", ["Lambda", "Callback", "QualityCheck", "Transform", "Model"])
def test_kinds_of_steps(lab: Any, kind: str) -> None:
    """6.2: the kinds that the executor does not have."""
    text = lab.definition({"Name": "Other", "Type": kind, "Arguments": {}})
    request = {"PipelineName": "train", "PipelineDefinition": text, "RoleArn": ROLE}
    message = lab.refused("create_pipeline", "ValidationException", **request)
    assert f"type {kind} is not emulated by localaws (see COVERAGE.md)" in message
