"""Needs of SageMaker: of its resources by name or ARN, of the role that is given to it, of tags.

Source also: SageMaker Developer Guide, "SageMaker API Permissions: Actions, Permissions, and Resources Reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from localaws.iam.asked import Asked, Need, Needs, anything
from localaws.iam.evaluator import Pairs

SERVICE = "sagemaker.amazonaws.com"
# Kind of the resource and the members that name it.
_ON: dict[str, list[tuple[str, str]]] = {
    "CreateModel": [("model", "ModelName")],
    "DescribeModel": [("model", "ModelName")],
    "DeleteModel": [("model", "ModelName")],
    "CreateEndpointConfig": [("endpoint-config", "EndpointConfigName")],
    "DescribeEndpointConfig": [("endpoint-config", "EndpointConfigName")],
    "DeleteEndpointConfig": [("endpoint-config", "EndpointConfigName")],
    "CreateEndpoint": [("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")],
    "UpdateEndpoint": [("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")],
    "UpdateEndpointWeightsAndCapacities": [("endpoint", "EndpointName")],
    "DescribeEndpoint": [("endpoint", "EndpointName")],
    "DeleteEndpoint": [("endpoint", "EndpointName")],
    "CreatePipeline": [("pipeline", "PipelineName")],
    "UpdatePipeline": [("pipeline", "PipelineName")],
    "DescribePipeline": [("pipeline", "PipelineName")],
    "DeletePipeline": [("pipeline", "PipelineName")],
    "StartPipelineExecution": [("pipeline", "PipelineName")],
    "ListPipelineExecutions": [("pipeline", "PipelineName")],
    "DescribePipelineExecution": [("pipeline", "PipelineExecutionArn")],
    "DescribePipelineDefinitionForExecution": [("pipeline", "PipelineExecutionArn")],
    "ListPipelineExecutionSteps": [("pipeline", "PipelineExecutionArn")],
    "ListPipelineParametersForExecution": [("pipeline", "PipelineExecutionArn")],
    "StopPipelineExecution": [("pipeline", "PipelineExecutionArn")],
    "CreateModelPackageGroup": [("model-package-group", "ModelPackageGroupName")],
    "DescribeModelPackageGroup": [("model-package-group", "ModelPackageGroupName")],
    "DeleteModelPackageGroup": [("model-package-group", "ModelPackageGroupName")],
    "DescribeModelPackage": [("model-package", "ModelPackageName")],
    "DeleteModelPackage": [("model-package", "ModelPackageName")],
    "CreateTrainingJob": [("training-job", "TrainingJobName")],
    "DescribeTrainingJob": [("training-job", "TrainingJobName")],
    "StopTrainingJob": [("training-job", "TrainingJobName")],
    "CreateProcessingJob": [("processing-job", "ProcessingJobName")],
    "DescribeProcessingJob": [("processing-job", "ProcessingJobName")],
    "StopProcessingJob": [("processing-job", "ProcessingJobName")],
    "CreateHyperParameterTuningJob": [("hyper-parameter-tuning-job", "HyperParameterTuningJobName")],
    "DescribeHyperParameterTuningJob": [("hyper-parameter-tuning-job", "HyperParameterTuningJobName")],
    "StopHyperParameterTuningJob": [("hyper-parameter-tuning-job", "HyperParameterTuningJobName")],
    "ListTrainingJobsForHyperParameterTuningJob": [("hyper-parameter-tuning-job", "HyperParameterTuningJobName")],
}
_ON |= {
    f"{verb}{kind}QualityJobDefinition": [(f"{kind.lower()}-quality-job-definition", "JobDefinitionName")]
    for verb in ("Create", "Describe", "Delete")
    for kind in ("Data", "Model")
}
_ON |= {
    f"{verb}MonitoringSchedule": [("monitoring-schedule", "MonitoringScheduleName")]
    for verb in ("Create", "Describe", "Update", "Start", "Stop", "Delete")
}
_ON_NOTHING = (
    "ListDataQualityJobDefinitions",
    "ListModelQualityJobDefinitions",
    "ListMonitoringExecutions",
    "ListMonitoringSchedules",
    "ListEndpointConfigs",
    "ListEndpoints",
    "ListHyperParameterTuningJobs",
    "ListModelPackageGroups",
    "ListModelPackages",
    "ListModels",
    "ListPipelines",
    "ListProcessingJobs",
    "ListTrainingJobs",
)
# SageMaker keeps the names of these in small letters, and so their ARNs.
_SMALL = {"model", "endpoint", "endpoint-config", "monitoring-schedule"}


def needs_of(operation: str, request: dict[str, Any], account: str, region: str) -> Iterator[Need]:
    """Of a call with this request, whoever makes it."""
    keys, action = _keys(operation, request), f"sagemaker:{operation}"
    resources = list(_resources(operation, request, account, region))
    for resource in resources:
        yield Need(action=action, resource=resource, keys=keys)
    for role in _roles(request):
        yield Need(action="iam:PassRole", resource=role, keys=(("iam:passedtoservice", (SERVICE,)),))
    for alarm in _watched(request):
        yield Need(action="cloudwatch:DescribeAlarms", resource=f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}")
    if operation.startswith("Create") and request.get("Tags"):
        for resource in resources[:1]:
            yield Need(action="sagemaker:AddTags", resource=resource)


def needs_of_step(operation: str, request: dict[str, Any], account: str, region: str) -> Iterator[Need]:
    """Of a call that a pipeline makes for a step: it tags what it creates, but for versions, which take no tags.

    Known from practice: the denial comes from the create itself, and names sagemaker:AddTags.
    """
    if operation == "CreateModelPackage":
        yield create_package(request, account, region)
    elif operation.startswith("Create"):
        yield from needs_of(operation, request | {"Tags": ["the execution"]}, account, region)
    else:
        yield from needs_of(operation, request, account, region)


def _resources(operation: str, request: dict[str, Any], account: str, region: str) -> Iterable[str]:
    for kind, member in _ON[operation]:
        given = str(request.get(member, ""))
        name = given.lower() if kind in _SMALL else given
        yield given if given.startswith("arn:") else f"arn:aws:sagemaker:{region}:{account}:{kind}/{name}"


def _keys(operation: str, request: dict[str, Any]) -> Pairs:
    status = request.get("ModelApprovalStatus")
    given = operation in ("CreateModelPackage", "UpdateModelPackage") and status is not None
    return (("sagemaker:modelapprovalstatus", (str(status),)),) if given else ()


def _roles(request: dict[str, Any]) -> list[str]:
    """A tuning job passes the role of its trials."""
    trials = request.get("TrainingJobDefinition", {})
    found = [request.get("RoleArn"), request.get("ExecutionRoleArn"), trials.get("RoleArn")]
    return [str(role) for role in found if role]


def _watched(request: dict[str, Any]) -> list[str]:
    """Alarms that may roll a deployment back: guide, "Auto-Rollback Configuration and Monitoring"."""
    config = request.get("DeploymentConfig", {}).get("AutoRollbackConfiguration", {})
    return [str(alarm.get("AlarmName", "")) for alarm in config.get("Alarms", [])]


def _on_resources(operation: str) -> Needs:
    return lambda asked: needs_of(operation, asked.request, asked.account, asked.region)


def _update_package(asked: Asked) -> list[Need]:
    arn = str(asked.request.get("ModelPackageArn", ""))
    return [Need(action="sagemaker:UpdateModelPackage", resource=arn, keys=_keys("UpdateModelPackage", asked.request))]


def create_package(request: dict[str, Any], account: str, region: str) -> Need:
    """The reference names the package alone, whose version is not known yet: the group's name stands for it."""
    group = str(request.get("ModelPackageGroupName", "")).rsplit("/", 1)[-1]
    return Need(
        action="sagemaker:CreateModelPackage",
        resource=f"arn:aws:sagemaker:{region}:{account}:model-package/{group or request.get('ModelPackageName', '')}",
        keys=_keys("CreateModelPackage", request),
    )


def _invoke(asked: Asked) -> list[Need]:
    name = unquote(asked.call.path.split("/")[2]).lower()
    return [Need(action="sagemaker:InvokeEndpoint", resource=asked.arn("sagemaker", f"endpoint/{name}"))]


NEEDS: dict[str, Needs] = {
    **{operation: _on_resources(operation) for operation in _ON},
    **{operation: anything(f"sagemaker:{operation}") for operation in _ON_NOTHING},
    "UpdateModelPackage": _update_package,
    "CreateModelPackage": lambda asked: [create_package(asked.request, asked.account, asked.region)],
    "InvokeEndpoint": _invoke,
}
