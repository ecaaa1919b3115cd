"""The containers of an endpoint's variants: started together beside the old ones, or none of them."""

from __future__ import annotations

from typing import Any

from localaws.errors import LocalAwsError
from localaws.sagemaker.deployed import Variant
from localaws.sagemaker.hosting import Host
from localaws.sagemaker.models import Models
from localaws.sagemaker.names import Names
from localaws.world import World

Fleet = list[Variant]


class Fleets:
    """Starts what a configuration's variants say; to be called beside the pump."""

    def __init__(self, world: World, names: Names, models: Models) -> None:
        self._world, self._names, self._models = world, names, models

    def started(self, endpoint: str, given: list[dict[str, Any]], kept: dict[str, dict[str, Any]]) -> Fleet | str:
        """The running variants, or why one could not start; `kept` are weights and counts by variant."""
        running: Fleet = []
        for variant in given:
            name = variant["VariantName"]
            try:
                running.append(self._start(endpoint, variant, kept.get(name, {})))
            except (LocalAwsError, OSError) as error:
                stop(running)
                why = "did not pass the ping health check"
                return f"The primary container for production variant {name} {why}: {error}"
        return running

    def _start(self, endpoint: str, given: dict[str, Any], kept: dict[str, Any]) -> Variant:
        container = self._models.container(given["ModelName"])
        weight = kept.get("DesiredWeight", given.get("InitialVariantWeight", 1.0))
        count = kept.get("DesiredInstanceCount", given.get("InitialInstanceCount", 0))
        serverless = given.get("ServerlessConfig", {})
        return Variant(
            name=given["VariantName"],
            image=container.image,
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


def stop(fleet: Fleet) -> None:
    """End the containers."""
    for variant in fleet:
        variant.host.stop()
