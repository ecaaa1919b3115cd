"""What a version looks like on SageMaker: the model, the configuration, and names that are hashes of their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leeway import keys
from leeway.spec import Serving

SLOT = "a"  # the first one; all at once keeps the slot, for guardrails want the same name on both sides
OTHER_SLOT = {"a": "b", "b": "a"}
CSV, JSON = "text/csv", "application/json"
WHOLE = 100  # percent
SERVERLESS = "serverless"


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """Between `least` and `most` instances of a type, so that each has `invocations` a minute."""

    instance: str
    least: int
    most: int
    invocations: int


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A version in its slot; `package` is its ARN in the registry."""

    version: int
    package: str
    slot: str = SLOT

    def taken_by(self, version: int, package: str) -> Contender:
        """Another version in the same slot."""
        return Contender(version=version, package=package, slot=self.slot)


@dataclass(frozen=True, kw_only=True)
class Target:
    """The requests that bring versions up; equal content has equal names, so making it twice is seen.

    `version` is the one that comes, `models` are all that serve. `shares` are percents by slot, beside which those of
    the configuration are where an update begins. `scaling` is what comes after, of each slot that has traffic; None
    where the number of instances is that of the configuration.
    """

    version: int
    package: str
    endpoint: str
    models: tuple[dict[str, Any], ...]
    config: dict[str, Any]
    slot: str = SLOT
    shares: Mapping[str, int] = field(default_factory=dict)
    scaling: Scaling | None = None

    @property
    def instances(self) -> dict[str, str]:
        """The type of instances by slot, "" where it has none."""
        variants = self.config["ProductionVariants"]
        return {variant["VariantName"]: str(variant.get("InstanceType", "")) for variant in variants}

    @property
    def is_serverless(self) -> bool:
        """Whether it has no instances of its own."""
        return not any(self.instances.values())

    @property
    def is_duel(self) -> bool:
        """Whether two versions share the endpoint."""
        return len(self.models) > 1

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the SageMaker models."""
        return tuple(str(model["ModelName"]) for model in self.models)

    @property
    def config_name(self) -> str:
        """Name of the endpoint configuration."""
        return str(self.config["EndpointConfigName"])


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What all versions of a model have in common: their containers have the `role` (ARN).

    100 % of the traffic is captured (below the S3 URI `capture`), for monitor and cohorts count on every request; but
    SageMaker captures nothing of serverless endpoints, and refuses a configuration that asks for it.
    """

    endpoint: str
    serving: Serving
    role: str
    capture: str

    @property
    def is_serverless(self) -> bool:
        """Whether endpoints have one variant only, and no instances."""
        return self.serving.mode == SERVERLESS

    @property
    def beside(self) -> str:
        """Name of the endpoint that a challenger has for itself, where one has room for one version only."""
        return f"{self.endpoint}{keys.CHALLENGER}"

    def apart(self, challenger: Contender) -> Target:
        """A challenger alone, on its own endpoint."""
        return replace(self.solo(challenger), endpoint=self.beside)

    def solo(self, one: Contender) -> Target:
        """One version alone."""
        return self._target(one, [(one, 1.0)], {one.slot: WHOLE}, _scaling(self.serving))

    def duel(self, champion: Contender, challenger: Contender, *, first: int, share: int) -> Target:
        """Two versions, the challenger with `share` percent; `first` is what it has while it is brought up.

        That is nothing where instances are scaled: how many it needs depends on how many there are, so they come
        together with its first share.
        """
        scaling = _scaling(self.serving)
        first = 0 if scaling else first
        pairs = [(champion, float(WHOLE - first)), (challenger, float(first))]
        return self._target(challenger, pairs, {champion.slot: WHOLE - share, challenger.slot: share}, scaling)

    def shadowed(self, champion: Contender, challenger: Contender) -> Target:
        """The champion alone, and the challenger with a copy of each request."""
        both = self.duel(champion, challenger, first=WHOLE // 2, share=0)
        variants = [variant | {"InitialVariantWeight": 1.0} for variant in both.config["ProductionVariants"]]
        config = {name: value for name, value in both.config.items() if name != "EndpointConfigName"}
        config |= {"ProductionVariants": variants[:1], "ShadowProductionVariants": variants[1:]}
        config["EndpointConfigName"] = f"{self.endpoint}-{_hash(config, 12)}"
        return replace(both, config=config, shares={champion.slot: WHOLE})

    def _target(
        self, comes: Contender, pairs: list[tuple[Contender, float]], shares: dict[str, int], scaling: Scaling | None
    ) -> Target:
        models = [self._model(one) for one, _ in pairs]
        variants = [
            _variant(one.slot, model["ModelName"], self.serving, weight)
            for (one, weight), model in zip(pairs, models, strict=True)
        ]
        config: dict[str, Any] = {"ProductionVariants": variants}
        if self.serving.mode != SERVERLESS:
            config["DataCaptureConfig"] = _capture(self.capture)
        config["EndpointConfigName"] = f"{self.endpoint}-{_hash(config, 12)}"
        return Target(
            version=comes.version, package=comes.package, endpoint=self.endpoint, slot=comes.slot,
            models=tuple(models), config=config, shares=shares, scaling=scaling,
        )  # fmt: skip

    def _model(self, one: Contender) -> dict[str, Any]:
        model: dict[str, Any] = {
            "Containers": [{"ModelPackageName": one.package}],
            "ExecutionRoleArn": self.role,
        }
        model["ModelName"] = f"{self.endpoint}-v{one.version}-{_hash(model, 10)}"
        return model


def _variant(slot: str, model: str, serving: Serving, weight: float) -> dict[str, Any]:
    size: dict[str, Any] = {
        "InstanceType": serving.instance,
        "InitialInstanceCount": serving.instances,
    }
    if serving.mode == SERVERLESS:
        size = {"ServerlessConfig": {"MemorySizeInMB": serving.memory, "MaxConcurrency": serving.max_concurrency}}
    elif serving.max_instances:
        size["InitialInstanceCount"] = max(serving.instances, serving.min_instances)
    return {"VariantName": slot, "ModelName": model, **size, "InitialVariantWeight": weight}


def _capture(uri: str) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": uri,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": [CSV], "JsonContentTypes": [JSON]},
    }


def _scaling(serving: Serving) -> Scaling | None:
    if serving.mode == SERVERLESS or not serving.max_instances:
        return None
    return Scaling(
        instance=serving.instance,
        least=serving.min_instances,
        most=serving.max_instances,
        invocations=serving.target_invocations,
    )


def _hash(request: dict[str, Any], length: int) -> str:
    return keys.digest(repr(request))[:length]
