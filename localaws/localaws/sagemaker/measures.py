"""The metrics of a variant's invocations (reference 4; developer guide, "SageMaker AI metrics in CloudWatch")."""

from __future__ import annotations

from dataclasses import dataclass

from localaws.metrics import Key, key_of
from localaws.sagemaker.deployed import Variant
from localaws.world import World

NAMESPACE = "AWS/SageMaker"


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What a container answered, and how long that took: the model, and what SageMaker adds, in seconds.

    `status` is the container's own; 0 where it answered nothing in time.
    """

    status: int
    content_type: str
    body: bytes
    seconds: float
    overhead: float = 0.0


class Measures:
    """Counts invocations, under the names of endpoint and variant, and once more with the configuration's.

    The guide has alarms on the old or the new fleet alone by the dimension EndpointConfigName.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys: dict[tuple[str, str, str, str], tuple[Key, Key]] = {}

    def add(self, endpoint: str, config: str, variant: Variant, at: float, scored: Scored) -> None:
        """One invocation at an epoch second; latencies are in microseconds."""
        status = scored.status
        found = {
            "Invocations": 1.0,
            "Invocation4XXErrors": float(400 <= status < 500),
            "Invocation5XXErrors": float(status >= 500),
            "InvocationModelErrors": float(not 200 <= status < 300),
            "ModelLatency": float(round(scored.seconds * 1e6)),
            "OverheadLatency": float(round(scored.overhead * 1e6)),
        }
        if variant.count:
            found["InvocationsPerInstance"] = 1 / variant.count
        for metric, value in found.items():
            for key in self._both(endpoint, variant.name, config, metric):
                self._world.metrics.add(key, at, value)

    def _both(self, endpoint: str, variant: str, config: str, metric: str) -> tuple[Key, Key]:
        name = (endpoint, variant, config, metric)
        if name not in self._keys:
            dimensions = {"EndpointName": endpoint, "VariantName": variant}
            of_config = dimensions | {"EndpointConfigName": config}
            self._keys[name] = key_of(NAMESPACE, metric, dimensions), key_of(NAMESPACE, metric, of_config)
        return self._keys[name]
