"""What SageMaker allows of production variants: in a configuration, an update, a change of weights (reference 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localaws.errors import NotEmulated
from localaws.sagemaker.refusals import invalid

if TYPE_CHECKING:
    from localaws.sagemaker.deployed import Endpoint, Variant

MEMORY = range(1024, 6145, 1024)  # MB that a serverless variant may have
FOREIGN = {"ManagedInstanceScaling", "RoutingConfig", "AcceleratorType", "InstancePools"}  # would change how it serves
INSTANCES = ("InstanceType", "InitialInstanceCount")
EXCLUDABLE = {"DesiredInstanceCount", "DesiredWeight"}
# What serverless endpoints do not have (developer guide, feature exclusions), by the member that asks for it.
NOT_SERVERLESS = {"DataCaptureConfig": "data capture", "VpcConfig": "a VPC", "EnableNetworkIsolation": "isolation"}
NO_WAY_BACK = "Updating a real-time endpoint to a serverless endpoint is not supported."


def check_variants(request: Mapping[str, Any]) -> None:
    """The variants of a CreateEndpointConfig; their models are looked for elsewhere."""
    variants = [*request["ProductionVariants"], *(request.get("ShadowProductionVariants") or [])]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) != len(names) or not 1 <= len(names) <= 10:
        raise invalid("Production variants must have distinct names, and be 1 to 10.")
    for variant in variants:
        _check_variant(variant)
    if shadows := request.get("ShadowProductionVariants"):
        _check_shadow(request["ProductionVariants"], shadows)
    elif any("ServerlessConfig" in variant for variant in variants):
        if len(variants) > 1:
            raise invalid("A serverless endpoint can have one production variant only.")
        check_serverless(request)


def _check_shadow(variants: Sequence[Mapping[str, Any]], shadows: Sequence[Mapping[str, Any]]) -> None:
    """API: one production and one shadow variant; guide, "Shadow tests": none of them serverless."""
    if len(variants) != 1 or len(shadows) != 1:
        raise invalid("With ShadowProductionVariants, one production and one shadow variant can be specified only.")
    if any("ServerlessConfig" in variant for variant in (*variants, *shadows)):
        raise invalid("Serverless variants do not support shadow variants.")
    if not variants[0].get("InitialVariantWeight", 1.0):
        raise NotEmulated("a shadow variant of a production variant without weight")


def _check_variant(variant: Mapping[str, Any]) -> None:
    name = variant["VariantName"]
    if foreign := sorted(FOREIGN & variant.keys()):
        raise NotEmulated(f"{', '.join(foreign)} of variant {name}")
    if "ModelName" not in variant:
        raise NotEmulated(f"variant {name} without ModelName (inference components)")
    if "ServerlessConfig" in variant:
        _check_sizes(name, variant)
    elif "InstanceType" not in variant or variant.get("InitialInstanceCount", 0) < 1:
        raise invalid(f"Variant {name} needs InstanceType and InitialInstanceCount.")


def _check_sizes(name: str, variant: Mapping[str, Any]) -> None:
    config = variant["ServerlessConfig"]
    if given := [member for member in INSTANCES if member in variant]:
        raise invalid(f"Variant {name} has a ServerlessConfig, with which {given} cannot be given.")
    if config["MemorySizeInMB"] not in MEMORY:
        raise invalid(f"MemorySizeInMB of variant {name} must be one of {list(MEMORY)}.")
    _check_concurrency(name, config)


def _check_concurrency(name: str, config: Mapping[str, int]) -> None:
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise invalid(f"ProvisionedConcurrency of variant {name} must not be greater than its MaxConcurrency.")


def check_serverless(request: Mapping[str, Any]) -> None:
    """What a request of a serverless endpoint, or of its model, may not ask for."""
    if asked := [text for member, text in NOT_SERVERLESS.items() if request.get(member)]:
        raise invalid(f"Serverless endpoints do not support {', '.join(asked)}.")


def check_update(endpoint: Endpoint, wanted: Sequence[Mapping[str, Any]], scaled: Iterable[str]) -> None:
    """UpdateEndpoint to these variants; `scaled` are names of those that are scalable targets.

    Developer guide, "Update endpoints that use auto scaling": another model is allowed, another instance type is not.
    """
    if any("ServerlessConfig" in variant for variant in wanted) and not any(v.serverless for v in endpoint.variants):
        raise invalid(NO_WAY_BACK)
    types = {variant["VariantName"]: variant.get("InstanceType", "") for variant in wanted}
    for variant in (variant for variant in endpoint.variants if variant.name in set(scaled)):
        if types.get(variant.name) != variant.instance_type:
            raise invalid(
                f"The variant {variant.name} of endpoint {endpoint.arn} is a scalable target of Application Auto"
                " Scaling: deregister it before it is removed or its instance type is changed."
            )


def kept_of(endpoint: Endpoint, request: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Weights and counts that RetainAllVariantProperties carries over, by variant."""
    if not request.get("RetainAllVariantProperties"):
        return {}
    out = {e["VariantPropertyType"] for e in request.get("ExcludeRetainedVariantProperties") or []}
    return {
        v.name: {
            n: value
            for n, value in (("DesiredWeight", v.desired_weight), ("DesiredInstanceCount", v.desired_count))
            if n in EXCLUDABLE - out and value
        }
        for v in endpoint.fleet
    }


def desire(endpoint: Endpoint, wanted: Sequence[Mapping[str, Any]]) -> None:
    """UpdateEndpointWeightsAndCapacities: any weights, the capacity of one variant."""
    names = {variant.name: variant for variant in endpoint.fleet}
    if unknown := [w["VariantName"] for w in wanted if w["VariantName"] not in names]:
        raise invalid(f"Variants {unknown} do not exist in endpoint {endpoint.arn}.")
    if sum("DesiredInstanceCount" in w for w in wanted) > 1:
        raise invalid("Only one variant's capacity can be changed at a time.")
    weights = {w["VariantName"]: w["DesiredWeight"] for w in wanted if "DesiredWeight" in w}
    if sum(weights.get(v.name, v.weight) for v in endpoint.variants) <= 0:
        raise invalid("The weights of all variants cannot be 0.")
    serverless = {w["VariantName"]: _concurrency(names[w["VariantName"]], w) for w in wanted}
    for change in wanted:
        variant = names[change["VariantName"]]
        variant.desired_weight = change.get("DesiredWeight", variant.weight)
        variant.desired_count = change.get("DesiredInstanceCount", variant.count)
        variant.desired_serverless = serverless[variant.name]


def _concurrency(variant: Variant, change: Mapping[str, Any]) -> dict[str, int]:
    if variant.serverless and "DesiredInstanceCount" in change:
        raise invalid(f"Variant {variant.name} is serverless and has no instances.")
    if "ServerlessUpdateConfig" not in change:
        return variant.serverless
    if not variant.serverless:
        raise invalid(f"Variant {variant.name} is not serverless: ServerlessUpdateConfig cannot be given.")
    config: dict[str, int] = variant.serverless | change["ServerlessUpdateConfig"]
    _check_concurrency(variant.name, config)
    return config
