"""Endpoints: the states of reference 5.1 and what each accepts, updates and their rollback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localaws.errors import AwsError, LocalAwsError, NotEmulated
from localaws.sagemaker import events
from localaws.sagemaker.deployed import Endpoint, Variant, shown_capture, shown_variant
from localaws.sagemaker.hosting import Host
from localaws.sagemaker.models import Models
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import exists, in_progress, invalid, not_found
from localaws.world import World

# Which states accept an update (and a change of weights), and which a delete.
UPDATABLE = {"InService", "UpdateRollbackFailed"}
DELETABLE = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}
EXCLUDABLE = {"DesiredInstanceCount", "DesiredWeight"}


class Endpoints:
    """Operations on endpoints; every change takes the seconds that `lifecycle` says."""

    def __init__(self, world: World, names: Names, models: Models) -> None:
        self._world, self._names, self._models = world, names, models
        self.endpoints: dict[str, Endpoint] = {}

    def create_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint."""
        name = request["EndpointName"]
        arn = self._names.arn("endpoint", name.lower())
        if any(known.lower() == name.lower() for known in self.endpoints):
            raise exists("endpoint", arn)
        config = self._models.config(request["EndpointConfigName"]).name
        now = self._world.now()
        endpoint = Endpoint(name=name, arn=arn, config=config, created=now, modified=now)
        self.endpoints[name] = endpoint
        self._tell(endpoint)
        self._later(self._world.lifecycle.endpoint_create, endpoint, lambda: self._created(endpoint))
        return {"EndpointArn": arn}

    def _created(self, endpoint: Endpoint) -> None:
        self._deploy(endpoint, endpoint.config, {}, lambda reason: self._set(endpoint, "Failed", reason))

    def update_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint, all at once; weights and counts go back to the configuration's unless they are retained."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in UPDATABLE:
            raise in_progress(endpoint.arn)
        wanted = self._models.config(request["EndpointConfigName"]).name
        self._models.config(endpoint.config)  # the old one must still be there (reference 5.3)
        kept = _kept(endpoint, request)
        self._set(endpoint, "Updating")
        seconds = self._world.lifecycle.endpoint_update
        self._later(
            seconds,
            endpoint,
            lambda: self._deploy(endpoint, wanted, kept, lambda reason: self._rolled_back(endpoint, reason)),
        )
        return {"EndpointArn": endpoint.arn}

    def _rolled_back(self, endpoint: Endpoint, reason: str) -> None:
        """The new containers did not start: the old ones serve on, and the state says InService (reference 1.8)."""
        self._set(endpoint, "InService", reason)

    def update_endpoint_weights_and_capacities(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: any weights, the capacity of one variant."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in UPDATABLE:
            raise in_progress(endpoint.arn)
        wanted = request["DesiredWeightsAndCapacities"]
        if any("ServerlessUpdateConfig" in change for change in wanted):
            raise NotEmulated("ServerlessUpdateConfig")
        names = {variant.name: variant for variant in endpoint.variants}
        if unknown := [w["VariantName"] for w in wanted if w["VariantName"] not in names]:
            raise invalid(f"Variants {unknown} do not exist in endpoint {endpoint.arn}.")
        if sum("DesiredInstanceCount" in w for w in wanted) > 1:
            raise invalid("Only one variant's capacity can be changed at a time.")
        weights = {v.name: v.weight for v in endpoint.variants} | {
            w["VariantName"]: w.get("DesiredWeight", names[w["VariantName"]].weight) for w in wanted
        }
        if sum(weights.values()) <= 0:
            raise invalid("The weights of all variants cannot be 0.")
        for change in wanted:
            variant = names[change["VariantName"]]
            variant.desired_weight = change.get("DesiredWeight", variant.weight)
            variant.desired_count = change.get("DesiredInstanceCount", variant.count)
        self._set(endpoint, "Updating")
        self._later(self._world.lifecycle.weights_update, endpoint, lambda: self._weighed(endpoint))
        return {"EndpointArn": endpoint.arn}

    def _weighed(self, endpoint: Endpoint) -> None:
        for variant in endpoint.variants:
            variant.weight, variant.count = variant.desired_weight, variant.desired_count
        self._set(endpoint, "InService")

    def delete_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in DELETABLE:
            raise in_progress(endpoint.arn)
        self._set(endpoint, "Deleting")
        self._world.later(
            self._world.lifecycle.endpoint_delete, lambda: self._deleted(endpoint), f"delete {endpoint.name}"
        )
        return {}

    def _deleted(self, endpoint: Endpoint) -> None:
        _stop(endpoint.variants)
        self.endpoints.pop(endpoint.name, None)

    def describe_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeEndpoint."""
        return self.described(self._found(request["EndpointName"]))

    def described(self, endpoint: Endpoint) -> dict[str, Any]:
        """An endpoint as DescribeEndpoint and its events have it."""
        return {
            "EndpointName": endpoint.name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.config,
            "ProductionVariants": [shown_variant(variant) for variant in endpoint.variants] or None,
            "DataCaptureConfig": shown_capture(endpoint.capture),
            "EndpointStatus": endpoint.status,
            "FailureReason": endpoint.reason or None,
            "CreationTime": endpoint.created,
            "LastModifiedTime": endpoint.modified,
        }

    def list_endpoints(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListEndpoints, by name, status and time of the last change."""
        found = ordered(within(list(self.endpoints.values()), request), request)
        return page(found, request, self.described, "Endpoints")

    def close(self) -> None:
        """End every serving process."""
        for endpoint in self.endpoints.values():
            _stop(endpoint.variants)

    def _deploy(
        self, endpoint: Endpoint, config: str, kept: dict[str, dict[str, Any]], failed: Callable[[str], None]
    ) -> None:
        """Start the new variants beside the old ones, in the background; then exchange them."""
        try:
            self._models.config(endpoint.config)  # the old one must be there to its end (reference 5.3)
            request = self._models.config(config).request
        except AwsError as error:
            failed(error.message)
            return
        self._world.background(
            lambda: self._started(endpoint.name, request["ProductionVariants"], kept),
            lambda result: self._exchange(endpoint, config, request, result, failed),
            lambda error: failed(f"InternalServerError: localaws: {error!r}"),
            f"deploy {config}",
        )

    def _started(self, name: str, given: list[dict[str, Any]], kept: dict[str, dict[str, Any]]) -> list[Variant] | str:
        """The running variants, or why one could not start."""
        running: list[Variant] = []
        for variant in given:
            try:
                running.append(self._start(name, variant, kept.get(variant["VariantName"], {})))
            except (LocalAwsError, OSError) as error:
                _stop(running)
                name = variant["VariantName"]
                why = "did not pass the ping health check"
                return f"The primary container for production variant {name} {why}: {error}"
        return running

    def _start(self, name: str, given: dict[str, Any], kept: dict[str, Any]) -> Variant:
        container = self._models.container(given["ModelName"])
        weight = kept.get("DesiredWeight", given.get("InitialVariantWeight", 1.0))
        count = kept.get("DesiredInstanceCount", given["InitialInstanceCount"])
        return Variant(
            name=given["VariantName"],
            image=container.image,
            weight=weight,
            desired_weight=weight,
            count=count,
            desired_count=count,
            host=Host.start(self._world, f"{name}-{given['VariantName']}-{self._names.fresh(8)}", container),
        )

    def _exchange(
        self,
        endpoint: Endpoint,
        config: str,
        request: dict[str, Any],
        result: list[Variant] | str,
        failed: Callable[[str], None],
    ) -> None:
        if isinstance(result, str):
            failed(result)
            return
        old, endpoint.variants = endpoint.variants, result
        endpoint.config, endpoint.capture = config, request.get("DataCaptureConfig", {})
        _stop(old)
        self._set(endpoint, "InService")

    def _later(self, seconds: float, endpoint: Endpoint, action: Callable[[], None]) -> None:
        self._world.later(seconds, action, f"endpoint {endpoint.name}")

    def _set(self, endpoint: Endpoint, status: str, reason: str = "") -> None:
        endpoint.status, endpoint.reason, endpoint.modified = status, reason[:1024], self._world.now()
        self._tell(endpoint)

    def _tell(self, endpoint: Endpoint) -> None:
        events.endpoint(self._world, self.described(endpoint))

    def _found(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            raise not_found("endpoint", self._names.arn("endpoint", name.lower()))
        return self.endpoints[name]


def _stop(variants: list[Variant]) -> None:
    for variant in variants:
        variant.host.stop()


def _kept(endpoint: Endpoint, request: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Weights and counts that RetainAllVariantProperties carries over, by variant."""
    if not request.get("RetainAllVariantProperties"):
        return {}
    out = {e["VariantPropertyType"] for e in request.get("ExcludeRetainedVariantProperties") or []}
    return {
        v.name: {
            n: value
            for n, value in (("DesiredWeight", v.desired_weight), ("DesiredInstanceCount", v.desired_count))
            if n in EXCLUDABLE - out
        }
        for v in endpoint.variants
    }
