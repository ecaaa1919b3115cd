"""The members of requests that are acted on, or kept and shown again; every other one is refused by name.

A member that were ignored would make the answer a false success. `Tags` reach events alone: ListTags is not emulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localaws.errors import NotEmulated
from localaws.sagemaker.shapes import service_model

PAGE = "MaxResults NextToken SortBy SortOrder"
CREATED = f"{PAGE} CreationTimeAfter CreationTimeBefore NameContains"
MODIFIED = f"{CREATED} LastModifiedTimeAfter LastModifiedTimeBefore StatusEquals"
MONITORED = "EndpointName MonitoringJobDefinitionName MonitoringTypeEquals"
NETWORK = "VpcConfig EnableNetworkIsolation"  # kept: a process here has the machine's network

OPTIONAL = {
    "CreateEndpoint": "DeploymentConfig Tags",
    "CreateEndpointConfig": f"DataCaptureConfig Tags KmsKeyId ExecutionRoleArn ShadowProductionVariants {NETWORK}",
    "CreateModel": f"PrimaryContainer Containers ExecutionRoleArn Tags {NETWORK}",
    "CreateModelPackage": (
        "ModelPackageGroupName ModelPackageDescription InferenceSpecification CertifyForMarketplace Tags ClientToken"
        " ModelApprovalStatus MetadataProperties ModelMetrics Domain Task SamplePayloadUrl CustomerMetadataProperties"
        " DriftCheckBaselines AdditionalInferenceSpecifications SkipModelValidation SourceUri SecurityConfig ModelCard"
        " ModelLifeCycle"
    ),
    "CreateModelPackageGroup": "ModelPackageGroupDescription Tags",
    "CreatePipeline": "PipelineDisplayName PipelineDefinition PipelineDescription Tags",
    "CreateProcessingJob": (
        "ProcessingInputs ProcessingOutputConfig StoppingCondition Environment NetworkConfig Tags ExperimentConfig"
    ),
    "CreateHyperParameterTuningJob": "TrainingJobDefinition Tags",
    "CreateTrainingJob": (
        "HyperParameters AlgorithmSpecification InputDataConfig ResourceConfig StoppingCondition Tags Environment"
        " EnableInterContainerTrafficEncryption ExperimentConfig EnableManagedSpotTraining CheckpointConfig"
        f" {NETWORK}"
    ),
    "CreateDataQualityJobDefinition": "DataQualityBaselineConfig StoppingCondition NetworkConfig Tags",
    "CreateModelQualityJobDefinition": "ModelQualityBaselineConfig StoppingCondition NetworkConfig Tags",
    "CreateMonitoringSchedule": "Tags",
    "ListDataQualityJobDefinitions": f"{CREATED} EndpointName",
    "ListModelQualityJobDefinitions": f"{CREATED} EndpointName",
    "ListMonitoringExecutions": f"{MODIFIED} {MONITORED} MonitoringScheduleName ScheduledTimeBefore ScheduledTimeAfter",
    "ListMonitoringSchedules": f"{MODIFIED} {MONITORED}",
    "ListEndpointConfigs": CREATED,
    "ListEndpoints": MODIFIED,
    "ListHyperParameterTuningJobs": MODIFIED,
    "ListModelPackageGroups": CREATED,
    "ListModelPackages": f"{CREATED} ModelApprovalStatus ModelPackageGroupName ModelPackageType",
    "ListModels": CREATED,
    "ListPipelineExecutionSteps": f"PipelineExecutionArn {PAGE}",
    "ListPipelineExecutions": f"{PAGE} CreatedAfter CreatedBefore",
    "ListPipelineParametersForExecution": PAGE,
    "ListPipelines": f"{PAGE} CreatedAfter CreatedBefore PipelineNamePrefix",
    "ListProcessingJobs": MODIFIED,
    "ListTrainingJobs": MODIFIED,
    "ListTrainingJobsForHyperParameterTuningJob": f"{PAGE} StatusEquals",
    "StartPipelineExecution": (
        "PipelineExecutionDisplayName PipelineParameters PipelineExecutionDescription RoleArn"
    ),
    "UpdateEndpoint": (
        "RetainAllVariantProperties ExcludeRetainedVariantProperties RetainDeploymentConfig DeploymentConfig"
    ),
    "UpdateModelPackage": (
        "ModelApprovalStatus ApprovalDescription CustomerMetadataProperties CustomerMetadataPropertiesToRemove"
        " InferenceSpecification SourceUri ModelLifeCycle ClientToken"
    ),
    "UpdatePipeline": "PipelineDisplayName PipelineDefinition PipelineDescription RoleArn",
}  # fmt: skip


def unknown(operation: str, request: Mapping[str, Any]) -> list[str]:
    """Members of a request that this emulation would have to ignore."""
    required = service_model().operation_model(operation).input_shape.required_members
    return sorted(request.keys() - {*required, *OPTIONAL.get(operation, "").split()})


def refuse_unknown(operation: str, request: Mapping[str, Any]) -> None:
    """NotImplemented for what this emulation would have to ignore."""
    if names := unknown(operation, request):
        raise NotEmulated(f"{', '.join(names)} of sagemaker:{operation}")
