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
from random import Random

from localaws.errors import AwsError
from localaws.hostingfaults import Place
from localaws.sagemaker.capture import Capture, Invocation
from localaws.sagemaker.deployed import Endpoint, Fleet, Variant
from localaws.sagemaker.hosting import Said
from localaws.sagemaker.measures import Measures, Scored
from localaws.world import World

LARGEST, LARGEST_SERVERLESS = 6_291_456, 4_194_304  # bytes of a body
IDENTIFIER, ATTRIBUTES = 64, 1024  # letters of an inference id, and of custom attributes
LONGEST = 60.0  # seconds that a model may take (reference 2.5)
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each"
    " container in Amazon CloudWatch, resolve the issue, and try again."
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, and when it comes."""

    at: datetime
    body: bytes
    content_type: str = "text/csv"
    accept: str = "*/*"
    target: str = ""
    inference_id: str = ""
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Draws:
    """What is random of one call: numbers from 0 to 1, and ids for its records."""

    stage: float
    weight: float
    shadow: float
    sampling: float
    chance: float
    shadows_chance: float
    event: int
    shadows_event: int

    @classmethod
    def of(cls, source: Random) -> Draws:
        """The next call's."""
        draw, bits = source.random, source.getrandbits
        return cls(draw(), draw(), draw(), draw(), draw(), draw(), bits(128), bits(128))


@dataclass(frozen=True, slots=True)
class Leg:
    """A variant that is to answer: the id of its record, or "", and what faults do to it."""

    variant: Variant
    event: str
    delay: float
    failing: int

    @property
    def spares(self) -> bool:
        """Whether the container is not asked at all: a fault answers in its place."""
        return bool(self.failing) or self.delay >= LONGEST


@dataclass(frozen=True, slots=True)
class Routed:
    """Who answers a request, and who gets a copy of it."""

    fleet: Fleet
    leg: Leg
    shadow: Leg | None


class Serving:
    """Routes requests, and keeps what came of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.capture, self._measures = Capture(world=world), Measures(world)
        self._lock = threading.Lock()  # invocations are answered beside the world's lock

    def route(self, endpoint: Endpoint, asked: Asked) -> Routed:
        """Draw who answers and who gets a copy, and whether that is captured; or refuse."""
        draws = Draws.of(endpoint.random)
        fleet, variant, shadow = chosen(endpoint, asked.target, draws)
        _check(asked, LARGEST_SERVERLESS if variant.serverless else LARGEST)
        config = fleet.capture
        kept = config.get("EnableCapture") and draws.sampling * 100 < config["InitialSamplingPercentage"]
        leg = self._leg(endpoint, fleet, variant, draws.event if kept else 0, draws.chance)
        self._admit(endpoint, fleet, leg, asked.at.timestamp())
        event = draws.shadows_event if kept else 0
        copy = self._leg(endpoint, fleet, shadow, event, draws.shadows_chance) if shadow else None
        return Routed(fleet, leg, copy)

    def _leg(self, endpoint: Endpoint, fleet: Fleet, variant: Variant, event: int, drawn: float) -> Leg:
        record = str(uuid.UUID(int=event, version=4)) if event else ""
        faults = self._world.hosting_faults
        if not faults.planned:
            return Leg(variant, record, 0.0, 0)
        place = _place(endpoint, fleet, variant)
        return Leg(variant, record, faults.delay(place), faults.failing(place, drawn))

    def _admit(self, endpoint: Endpoint, fleet: Fleet, leg: Leg, moment: float) -> None:
        """Refuse what the variant has no room for."""
        if self._world.hosting_faults.planned:
            place = _place(endpoint, fleet, leg.variant)
            self._world.hosting_faults.admit(place, leg.variant.count, moment)
        if leg.variant.serverless:
            seconds = min(self._world.lifecycle.model_latency + leg.delay, LONGEST)
            leg.variant.slots.take(leg.variant.serverless["MaxConcurrency"], moment, seconds)

    def scored(self, leg: Leg, said: Said | None, seconds: float, overhead: float = 0.0) -> Scored:
        """A container's answer and its real seconds, or a fault's; `lifecycle` may say how long it took instead."""
        if leg.delay >= LONGEST:
            return Scored(status=0, content_type="", body=TIMED_OUT.encode(), seconds=LONGEST, overhead=overhead)
        status, kind, body = said or (leg.failing, "text/plain", b"fault injected")
        took = (self._world.lifecycle.model_latency or seconds) + leg.delay
        return Scored(status=status, content_type=kind, body=body, seconds=took, overhead=overhead)

    def keep(self, endpoint: Endpoint, asked: Asked, routed: Routed, scored: Scored, shadowed: Scored | None) -> None:
        """Metrics, and the records of answers that are captured."""
        with self._lock:
            self._keep_one(endpoint, asked, routed.fleet, routed.leg, scored)
            if routed.shadow and shadowed:
                self._keep_one(endpoint, asked, routed.fleet, routed.shadow, shadowed)

    def _keep_one(self, endpoint: Endpoint, asked: Asked, fleet: Fleet, leg: Leg, scored: Scored) -> None:
        self._measures.add(endpoint.name, fleet.config, leg.variant, asked.at.timestamp(), scored)
        if leg.event and 200 <= scored.status < 300:
            said = Invocation(
                endpoint=endpoint.name,
                variant=leg.variant.name,
                event=leg.event,
                at=asked.at,
                content_type=asked.content_type,
                body=asked.body,
                answer_type=scored.content_type,
                answer=scored.body,
                role=leg.variant.role,
                inference_id=asked.inference_id,
                attributes=asked.attributes,
            )
            self.capture.add(fleet.capture, said)


def _check(asked: Asked, largest: int) -> None:
    """Limits of a request (reference 2.5)."""
    if len(asked.body) > largest:
        raise AwsError("ValidationError", f"The body is larger than {largest} bytes.", 413)
    if len(asked.inference_id) > IDENTIFIER:
        raise AwsError("ValidationError", f"The inference id is longer than {IDENTIFIER} letters.")
    if len(asked.attributes) > ATTRIBUTES:
        raise AwsError("ValidationError", f"The custom attributes are longer than {ATTRIBUTES} letters.")


def _place(endpoint: Endpoint, fleet: Fleet, variant: Variant) -> Place:
    return Place(endpoint=endpoint.name, variant=variant.name, config=fleet.config, model=variant.model)


def chosen(endpoint: Endpoint, target: str, draws: Draws) -> tuple[Fleet, Variant, Variant | None]:
    """The fleet by the stage of a deployment, the variant by weight or by name, the shadow by its share."""
    fleet = endpoint.green if endpoint.green and draws.stage < endpoint.share else endpoint.fleet
    variant = _target(fleet, target) if target else _drawn(fleet.variants, draws.weight)
    return fleet, variant, next((one for one in fleet.shadows if draws.shadow * variant.weight < one.weight), None)


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
