"""R4, R5: events in every order, one doubled, forged or lost; and every event lost, so that the tick is all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations, product
from typing import Any

from localaws import Delivery
from tests.campaign.scenarios import World
from tests.campaign.stage import Arranged

APPROVAL = "SageMaker Model Package State Change"
APART = timedelta(seconds=20)  # between one event and the next, in whatever order
# Which versions serve in the meantime, and so what is said and made, depends on the order; how it ends does not.
COMPARED = ("packages", "endpoint package", "dead letters", "denied")


@dataclass(frozen=True, kw_only=True)
class Order:
    """The approvals' events in an order of their own; of the one at `odd` there are `copies`, or a forged one comes."""

    order: tuple[int, ...]
    what: str
    odd: int

    def __str__(self) -> str:
        return f"{''.join(map(str, self.order))}/{self.what}/{self.odd}"

    def arrange(self, world: World) -> Arranged:
        """A hook that delays each event by its place."""
        seen: list[dict[str, Any]] = []

        def hook(event: dict[str, Any]) -> Delivery | None:
            if event["detail-type"] != APPROVAL or len(seen) == len(self.order):
                return None
            place = len(seen)
            seen.append(event)
            if self.what == "forged" and place == self.odd:
                _forge(world, event)
            copies = {"doubled": 2, "lost": 0}.get(self.what, 1) if place == self.odd else 1
            return Delivery(copies=copies, delay=(self.order[place] + 1) * APART.total_seconds())

        world.aws.on_event(hook)
        return lambda: len(seen) == len(self.order)


def _forge(world: World, event: dict[str, Any]) -> None:
    """The opposite of what happened, by somebody who can send to the bus."""
    other = {"Approved": "Rejected", "Rejected": "Approved"}
    status = event["detail"]["ModelApprovalStatus"]
    detail = {**event["detail"], "ModelApprovalStatus": other.get(status, "Approved")}
    world.aws.world.deliver({**event, "id": "00000000-0000-0000-0000-000000000000", "detail": detail})


def orders(events: int) -> Iterator[Order]:
    """Every order, plain; then with one event doubled, forged or lost."""
    for order in permutations(range(events)):
        yield Order(order=order, what="plain", odd=0)
        for what, odd in product(("doubled", "forged", "lost"), range(events)):
            yield Order(order=order, what=what, odd=odd)


@dataclass(frozen=True)
class NoEvents:
    """No event of SageMaker's reaches anybody: they are best effort, and only the tick is left."""

    def __str__(self) -> str:
        return "no-events"

    def arrange(self, world: World) -> Arranged:
        """Lose them all."""
        world.aws.drop_events("aws.sagemaker")
        return lambda: True
