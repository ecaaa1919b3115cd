"""Checkpoints of a training: one file a segment, whole or not there, and taken by no training but the one it is of.

SageMaker fills the folder from S3 before a spot instance starts, and brings to S3 what is written into it. All trials
of a tuning may share it, so a file is named for its training, and says inside what that is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import xgboost

from leeway.errors import Rejected

MARK = b"leeway checkpoint 1\n"
KEPT = 2  # a damaged one leaves the one before
BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a training stands between two segments: rounds done, and what early stopping knows of them."""

    rounds: int = 0
    best: int = 0
    best_value: float = -float("inf")


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """`identity` is a hash of all that decides the model; without a folder nothing is kept."""

    folder: Path
    identity: str

    @classmethod
    def of(cls, folder: Path, decides: Mapping[str, object], data: Mapping[str, Path]) -> Checkpoints:
        """Those of a training, by its parameters and the content of its data; no data is read without a folder."""
        if not folder.is_dir():
            return cls(folder=folder, identity="")
        document = {**decides, "xgboost": xgboost.__version__, "data": {part: _digest(data[part]) for part in data}}
        return cls(folder=folder, identity=_sha256(json.dumps(document, sort_keys=True).encode()))

    def save(self, progress: Progress, model: bytes, segment: int) -> None:
        """Keep the model after a segment: first beside its place, so that no half file is ever there."""
        if not self.identity:
            return
        head = asdict(progress) | {"identity": self.identity, "model": _sha256(model)}
        path = self._path(segment % KEPT)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as target:
            target.write(MARK + json.dumps(head, sort_keys=True).encode() + b"\n" + model)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(path)

    def latest(self) -> tuple[Progress, bytes] | None:
        """What this training had come to; the log says of each file why it is not taken."""
        if not self.identity:
            return None
        found = [one for one in map(self._read, sorted(self.folder.iterdir())) if one]
        return max(found, key=lambda one: one[0].rounds, default=None)

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.identity[:32]}-{number}.checkpoint"

    def _read(self, path: Path) -> tuple[Progress, bytes] | None:
        try:
            return self._taken(path.read_bytes())
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            why = "it is no checkpoint, or not a whole one"
        except Rejected as error:
            why = str(error)
        print(f"checkpoint {path.name} is ignored: {why}", flush=True)
        return None

    def _taken(self, body: bytes) -> tuple[Progress, bytes]:
        mark, head, model = body.split(b"\n", 2)
        document = json.loads(head)
        its, digest = document.pop("identity"), document.pop("model")
        if mark + b"\n" != MARK or its != self.identity:
            raise Rejected("it is of another training")
        if digest != _sha256(model):
            raise Rejected("it is damaged")
        return Progress(**document), model


def _digest(folder: Path) -> dict[str, str]:
    """sha256 of each file of a folder, a block at a time."""
    found = {}
    for path in sorted(folder.iterdir()):
        digest = hashlib.sha256()
        with path.open("rb") as source:
            while block := source.read(BLOCK):
                digest.update(block)
        found[path.name] = digest.hexdigest()
    return found


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
