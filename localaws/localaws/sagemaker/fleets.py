"""The containers of an endpoint's variants: started together beside the old ones, or none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localaws.errors import LocalAwsError
from localaws.hostingfaults import SHORT, Place
from localaws.sagemaker.deployed import Fleet, Variant
from localaws.sagemaker.hosting import Host, Unfetched
from localaws.sagemaker.models import Models
from localaws.sagemaker.names import Names
from localaws.world import World

Given = Mapping[str, Any]


class Fleets:
    """Starts what a configuration's variants say; to be called beside the pump."""

    def __init__(self, world: World, names: Names, models: Models) -> None:
        self._world, self._names, self._models = world, names, models

    def started(self, endpoint: str, config: str, request: Given, kept: Mapping[str, Given]) -> Fleet | str:
        """The running variants, or why one could not start; `kept` are weights and counts by variant."""
        fleet = Fleet(config=config, capture=request.get("DataCaptureConfig") or {})
        places = (("ProductionVariants", fleet.variants), ("ShadowProductionVariants", fleet.shadows))
        for given, running in ((one, running) for member, running in places for one in request.get(member) or []):
            name = given["VariantName"]
            place = Place(endpoint=endpoint, variant=name, config=config, model=given["ModelName"])
            if "ServerlessConfig" not in given and self._world.hosting_faults.exhausted(place):
                fleet.stop()
                return SHORT
            try:
                running.append(self._start(endpoint, given, kept.get(name, {})))
            except Unfetched as error:
                fleet.stop()
                return str(error)
            except (LocalAwsError, OSError) as error:
                fleet.stop()
                why = "did not pass the ping health check"
                return f"The primary container for production variant {name} {why}: {error}"
        return fleet

    def _start(self, endpoint: str, given: Given, kept: Given) -> Variant:
        container = self._models.container(given["ModelName"])
        weight = kept.get("DesiredWeight", given.get("InitialVariantWeight", 1.0))
        count = kept.get("DesiredInstanceCount", given.get("InitialInstanceCount", 0))
        serverless = given.get("ServerlessConfig", {})
        return Variant(
            name=given["VariantName"],
            image=container.image,
            role=container.role,
            model=given["ModelName"],
            weight=weight,
            desired_weight=weight,
            count=0 if serverless else count,
            desired_count=0 if serverless else count,
            host=Host.start(self._world, f"{endpoint}-{given['VariantName']}-{self._names.fresh(8)}", container),
            instance_type=given.get("InstanceType", ""),
            serverless=serverless,
            desired_serverless=serverless,
            resolved=self._world.now(),
        )
