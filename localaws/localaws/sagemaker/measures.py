"""The metrics of a variant's invocations (reference 4; developer guide, "SageMaker AI metrics in CloudWatch")."""

from __future__ import annotations

from dataclasses import dataclass

from localaws.metrics import MINUTE, Key, Point, key_of
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

    @property
    def failed(self) -> bool:
        """Whether the caller gets a ModelError."""
        return not 200 <= self.status < 400


METRICS = (
    "Invocations",
    "Invocation4XXErrors",
    "Invocation5XXErrors",
    "InvocationModelErrors",
    "ModelLatency",
    "OverheadLatency",
    "InvocationsPerInstance",
)
Points = list[tuple[Point, Point]]  # of each metric, under both of its names


class Measures:
    """Counts invocations, under the names of endpoint and variant, and once more with the configuration's.

    The guide has alarms on the old or the new fleet alone by the dimension EndpointConfigName.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys: dict[tuple[str, str, str], list[tuple[Key, Key]]] = {}
        self._open: dict[tuple[str, str, str], tuple[int, Points]] = {}  # the points of the minute that goes on

    def add(self, endpoint: str, config: str, variant: Variant, at: float, scored: Scored) -> None:
        """One invocation at an epoch second; latencies are in microseconds. A serverless one has no instances."""
        status = scored.status
        values = (
            1.0,
            float(400 <= status < 500),
            float(status >= 500),
            float(not 200 <= status < 300),
            float(round(scored.seconds * 1e6)),
            float(round(scored.overhead * 1e6)),
            *((1 / variant.count,) if variant.count else ()),
        )
        points = self._points(endpoint, variant.name, config, at)
        for value, (one, of_config) in zip(values, points, strict=False):
            one.add(value)
            of_config.add(value)

    def _points(self, endpoint: str, variant: str, config: str, at: float) -> Points:
        name, minute = (endpoint, variant, config), int(at // MINUTE)
        found = self._open.get(name)
        if found is None or found[0] != minute or self._world.journal.on:  # where state is kept, each change is noted
            keys = self._keys.get(name) or self._keys.setdefault(name, _keys(endpoint, variant, config))
            points = [(self._world.metrics.point(one, at), self._world.metrics.point(two, at)) for one, two in keys]
            found = self._open[name] = minute, points
        return found[1]


def _keys(endpoint: str, variant: str, config: str) -> list[tuple[Key, Key]]:
    names = {"EndpointName": endpoint, "VariantName": variant}
    of_config = names | {"EndpointConfigName": config}
    return [(key_of(NAMESPACE, metric, names), key_of(NAMESPACE, metric, of_config)) for metric in METRICS]
