"""Endpoints: the states of reference 5.1 and what each accepts, updates and their rollback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localaws.errors import AwsError
from localaws.sagemaker import events
from localaws.sagemaker.deployed import Endpoint, shown_endpoint, shown_scaling
from localaws.sagemaker.deployments import Pending
from localaws.sagemaker.fleets import Fleet, Fleets, stop
from localaws.sagemaker.models import Models
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import exists, in_progress, not_found
from localaws.sagemaker.scalable import Targets
from localaws.sagemaker.variantrules import check_update, desire, kept_of
from localaws.world import World

# Which states accept an update (and a change of weights), and which a delete.
UPDATABLE = {"InService", "UpdateRollbackFailed"}
DELETABLE = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}


class Endpoints:
    """Operations on endpoints; every change takes the seconds that `lifecycle` says."""

    def __init__(self, world: World, names: Names, models: Models) -> None:
        self._world, self._names, self._models, self._fleets = world, names, models, Fleets(world, names, models)
        self.targets = Targets()
        self.endpoints: dict[str, Endpoint] = {}

    def create_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint."""
        name = request["EndpointName"]
        arn = self._names.arn("endpoint", name.lower())
        if any(known.lower() == name.lower() for known in self.endpoints):
            raise exists("endpoint", arn)
        config = self._models.config(request["EndpointConfigName"]).name
        now = self._world.now()
        pending = self._pending(config, {})
        endpoint = Endpoint(name=name, arn=arn, config=config, created=now, modified=now, pending=pending)
        endpoint.tags = request.get("Tags", [])
        self.endpoints[name] = endpoint
        self._tell(endpoint)
        self._later(self._world.lifecycle.endpoint_create, endpoint, lambda: self._created(endpoint))
        return {"EndpointArn": arn}

    def _created(self, endpoint: Endpoint) -> None:
        self._deploy(endpoint, endpoint.config, {}, lambda reason: self._broken(endpoint, reason))

    def _broken(self, endpoint: Endpoint, reason: str) -> None:
        endpoint.pending = None
        self._set(endpoint, "Failed", reason)

    def update_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint, all at once; weights and counts go back to the configuration's unless they are retained."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in UPDATABLE:
            raise in_progress(endpoint.arn)
        wanted = self._models.config(request["EndpointConfigName"]).name
        self._models.config(endpoint.config)  # the old one must still be there (reference 5.3)
        variants = self._models.config(wanted).request["ProductionVariants"]
        check_update(endpoint, variants, self.targets.variants_of(endpoint.name))
        kept = kept_of(endpoint, request)
        endpoint.pending = self._pending(wanted, kept)
        self._set(endpoint, "Updating")
        self._tell_deployment(endpoint)
        seconds = self._world.lifecycle.endpoint_update
        self._later(
            seconds,
            endpoint,
            lambda: self._deploy(endpoint, wanted, kept, lambda reason: self._rolled_back(endpoint, reason)),
        )
        return {"EndpointArn": endpoint.arn}

    def _rolled_back(self, endpoint: Endpoint, reason: str) -> None:
        """The new containers did not start: the old ones serve on, and the state says InService (reference 1.8)."""
        endpoint.pending = None
        self._set(endpoint, "InService", reason)

    def _pending(self, config: str, kept: dict[str, dict[str, Any]]) -> Pending:
        now, variants = self._world.now(), self._models.config(config).request["ProductionVariants"]
        return Pending(config=config, variants=variants, kept=kept, begun=now, since=now)

    def _tell_deployment(self, endpoint: Endpoint) -> None:
        """Not of what guardrails exclude: other variants than before (reference 1.8, 5.3)."""
        pending = endpoint.pending
        if pending and {v.name for v in endpoint.variants} == {v["VariantName"] for v in pending.variants}:
            events.deployment(self._world, shown_endpoint(endpoint))

    def update_endpoint_weights_and_capacities(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: any weights, the capacity of one variant."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in UPDATABLE:
            raise in_progress(endpoint.arn)
        desire(endpoint, request["DesiredWeightsAndCapacities"])
        self._set(endpoint, "Updating")
        if any(variant.scaling for variant in endpoint.variants):
            events.deployment(self._world, shown_scaling(endpoint))
        self._later(self._world.lifecycle.weights_update, endpoint, lambda: self._weighed(endpoint))
        return {"EndpointArn": endpoint.arn}

    def _weighed(self, endpoint: Endpoint) -> None:
        for variant in endpoint.variants:
            variant.settle()
        self._set(endpoint, "InService")

    def delete_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint; scalable targets of its variants are deregistered (reference 5.3)."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in DELETABLE:
            raise in_progress(endpoint.arn)
        self.targets.drop(endpoint.name)
        self._set(endpoint, "Deleting")
        self._world.later(
            self._world.lifecycle.endpoint_delete, lambda: self._deleted(endpoint), f"delete {endpoint.name}"
        )
        return {}

    def _deleted(self, endpoint: Endpoint) -> None:
        stop(endpoint.variants)
        self.endpoints.pop(endpoint.name, None)

    def describe_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeEndpoint."""
        return shown_endpoint(self._found(request["EndpointName"]))

    def list_endpoints(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListEndpoints, by name, status and time of the last change."""
        found = ordered(within(list(self.endpoints.values()), request), request)
        return page(found, request, shown_endpoint, "Endpoints")

    def close(self) -> None:
        """End every serving process."""
        for endpoint in self.endpoints.values():
            stop(endpoint.variants)

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
            lambda: self._fleets.started(endpoint.name, request["ProductionVariants"], kept),
            lambda result: self._exchange(endpoint, config, request, result, failed),
            lambda error: failed(f"InternalServerError: localaws: {error!r}"),
            f"deploy {config}",
        )

    def _exchange(
        self,
        endpoint: Endpoint,
        config: str,
        request: dict[str, Any],
        result: Fleet | str,
        failed: Callable[[str], None],
    ) -> None:
        if isinstance(result, str):
            failed(result)
            return
        if endpoint.pending:
            endpoint.pending.move("ActivatingTraffic", self._world.now())
            self._tell_deployment(endpoint)
        old, endpoint.variants, endpoint.pending = endpoint.variants, result, None
        endpoint.config, endpoint.capture = config, request.get("DataCaptureConfig", {})
        stop(old)
        self._set(endpoint, "InService")

    def _later(self, seconds: float, endpoint: Endpoint, action: Callable[[], None]) -> None:
        self._world.later(seconds, action, f"endpoint {endpoint.name}")

    def _set(self, endpoint: Endpoint, status: str, reason: str = "") -> None:
        endpoint.status, endpoint.reason, endpoint.modified = status, reason[:1024], self._world.now()
        self._tell(endpoint)

    def _tell(self, endpoint: Endpoint) -> None:
        events.endpoint(self._world, shown_endpoint(endpoint))

    def _found(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            raise not_found("endpoint", self._names.arn("endpoint", name.lower()))
        return self.endpoints[name]
