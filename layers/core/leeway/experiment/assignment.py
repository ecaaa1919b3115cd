"""Who gets the challenger, and how a captured request says so.

A unit is a person, an account or whatever else a caller names; its place between 0 and 1 is a hash of the experiment
and its id, and the challenger has the units below its share. So a unit keeps its version while the share stays, and a
share that grows moves only those who come over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys

PLACES = 2**64
_TEXT = re.compile(
    r"leeway epoch=(?P<epoch>[0-9]{1,9}) version=(?P<version>[0-9]{1,9})(?: unit=(?P<unit>[0-9a-f]{16}))?"
    r"(?P<fell_back> fell-back)?"
)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A version, and the endpoint and variant (slot) that it answers on."""

    version: int
    endpoint: str
    slot: str


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who serves from `begin` until `end` (None where it is in force): one epoch of an experiment.

    `share` is the challenger's part of the units in percent, 0 where there is none. The epochs of a model are numbered
    throughout, whatever the experiment.
    """

    experiment: str
    epoch: int
    champion: Arm
    challenger: Arm | None
    share: int
    begin: datetime
    end: datetime | None = None

    def arm(self, place: str) -> Arm:
        """The arm of a unit by its place."""
        below = int(place, 16) < self.share * PLACES // 100
        return self.challenger if self.challenger is not None and below else self.champion

    def to_item(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {
            "experiment": self.experiment,
            "epoch": self.epoch,
            "champion": _arm_item(self.champion),
            "challenger": _arm_item(self.challenger) if self.challenger else None,
            "share": self.share,
            "from": keys.stamp(self.begin),
            "to": keys.stamp(self.end) if self.end else None,
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Assignment:
        """Of what `to_item` gave; numbers of the table are Decimal."""
        return cls(
            experiment=item["experiment"],
            epoch=int(item["epoch"]),
            champion=_arm(item["champion"]),
            challenger=_arm(item["challenger"]) if item["challenger"] else None,
            share=int(item["share"]),
            begin=keys.unstamp(item["from"]),
            end=keys.unstamp(item["to"]) if item["to"] else None,
        )


def place(experiment: str, unit: str) -> str:
    """Where a unit stands in an experiment, 16 hex digits; its id cannot be had back from it."""
    return keys.digest(experiment, unit)[:16]


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What a request through `predict` says of itself in its custom attributes, which SageMaker captures.

    `version` is the one that the unit was assigned to. Where it did not answer and the champion did in its place, the
    request `fell_back`. `unit` is the place of the unit, "" where the caller named none.
    """

    epoch: int
    version: int
    unit: str = ""
    fell_back: bool = False

    def __str__(self) -> str:
        unit = f" unit={self.unit}" if self.unit else ""
        return f"leeway epoch={self.epoch} version={self.version}{unit}{' fell-back' if self.fell_back else ''}"

    @classmethod
    def parse(cls, text: str) -> Attributes | None:
        """None for what `predict` did not write."""
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        return cls(
            epoch=int(found["epoch"]),
            version=int(found["version"]),
            unit=found["unit"] or "",
            fell_back=bool(found["fell_back"]),
        )


def _arm_item(arm: Arm) -> dict[str, Any]:
    return {"version": arm.version, "endpoint": arm.endpoint, "slot": arm.slot}


def _arm(item: Mapping[str, Any]) -> Arm:
    return Arm(version=int(item["version"]), endpoint=item["endpoint"], slot=item["slot"])
