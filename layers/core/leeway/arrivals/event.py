"""The S3 "Object Created" event: a hint that an object came, never proof of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leeway import keys
from leeway.errors import Rejected

SEQUENCER = 32  # longest that is known has 18
HEXADECIMAL = re.compile(rf"[0-9A-Fa-f]{{1,{SEQUENCER}}}")


@dataclass(frozen=True, kw_only=True)
class ObjectCreated:
    """One object of the inbox: `key` as it is (EventBridge does not encode it), `version` "" in events without one.

    `at` is when it came, None in events that do not say. `sequencer` orders the versions of one key, "" where it is
    not told or cannot be one: hexadecimal, as text, the shorter of two filled up with zeros at its end.
    """

    bucket: str
    key: str
    version: str
    etag: str
    size: int
    at: datetime | None = None
    sequencer: str = ""

    @property
    def is_folder(self) -> bool:
        """Consoles make "folders" as empty objects with a slash at the end."""
        return self.key.endswith("/") and self.size == 0

    def identity(self, version: str) -> str:
        """sha256 of bucket, key and version: the same object under a new event is the same arrival."""
        return keys.digest(self.bucket, self.key, version or self.etag)


def parse(event: Any, *, bucket: str, account: str) -> ObjectCreated:
    """The object that an EventBridge event names; raises Rejected for anything but an object of our own inbox."""
    detail = event.get("detail") if isinstance(event, Mapping) else None
    if not isinstance(detail, Mapping) or event.get("source") != "aws.s3":
        raise Rejected("not an event of S3")
    if event.get("account") != account:
        raise Rejected("an event of another account")
    try:
        thing = detail["object"]
        found = ObjectCreated(
            bucket=str(detail["bucket"]["name"]),
            key=str(thing["key"]),
            version=str(thing.get("version-id") or ""),
            etag=str(thing.get("etag") or ""),
            size=int(thing.get("size") or 0),
            at=_time(event.get("time")),
            sequencer=_sequencer(thing.get("sequencer")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Rejected(f"an S3 event without {error}") from error
    if not found.key.isprintable() and any(0xD800 <= ord(letter) <= 0xDFFF for letter in found.key):
        raise Rejected("an S3 event with a key that is not text")
    if found.bucket != bucket:
        raise Rejected("an event of another bucket")
    return found


def _sequencer(value: Any) -> str:
    """Source: S3 User Guide, event message structure: its length is not fixed."""
    return value.upper().ljust(SEQUENCER, "0") if isinstance(value, str) and HEXADECIMAL.fullmatch(value) else ""


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
