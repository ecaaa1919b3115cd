"""Endpoints: the states of reference 5.1 and what each accepts; deployments are `shifting.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from random import Random
from typing import Any

from localaws.errors import NotEmulated
from localaws.hostingfaults import SHORT, Place
from localaws.sagemaker import events
from localaws.sagemaker.concurrency import check_account
from localaws.sagemaker.deployed import Endpoint, Fleet, Variant, shown_endpoint, shown_scaling
from localaws.sagemaker.deployments import Pending, concurrency_of, counts_of
from localaws.sagemaker.fleets import Fleets
from localaws.sagemaker.guardrails import check_config, check_deployment, plan_of
from localaws.sagemaker.models import Models
from localaws.sagemaker.names import Names, ordered, page, within
from localaws.sagemaker.refusals import exists, in_progress, invalid, not_found
from localaws.sagemaker.scalable import Targets
from localaws.sagemaker.shifting import Shifting
from localaws.sagemaker.variantrules import check_update, desire, kept_of
from localaws.world import World

# Which states accept an update, a change of weights and a delete; a mix of configurations is repaired by an update.
UPDATABLE = {"InService", "UpdateRollbackFailed"}
WEIGHABLE = {"InService"}
DELETABLE = {"InService", "Failed", "OutOfService", "UpdateRollbackFailed"}
Given = Mapping[str, Any]


class Endpoints:
    """Operations on endpoints; every change takes the seconds that `lifecycle` says."""

    def __init__(self, world: World, names: Names, models: Models) -> None:
        self._world, self._names, self._models = world, names, models
        self.targets = Targets(world.journal)
        self.endpoints: dict[str, Endpoint] = {}
        self.shifting = Shifting(world, models, Fleets(world, names, models), self.endpoints)
        world.hosting_faults.maintenance = self._maintain

    def create_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateEndpoint; a DeploymentConfig is kept for updates and changes nothing now."""
        name = request["EndpointName"]
        arn = self._names.arn("endpoint", name.lower())
        if any(known.lower() == name.lower() for known in self.endpoints):
            raise exists("endpoint", arn)
        config = self._models.config(request["EndpointConfigName"])
        given = request.get("DeploymentConfig", {})
        self._check(given, config.request, config.request, {})
        self._check_concurrency(name, concurrency_of(config.request))
        now = self._world.now()
        endpoint = Endpoint(
            name=name,
            arn=arn,
            fleet=Fleet(config=config.name),
            created=now,
            modified=now,
            random=Random(f"{name}-{self._names.fresh(8)}"),
            deployment=given,
            tags=request.get("Tags", []),
            pending=self._pending(config.name, {}, {}),
        )
        self.endpoints[name] = endpoint
        self.shifting.set(endpoint, "Creating")
        self.shifting.begin(endpoint, self._world.lifecycle.endpoint_create)
        return {"EndpointArn": arn}

    def update_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpoint; weights and counts go back to the configuration's unless they are retained."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in UPDATABLE:
            raise in_progress(endpoint.arn)
        wanted = self._models.config(request["EndpointConfigName"])
        old = self._models.config(endpoint.config)  # it must still be there (reference 5.3)
        check_update(endpoint, wanted.request["ProductionVariants"], self.targets.variants_of(endpoint.name))
        kept, given = kept_of(endpoint, request), _deployment(endpoint, request)
        self._check(given, old.request, wanted.request, kept)
        self._check_concurrency(endpoint.name, concurrency_of(wanted.request))
        endpoint.deployment = given or endpoint.deployment
        endpoint.pending = self._pending(wanted.name, kept, given)
        self.shifting.set(endpoint, "Updating")
        self.shifting.begin(endpoint, self._world.lifecycle.endpoint_update)
        return {"EndpointArn": endpoint.arn}

    def _check(self, given: Given, old: Given, new: Given, kept: Mapping[str, Given]) -> None:
        """Refuse a deployment configuration; its alarms must be there."""
        if not given:
            return
        check_deployment(given, old, new)
        check_config(given, counts_of(new, kept))
        for alarm in given.get("AutoRollbackConfiguration", {}).get("Alarms", ()):
            if self._world.alarm_state(alarm["AlarmName"]) is None:
                raise invalid(f"Could not find CloudWatch alarm {alarm['AlarmName']}.")

    def _check_concurrency(self, name: str, wanted: int) -> None:
        """What an account may have of serverless endpoints; of one that changes, the larger of before and after."""
        has = {one.name: one.concurrency for one in self.endpoints.values()}
        own = has.pop(name, 0)
        check_account(self._names.region, has.values(), wanted, own)

    def _pending(self, config: str, kept: Mapping[str, Given], given: Given) -> Pending:
        now, request = self._world.now(), self._models.config(config).request
        plan = plan_of(given, counts_of(request, kept))
        return Pending(config=config, request=request, kept=kept, plan=plan, begun=now, since=now)

    def update_endpoint_weights_and_capacities(self, request: dict[str, Any]) -> dict[str, Any]:
        """UpdateEndpointWeightsAndCapacities: any weights, the capacity of one variant."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in WEIGHABLE:
            raise in_progress(endpoint.arn)
        changes = request["DesiredWeightsAndCapacities"]
        self._check_concurrency(
            endpoint.name,
            max((one.get("ServerlessUpdateConfig", {}).get("MaxConcurrency", 0) for one in changes), default=0),
        )
        desire(endpoint, changes)
        self.shifting.set(endpoint, "Updating")
        if any(variant.scaling for variant in endpoint.fleet):
            events.deployment(self._world, shown_scaling(endpoint))
        self._world.later(
            self._world.lifecycle.weights_update, partial(self._weighed, endpoint), f"endpoint {endpoint.name}"
        )
        return {"EndpointArn": endpoint.arn}

    def _weighed(self, endpoint: Endpoint) -> None:
        """Settled, or back to what was: API, RollingBack of an endpoint that fails to scale."""
        if any(self._lacks(endpoint, variant) for variant in endpoint.fleet):
            for variant in endpoint.fleet:
                variant.keep()
            self.shifting.set(endpoint, "RollingBack", SHORT)
            self._world.later(
                self._world.lifecycle.endpoint_rollback,
                partial(self.shifting.set, endpoint, "InService", SHORT),
                f"endpoint {endpoint.name}",
            )
            return
        for variant in endpoint.fleet:
            variant.settle()
        self.shifting.set(endpoint, "InService")

    def _lacks(self, endpoint: Endpoint, variant: Variant) -> bool:
        """Whether there are no instances to scale out to."""
        place = Place(endpoint=endpoint.name, variant=variant.name, config=endpoint.config, model=variant.model)
        return variant.desired_count > variant.count and self._world.hosting_faults.exhausted(place)

    def delete_endpoint(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteEndpoint; scalable targets of its variants are deregistered (reference 5.3)."""
        endpoint = self._found(request["EndpointName"])
        if endpoint.status not in DELETABLE:
            raise in_progress(endpoint.arn)
        self.targets.drop(endpoint.name)
        self.shifting.set(endpoint, "Deleting")
        self._world.later(
            self._world.lifecycle.endpoint_delete, partial(self._deleted, endpoint), f"delete {endpoint.name}"
        )
        return {}

    def _deleted(self, endpoint: Endpoint) -> None:
        endpoint.stop()
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
            endpoint.stop()

    def _maintain(self, name: str, seconds: float) -> None:
        """Maintenance by AWS begins: SystemUpdating, which changes nothing that a customer says."""
        with self._world.lock:
            endpoint = self.endpoints.get(name)
            if endpoint is None or endpoint.status != "InService":
                raise ValueError(f"no endpoint {name} is InService")
            self.shifting.set(endpoint, "SystemUpdating")
            self._world.journal.note("sagemaker", "")
            self._world.later(seconds, partial(self.shifting.set, endpoint, "InService"), f"maintenance of {name}")

    def _found(self, name: str) -> Endpoint:
        if name not in self.endpoints:
            raise not_found("endpoint", self._names.arn("endpoint", name.lower()))
        return self.endpoints[name]


def _deployment(endpoint: Endpoint, request: Given) -> Given:
    """The deployment configuration of an update: its own, or the last one where that is to be retained."""
    own: Given = request.get("DeploymentConfig", {})
    if own and request.get("RetainDeploymentConfig"):
        raise NotEmulated("RetainDeploymentConfig together with DeploymentConfig")
    return endpoint.deployment if request.get("RetainDeploymentConfig") else own
