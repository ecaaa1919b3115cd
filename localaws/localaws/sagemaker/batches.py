"""Many invocations of one endpoint at given moments, as single ones would leave them, answered in batches.

Between two things that are planned, and inside one minute, nothing changes that a call could see: such calls are routed
one by one, asked of their containers together, and kept one by one. What a container will be asked later, unless the
endpoint changes, is asked along: its answer waits for its call.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from localaws.errors import AwsError
from localaws.sagemaker.deployed import Endpoint, Variant
from localaws.sagemaker.hosting import Host, NotServing, Said
from localaws.sagemaker.measures import Scored
from localaws.sagemaker.serving import Asked, Draws, Leg, Routed, Serving, chosen

AHEAD = 512  # calls that are asked along, at most


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a caller gets: status 200 and the variant's answer, or an error's status, code and text."""

    status: int
    body: bytes
    variant: str = ""
    code: str = ""


@dataclass
class Batches:
    """The calls of one endpoint, in their order, with the answers of containers that came already."""

    serving: Serving
    calls: Sequence[Asked]
    # By container and number of a call; the container is kept, so that no other one gets its id.
    known: dict[tuple[int, int], tuple[Host, Said, float]] = field(default_factory=dict)

    def answer(self, endpoint: Endpoint, numbers: range) -> list[Answered]:
        """Carry calls out, all of which see the endpoint as it is now."""
        routed = [self._routed(endpoint, self.calls[number]) for number in numbers]
        there = [(number, one) for number, one in zip(numbers, routed, strict=True) if isinstance(one, Routed)]
        legs = [(number, leg) for number, one in there for leg in (one.leg, one.shadow) if leg]
        self._ask([(number, leg.variant) for number, leg in legs if not leg.spares], endpoint, numbers.stop)
        return [self._kept(endpoint, number, one) for number, one in zip(numbers, routed, strict=True)]

    def _routed(self, endpoint: Endpoint, asked: Asked) -> Routed | AwsError:
        try:
            return self.serving.route(endpoint, asked)
        except AwsError as error:
            return error

    def _ask(self, legs: list[tuple[int, Variant]], endpoint: Endpoint, after: int) -> None:
        """Each container what it has not answered yet, and what it will be asked if the endpoint stays as it is."""
        missing = [(number, variant) for number, variant in legs if (id(variant.host), number) not in self.known]
        if not missing:
            return
        wanted: dict[int, tuple[Host, list[int]]] = {}
        for number, variant in [*missing, *self._coming(endpoint, after)]:
            if (id(variant.host), number) not in self.known:
                wanted.setdefault(id(variant.host), (variant.host, []))[1].append(number)
        for key, (host, numbers) in wanted.items():
            began = time.perf_counter()
            said = _said(host, [self.calls[number] for number in numbers])
            seconds = (time.perf_counter() - began) / len(numbers)
            self.known |= {(key, number): (host, one, seconds) for number, one in zip(numbers, said, strict=True)}

    def _coming(self, endpoint: Endpoint, after: int) -> Iterator[tuple[int, Variant]]:
        """Who will answer the next calls, by the numbers that will be drawn."""
        source = Random()
        source.setstate(endpoint.random.getstate())
        for number in range(after, min(after + AHEAD, len(self.calls))):
            draws = Draws.of(source)
            with contextlib.suppress(AwsError):  # of a target that is not there
                _, variant, shadow = chosen(endpoint, self.calls[number].target, draws)
                yield from ((number, one) for one in (variant, shadow) if one)

    def _kept(self, endpoint: Endpoint, number: int, routed: Routed | AwsError) -> Answered:
        if isinstance(routed, AwsError):
            return refused(routed)
        scored = self._scored(number, routed.leg)
        shadowed = self._scored(number, routed.shadow) if routed.shadow else None
        self.serving.keep(endpoint, self.calls[number], routed, scored, shadowed)
        if scored.failed:
            return Answered(status=424, body=scored.body, variant=routed.leg.variant.name, code="ModelError")
        return Answered(status=200, body=scored.body, variant=routed.leg.variant.name)

    def _scored(self, number: int, leg: Leg) -> Scored:
        if leg.spares:
            return self.serving.scored(leg, None, 0.0)
        _, said, seconds = self.known.pop((id(leg.variant.host), number))
        return self.serving.scored(leg, said, seconds)


def refused(error: AwsError) -> Answered:
    """What a caller gets whose call reached no variant."""
    return Answered(status=error.status, body=error.message.encode(), code=error.code)


def _said(host: Host, calls: Sequence[Asked]) -> list[Said]:
    try:
        return host.invoke_many([(one.body, one.content_type, one.accept) for one in calls])
    except NotServing as error:
        return [(500, "text/plain", str(error).encode())] * len(calls)
