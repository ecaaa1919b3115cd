"""One invocation from the draw of a variant to its metrics and its record: the same for single calls and for many.

What is random of an endpoint's calls is drawn from a source of its own, the same numbers for each call in the same
order, so that many calls at once are routed, sampled and named as they would be one by one.
"""

from __future__ import annotations

import threading
import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from localaws.errors import AwsError
from localaws.sagemaker.capture import Capture, Invocation
from localaws.sagemaker.deployed import Endpoint, Fleet, Variant
from localaws.sagemaker.measures import Measures, Scored
from localaws.world import World

LARGEST, LARGEST_SERVERLESS = 6_291_456, 4_194_304  # bytes of a body


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, and when it comes."""

    at: datetime
    body: bytes
    content_type: str = "application/octet-stream"
    accept: str = "*/*"
    target: str = ""
    inference_id: str = ""
    attributes: str = ""


@dataclass(frozen=True, kw_only=True)
class Routed:
    """Who answers a request, who gets a copy of it, and what is captured of either: the id of a record, or ""."""

    fleet: Fleet
    variant: Variant
    event: str
    shadow: Variant | None
    shadow_event: str


class Serving:
    """Routes requests, and keeps what came of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._capture, self._measures = Capture(world=world), Measures(world)
        self._lock = threading.Lock()  # invocations are answered beside the world's lock

    def route(self, endpoint: Endpoint, asked: Asked) -> Routed:
        """Draw the fleet by the stage of a deployment, the variant by weight, the copy by the shadow's; or refuse."""
        draw = endpoint.random.random
        by_stage, by_weight, by_shadow, by_sampling = draw(), draw(), draw(), draw()
        ids = [str(uuid.UUID(int=endpoint.random.getrandbits(128), version=4)) for _ in range(2)]
        fleet = endpoint.green if endpoint.green and by_stage < endpoint.share else endpoint.fleet
        variant = _target(fleet, asked.target) if asked.target else _drawn(fleet.variants, by_weight)
        largest = LARGEST_SERVERLESS if variant.serverless else LARGEST
        if len(asked.body) > largest:
            raise AwsError("ValidationError", f"The body is larger than {largest} bytes.", 413)
        config = fleet.capture
        kept = config.get("EnableCapture") and by_sampling * 100 < config["InitialSamplingPercentage"]
        shadow = next((one for one in fleet.shadows if by_shadow * variant.weight < one.weight), None)
        return Routed(
            fleet=fleet,
            variant=variant,
            event=ids[0] if kept else "",
            shadow=shadow,
            shadow_event=ids[1] if kept and shadow else "",
        )

    def keep(self, endpoint: Endpoint, asked: Asked, routed: Routed, scored: Scored, shadowed: Scored | None) -> None:
        """Metrics, and the records of answers that are captured."""
        with self._lock:
            self._keep_one(endpoint, asked, routed.fleet, routed.variant, routed.event, scored)
            if routed.shadow and shadowed:
                self._keep_one(endpoint, asked, routed.fleet, routed.shadow, routed.shadow_event, shadowed)

    def _keep_one(
        self, endpoint: Endpoint, asked: Asked, fleet: Fleet, variant: Variant, event: str, scored: Scored
    ) -> None:
        self._measures.add(endpoint.name, fleet.config, variant, asked.at.timestamp(), scored)
        if event and scored.status < 400:
            said = Invocation(
                endpoint=endpoint.name,
                variant=variant.name,
                event=event,
                at=asked.at,
                content_type=asked.content_type,
                body=asked.body,
                answer_type=scored.content_type,
                answer=scored.body,
                role=variant.role,
                inference_id=asked.inference_id,
                attributes=asked.attributes,
            )
            self._capture.add(fleet.capture, said)


def _target(fleet: Fleet, name: str) -> Variant:
    """The one that is asked for, whatever its weight."""
    for variant in fleet.variants:
        if variant.name == name:
            return variant
    raise AwsError("ValidationError", f"Variant {name} not found for Request.")


def _drawn(variants: Sequence[Variant], drawn: float) -> Variant:
    """By weight: every call for itself."""
    ends = list(accumulate(variant.weight for variant in variants))
    return variants[min(bisect_right(ends, drawn * ends[-1]), len(variants) - 1)]
