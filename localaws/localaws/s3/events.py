"""What S3 tells EventBridge.

Source: S3 User Guide, EventBridge event message structure. Which of `etag` and `size` a deletion has is assumed.
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass

from localaws.world import World

# S3's sequencers are hexadecimal and this long.
_FIRST = 0x65E2A4C200000000


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of an object; what is empty is not told. `number` grows with every change, over restarts too."""

    what: str
    bucket: str
    key: str
    version: str
    size: int | None
    etag: str
    number: int
    reason: str
    deletion: str
    address: str


class Events:
    """Sends changes to the default bus."""

    def __init__(self, world: World) -> None:
        self._world = world

    def in_order(self) -> AbstractContextManager[bool]:
        """What is changed and sent within is in the order of all others."""
        return self._world.lock

    def now(self) -> float:
        """The present virtual time, in epoch seconds."""
        return self._world.clock.timestamp()

    def send(self, change: Change) -> None:
        """One event."""
        about = {
            "key": change.key,
            "size": change.size,
            "etag": change.etag or None,
            "version-id": change.version or None,
            "sequencer": f"{_FIRST + change.number:018X}",
        }
        detail = {
            "version": "0",
            "bucket": {"name": change.bucket},
            "object": {name: value for name, value in about.items() if value is not None},
            "request-id": secrets.token_hex(8).upper(),
            "requester": self._world.account,
            "source-ip-address": change.address,
            "reason": change.reason,
            "deletion-type": change.deletion,
        }
        self._world.emit(
            {
                "source": "aws.s3",
                "detail-type": change.what,
                "resources": [f"arn:aws:s3:::{change.bucket}"],
                "detail": {name: value for name, value in detail.items() if value != ""},
            }
        )
