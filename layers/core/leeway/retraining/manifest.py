"""The manifest of a training: which files it trains on and which arrivals it considered: content, no time of making.

Two documents lie under `manifests/<model>/<sha256>/`: `manifest.json` for people and for the steps, and `files.json`,
which SageMaker reads (S3DataType ManifestFile).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from leeway import keys
from leeway.rows import AHEAD


@dataclass(frozen=True, kw_only=True)
class File:
    """One accepted file; `rows` may be an estimate. `dropped` orders files as they were written, "" where unknown."""

    id: str
    name: str
    rows: int
    size: int
    accepted_at: datetime
    event_from: datetime | None = None
    event_to: datetime | None = None
    dropped: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands among all files: by when it was written, else by when it was accepted, which is later."""
        return self.dropped or keys.stamp(self.accepted_at), self.id

    @property
    def newest(self) -> datetime:
        """Where the file stands in time: its newest event, or its arrival where it has none that can be right."""
        if self.event_to is None or self.event_to > self.accepted_at + AHEAD:
            return self.accepted_at
        return self.event_to


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`train` lies inside the window, in the order of writing: where two files hold the same row, the later counts.

    `considered` are the ids of all that was pending, ordered.
    """

    model: str
    train: tuple[File, ...]
    considered: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the files to train on, as far as they are counted."""
        return sum(file.rows for file in self.train)

    @cached_property
    def document(self) -> bytes:
        """`manifest.json`: equal content gives equal bytes."""
        folder = f"accepted/{self.model}/"
        train = [
            {
                "id": file.id,
                "key": folder + file.name,
                "rows": file.rows,
                "bytes": file.size,
                "accepted_at": _text(file.accepted_at),
                "event_from": _text(file.event_from),
                "event_to": _text(file.event_to),
            }
            for file in self.train
        ]
        content = {"model": self.model, "train": train, "considered": self.considered, "train_rows": self.rows}
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    def files(self, bucket: str) -> bytes:
        """`files.json`, in SageMaker's form: a prefix, then what follows it for each file."""
        prefix = {"prefix": f"s3://{bucket}/accepted/{self.model}/"}
        return json.dumps([prefix, *(file.name for file in self.train)], separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """By which it is stored."""
        return hashlib.sha256(self.document).hexdigest()

    @property
    def folder(self) -> str:
        """Key of its folder in the artifacts bucket, without a slash at the end."""
        return f"manifests/{self.model}/{self.sha256}"


def make(model: str, accepted: Iterable[File], pending: Iterable[str], window: timedelta) -> Manifest:
    """The manifest of all accepted files in the window, which runs back from the newest event time in the data.

    `considered` holds of `pending` what is among `accepted`: what came in between the two readings stays pending.
    """
    files = sorted(accepted, key=lambda file: file.place)
    start = max((file.newest for file in files), default=None)
    train = tuple(file for file in files if start is not None and file.newest >= start - window)
    considered = tuple(sorted(set(pending) & {file.id for file in files}))
    return Manifest(model=model, train=train, considered=considered)


def considered(document: bytes) -> Sequence[str]:
    """The ids that a stored `manifest.json` has considered; ValueError where it is none."""
    try:
        return [str(identifier) for identifier in json.loads(document)["considered"]]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"it is no manifest: {type(error).__name__}") from error


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()  # with +00:00, which Python 3.10 reads, and not with Z
