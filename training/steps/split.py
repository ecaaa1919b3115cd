"""Training, validation and holdout: 70, 15 and 15 of a hundred, by time or by a hash of the id, without leakage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from steps.dataset import Sample

SHARES = (0.70, 0.85)
PARTS = ("train", "validation", "holdout")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Samples of each part."""

    train: Sequence[Sample]
    validation: Sequence[Sample]
    holdout: Sequence[Sample]

    def named(self) -> dict[str, Sequence[Sample]]:
        """Each part by its name."""
        return {name: getattr(self, name) for name in PARTS}


def split(samples: Sequence[Sample], how: str, seed: int) -> Parts:
    """`samples` are in the order of time; rows of one moment, or of one id, stay together."""
    return _by_time(samples) if how == "time" else _by_hash(samples, seed)


def _by_time(samples: Sequence[Sample]) -> Parts:
    cuts = [_first_of_its_moment(samples, int(len(samples) * share)) for share in SHARES]
    return Parts(train=samples[: cuts[0]], validation=samples[cuts[0] : cuts[1]], holdout=samples[cuts[1] :])


def _first_of_its_moment(samples: Sequence[Sample], position: int) -> int:
    while 0 < position < len(samples) and samples[position - 1].row.at == samples[position].row.at:
        position -= 1
    return position


def _by_hash(samples: Sequence[Sample], seed: int) -> Parts:
    parts: list[list[Sample]] = [[], [], []]
    for sample in samples:
        place = _place(sample.row.id, seed)
        parts[sum(place >= share for share in SHARES)].append(sample)
    return Parts(train=parts[0], validation=parts[1], holdout=parts[2])


def _place(identifier: str, seed: int) -> float:
    """Between 0 and 1, the same for an id in every training: what was held out once is never trained on."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{identifier}".encode()).digest()[:8], "big") / 2**64
