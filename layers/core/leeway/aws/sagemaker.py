"""SageMaker: pipelines, the registry, models and endpoints, as far as Leeway's functions use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway.aws.endpoints import Endpoint
from leeway.aws.packages import Package
from leeway.aws.translate import translated
from leeway.errors import Missing, Rejected

NOTE = 1024  # characters of an ApprovalDescription


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One pipeline execution; `status` as the API spells it: Executing, Succeeded, Failed and so on."""

    arn: str
    name: str
    status: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The first failed step of an execution with its reason, and the ARN of what it registered; "" for none."""

    failed: str
    package: str


class SageMaker:
    """Thin calls; what is missing raises Missing whatever code its family uses for that."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def start(self, pipeline: str, name: str, token: str, parameters: Mapping[str, str]) -> str:
        """Start an execution, or find the one that this token started already; returns its ARN."""
        with translated(f"SageMaker StartPipelineExecution {pipeline}"):
            answer = self._client.start_pipeline_execution(
                PipelineName=pipeline,
                PipelineExecutionDisplayName=name,
                PipelineParameters=[{"Name": k, "Value": v} for k, v in parameters.items()],
                ClientRequestToken=token,
            )
        return str(answer["PipelineExecutionArn"])

    def execution(self, arn: str) -> Execution:
        """One execution as it is now."""
        with translated("SageMaker DescribePipelineExecution"):
            answer = self._client.describe_pipeline_execution(PipelineExecutionArn=arn)
        return Execution(
            arn=arn,
            name=answer.get("PipelineExecutionDisplayName", ""),
            status=answer["PipelineExecutionStatus"],
            reason=answer.get("FailureReason", ""),
        )

    def find_execution(self, pipeline: str, name: str, since: datetime) -> str | None:
        """ARN of the execution with this display name that began at or after `since`, None where there is none."""
        with translated(f"SageMaker ListPipelineExecutions {pipeline}"):
            pages = self._client.get_paginator("list_pipeline_executions").paginate(
                PipelineName=pipeline, CreatedAfter=since
            )
            for page in pages:
                for summary in page["PipelineExecutionSummaries"]:
                    if summary.get("PipelineExecutionDisplayName") == name:
                        return str(summary["PipelineExecutionArn"])
        return None

    def steps(self, arn: str) -> Steps:
        """What the steps of an execution say of its end."""
        with translated("SageMaker ListPipelineExecutionSteps"):
            pages = self._client.get_paginator("list_pipeline_execution_steps").paginate(
                PipelineExecutionArn=arn, SortOrder="Ascending"
            )
            steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
        failed = [f"{s['StepName']}: {s.get('FailureReason', 'no reason given')}" for s in steps if _failed(s)]
        packages = [s["Metadata"]["RegisterModel"]["Arn"] for s in steps if "RegisterModel" in s.get("Metadata", {})]
        return Steps(failed=failed[0] if failed else "", package=packages[-1] if packages else "")

    def packages(self, group: str) -> list[tuple[int, str, str]]:
        """(version, ARN, approval status) of every version of a group; none where the group does not exist."""
        try:
            with translated(f"SageMaker ListModelPackages {group}"):
                pages = self._client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
                found = [summary for page in pages for summary in page["ModelPackageSummaryList"]]
        except (Missing, Rejected):
            return []
        return [(s["ModelPackageVersion"], s["ModelPackageArn"], s["ModelApprovalStatus"]) for s in found]

    def package(self, arn: str) -> Package:
        """One version, read now; raises Missing."""
        with _named(f"SageMaker DescribeModelPackage {arn}"):
            answer = self._client.describe_model_package(ModelPackageName=arn)
        return Package.of(answer)

    def approve(self, arn: str, note: str) -> None:
        """Set Approved, with a note (at most 1,024 characters are kept); SageMaker takes no condition for it."""
        with translated(f"SageMaker UpdateModelPackage {arn}"):
            self._client.update_model_package(
                ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription=note[:NOTE]
            )

    def endpoint(self, name: str) -> Endpoint:
        """One endpoint as it is now; raises Missing."""
        with _named(f"SageMaker DescribeEndpoint {name}"):
            answer = self._client.describe_endpoint(EndpointName=name)
        return Endpoint.of(name, answer)

    def endpoints_changed(self, since: datetime, prefix: str) -> list[str]:
        """Names of endpoints with this prefix that changed at or after `since`."""
        with translated("SageMaker ListEndpoints"):
            pages = self._client.get_paginator("list_endpoints").paginate(
                LastModifiedTimeAfter=since, NameContains=prefix
            )
            names = [found["EndpointName"] for page in pages for found in page["Endpoints"]]
        return [name for name in names if name.startswith(prefix)]

    def has_model(self, name: str) -> bool:
        """Whether a model of this name exists."""
        try:
            with _named(f"SageMaker DescribeModel {name}"):
                self._client.describe_model(ModelName=name)
        except Missing:
            return False
        return True

    def has_config(self, name: str) -> bool:
        """Whether an endpoint configuration of this name exists."""
        try:
            with _named(f"SageMaker DescribeEndpointConfig {name}"):
                self._client.describe_endpoint_config(EndpointConfigName=name)
        except Missing:
            return False
        return True

    def create_model(self, request: Mapping[str, Any]) -> None:
        """CreateModel; an existing name is refused by SageMaker."""
        with translated(f"SageMaker CreateModel {request['ModelName']}"):
            self._client.create_model(**request)

    def create_config(self, request: Mapping[str, Any]) -> None:
        """CreateEndpointConfig; an existing name is refused by SageMaker."""
        with translated(f"SageMaker CreateEndpointConfig {request['EndpointConfigName']}"):
            self._client.create_endpoint_config(**request)

    def delete_model(self, name: str) -> None:
        """DeleteModel; one that is gone is no error."""
        with suppress(Missing), _named(f"SageMaker DeleteModel {name}"):
            self._client.delete_model(ModelName=name)

    def delete_config(self, name: str) -> None:
        """DeleteEndpointConfig; one that is gone is no error."""
        with suppress(Missing), _named(f"SageMaker DeleteEndpointConfig {name}"):
            self._client.delete_endpoint_config(EndpointConfigName=name)

    def delete_endpoint(self, name: str) -> None:
        """DeleteEndpoint; one that is gone is no error."""
        with suppress(Missing), _named(f"SageMaker DeleteEndpoint {name}"):
            self._client.delete_endpoint(EndpointName=name)

    def create_endpoint(self, name: str, config: str) -> None:
        """CreateEndpoint; an existing name is refused by SageMaker."""
        with translated(f"SageMaker CreateEndpoint {name}"):
            self._client.create_endpoint(EndpointName=name, EndpointConfigName=config)

    def update_endpoint(
        self, name: str, config: str, *, keep_counts: bool, deployment: Mapping[str, Any] | None = None
    ) -> None:
        """UpdateEndpoint, with the configuration's weights; counts as they are, or as it says.

        All at once, or as a DeploymentConfig has it.
        """
        kept: dict[str, Any] = {
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
        }
        with translated(f"SageMaker UpdateEndpoint {name}"):
            request = (kept if keep_counts else {}) | ({"DeploymentConfig": deployment} if deployment else {})
            self._client.update_endpoint(EndpointName=name, EndpointConfigName=config, **request)

    def weigh(self, name: str, weights: Mapping[str, float], counts: Mapping[str, int]) -> None:
        """UpdateEndpointWeightsAndCapacities: weights of variants, absolute ones, and instances of one at most."""
        wanted = [
            {"VariantName": variant, "DesiredWeight": float(weight)}
            | ({"DesiredInstanceCount": counts[variant]} if variant in counts else {})
            for variant, weight in weights.items()
        ]
        with translated(f"SageMaker UpdateEndpointWeightsAndCapacities {name}"):
            self._client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)


def _failed(step: Mapping[str, Any]) -> bool:
    return bool(step["StepStatus"] == "Failed")


@contextmanager
def _named(doing: str) -> Iterator[None]:
    """As `translated`, for a describe by name: SageMaker answers ValidationException where the name does not exist."""
    try:
        with translated(doing):
            yield
    except Rejected as error:
        raise Missing(str(error)) from error
