"""Models and endpoint configurations: their operations (reference 5.3 and 9.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localaws.errors import NotEmulated
from localaws.journal import Noting
from localaws.sagemaker import events
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import exists, invalid, not_found
from localaws.sagemaker.registry import Registry
from localaws.sagemaker.roles import check_model_data
from localaws.sagemaker.variantrules import check_serverless, check_variants
from localaws.world import World

ECR = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.")
TOLD = {
    "Model": ("PrimaryContainer", "Containers", "ExecutionRoleArn"),
    "EndpointConfig": (
        "ProductionVariants", "DataCaptureConfig", "KmsKeyId", "AsyncInferenceConfig", "ExplainerConfig",
        "ShadowProductionVariants",
    ),
}  # fmt: skip
TOLD_WITHIN = {
    "PrimaryContainer": ("ContainerHostname",),
    "ProductionVariants": (
        "AcceleratorType", "CoreDumpConfig", "ServerlessConfig", "VolumeSizeInGB", "EnableSSMAccess",
        "ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds",
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Made:
    """A model or a configuration as it was asked for; neither ever changes."""

    name: str
    arn: str
    request: dict[str, Any]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a variant runs: image, model archive and environment, by the model's role."""

    image: str
    model_data: str
    env: dict[str, str]
    role: str


class Models:
    """Models and endpoint configurations, by name."""

    def __init__(self, world: World, names: Names, registry: Registry) -> None:
        self._world, self._names, self._registry = world, names, registry
        self.models = Noting[str, Made](world.journal, "sagemaker.models")
        self.configs = Noting[str, Made](world.journal, "sagemaker.configs")

    def create_model(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateModel of one container."""
        given = request.get("Containers") or [request.get("PrimaryContainer") or {}]
        if len(given) != 1:
            raise NotEmulated("an inference pipeline of several containers")
        if "ExecutionRoleArn" not in request:
            raise invalid("ExecutionRoleArn is required.")
        role, source = request["ExecutionRoleArn"], self._names.arn("model", request["ModelName"].lower())
        check_model_data(self._world, role, source, self.container_of(given[0], role).model_data)
        return {"ModelArn": self._make(self.models, "model", request["ModelName"], request, "Model").arn}

    def describe_model(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeModel."""
        found = self.model(request["ModelName"])
        return found.request | {"ModelArn": found.arn, "CreationTime": found.created}

    def list_models(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListModels."""
        return self._list(self.models, request, "Model", "Models")

    def delete_model(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteModel."""
        found = self.model(request["ModelName"])
        del self.models[found.name]
        events.made(self._world, "Model", found.arn, _told(found, "Model"))
        return {}

    def create_endpoint_config(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpointConfig of real-time variants, of one and its shadow, or of one serverless one."""
        check_variants(request)
        for variant in [*request["ProductionVariants"], *(request.get("ShadowProductionVariants") or [])]:
            model = self.model(variant["ModelName"])
            if "ServerlessConfig" in variant:
                check_serverless(model.request)
        name = request["EndpointConfigName"]
        made = self._make(self.configs, "endpoint-config", name, request, "Endpoint Config")
        return {"EndpointConfigArn": made.arn}

    def describe_endpoint_config(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeEndpointConfig."""
        found = self.config(request["EndpointConfigName"])
        return found.request | {"EndpointConfigArn": found.arn, "CreationTime": found.created}

    def list_endpoint_configs(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListEndpointConfigs."""
        return self._list(self.configs, request, "EndpointConfig", "EndpointConfigs")

    def delete_endpoint_config(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteEndpointConfig: allowed while an endpoint uses it, which then cannot be updated any more."""
        found = self.config(request["EndpointConfigName"])
        del self.configs[found.name]
        events.made(self._world, "Endpoint Config", found.arn, _told(found, "EndpointConfig"))
        return {}

    def model(self, name: str) -> Made:
        """A model; ValidationException where there is none."""
        if name not in self.models:
            raise not_found("model", self._names.arn("model", name))
        return self.models[name]

    def config(self, name: str) -> Made:
        """A configuration; ValidationException where there is none."""
        if name not in self.configs:
            raise not_found("endpoint configuration", self._names.arn("endpoint-config", name))
        return self.configs[name]

    def container(self, model: str) -> Container:
        """The container of a model, that of its package where it names one."""
        request = self.model(model).request
        given = (request.get("Containers") or [request.get("PrimaryContainer")])[0]
        return self.container_of(given, request["ExecutionRoleArn"])

    def container_of(self, given: dict[str, Any], role: str) -> Container:
        """One container of a request."""
        env = given.get("Environment") or {}
        if given.get("Mode", "SingleModel") != "SingleModel":
            raise NotEmulated(f"a container in mode {given['Mode']}")
        if foreign := sorted({"ModelDataSource", "AdditionalModelDataSources"} & given.keys()):
            raise NotEmulated(f"{', '.join(foreign)} of a container (give ModelDataUrl)")
        if "ModelPackageName" in given:
            package = self._registry.package(given["ModelPackageName"]).body
            given = package["InferenceSpecification"]["Containers"][0]
            env = (given.get("Environment") or {}) | env
        if "Image" not in given or "ModelDataUrl" not in given:
            raise invalid("A container needs Image and ModelDataUrl, or ModelPackageName.")
        if not ECR.match(given["Image"]):  # in these words: aws/sagemaker-python-sdk#4700
            if (given.get("ImageConfig") or {}).get("RepositoryAccessMode") == "Vpc":
                raise NotEmulated("an image of a registry in a VPC")
            raise invalid(
                f'Using non-ECR image "{given["Image"]}" without Vpc repository access mode is not supported.'
            )
        return Container(image=given["Image"], model_data=given["ModelDataUrl"], env=env, role=role)

    def _make(self, kept: dict[str, Made], kind: str, name: str, request: dict[str, Any], what: str) -> Made:
        arn = self._names.arn(kind, name.lower())
        if any(known.lower() == name.lower() for known in kept):
            raise exists(what.lower().replace("config", "configuration"), arn)
        made = Made(name=name, arn=arn, request=request, created=self._world.now())
        kept[name] = made
        events.made(self._world, what, arn, _told(made, what.replace(" ", "")))
        return made

    def _list(self, kept: dict[str, Made], request: dict[str, Any], what: str, plural: str) -> dict[str, Any]:
        return page(
            ordered(within(list(kept.values()), request), request), request, lambda m: _described(m, what), plural
        )


def _told(made: Made, what: str) -> dict[str, Any]:
    """As the events have it: what it was made of, null for what was not set (reference 1.3, 1.7)."""
    given = {name: _with_nulls(name, value) for name, value in made.request.items()}
    return dict.fromkeys(TOLD[what]) | given | _described(made, what)


def _with_nulls(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_with_nulls(name, inner) for inner in value]
    return dict.fromkeys(TOLD_WITHIN[name]) | value if name in TOLD_WITHIN else value


def _described(made: Made, what: str) -> dict[str, Any]:
    return {f"{what}Name": made.name, f"{what}Arn": made.arn, "CreationTime": made.created}
