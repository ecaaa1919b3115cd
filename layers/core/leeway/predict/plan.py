"""Which version answers a request, and who answers where that one does not; and how long each may take."""

from __future__ import annotations

from dataclasses import dataclass

from leeway.experiment.assignment import Arm, Assignment, Attributes, place

# Shares of a deadline that are kept: for the way back, and for writing the capture where the endpoint does not.
BACK, CAPTURE = 0.05, 0.15


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One try: an arm, the variant to be named ("": leave it to the weights), and what the request says of itself.

    `attributes` is None while no epoch is open: such a request is counted by nobody.
    """

    arm: Arm
    target: str
    attributes: Attributes | None

    @property
    def fell_back(self) -> bool:
        """Whether it stands in for the challenger."""
        return self.attributes is not None and self.attributes.fell_back


def legs(assignment: Assignment, unit: str, inference_id: str) -> list[Leg]:
    """The tries in their order: the unit's own arm and, behind the challenger, the champion.

    Without a unit the request is one, by its inference id. Between two epochs an endpoint changes, and all go to the
    champion.
    """
    champion = assignment.champion
    if assignment.end is not None:
        return [Leg(arm=champion, target=_target(assignment, champion), attributes=None)]
    where = place(assignment.experiment, unit or inference_id)
    arm, said = assignment.arm(where), where if unit else ""
    first = _leg(assignment, arm, arm, said)
    return [first] if arm == champion else [first, _leg(assignment, arm, champion, said)]


def _leg(assignment: Assignment, assigned: Arm, asked: Arm, unit: str) -> Leg:
    attributes = Attributes(
        epoch=assignment.epoch, version=assigned.version, unit=unit, fell_back=asked is not assigned
    )
    return Leg(arm=asked, target=_target(assignment, asked), attributes=attributes)


def _target(assignment: Assignment, arm: Arm) -> str:
    """SageMaker documents TargetVariant for endpoints of two variants or more; of one, there is no need for it."""
    other = assignment.challenger
    return arm.slot if other is not None and other.endpoint == assignment.champion.endpoint else ""


def answered_by(leg: Leg, variant: str) -> int | None:
    """The version that answered; None where an update may have replaced it, or where another variant did."""
    return leg.arm.version if leg.attributes is not None and variant in {"", leg.arm.slot} else None


def seconds(left: float, tries: int) -> float:
    """How long the next of so many tries may take: each an equal part of what is left, so that the last has time."""
    return max(left, 0.0) / tries


def until(deadline: float, *, captures: bool) -> float:
    """Seconds by which the model must have answered: nearly all of the deadline."""
    return deadline * (1 - BACK - (CAPTURE if captures else 0))
