"""Data capture: records of invocations, many in one file, in S3 after a while (reference 2)."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from localaws.errors import AwsError
from localaws.sagemaker.data import split
from localaws.world import World

COMPACT = json.JSONEncoder(separators=(",", ":"))
PART = "capture"
DELAY = 60.0  # seconds between an invocation and its record's file; some minutes on AWS


@dataclass(kw_only=True)
class Invocation:
    """One invocation that is captured: both halves, as they went over the wire."""

    endpoint: str
    variant: str
    event: str  # its id
    at: datetime
    content_type: str
    body: bytes
    answer_type: str
    answer: bytes
    role: str = ""  # of the model: who writes the file
    inference_id: str = ""
    attributes: str = ""


@dataclass(kw_only=True)
class Capture:
    """Buffers records by the folder that their file goes to; invocations come from any thread."""

    world: World
    buffers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, config: Mapping[str, Any], invocation: Invocation) -> None:
        """Keep one record; the file of its hour is written a while after the first, and named for that moment."""
        hour = _second(invocation.at)[:13].replace("-", "/").replace("T", "/")
        uri = f"{config['DestinationS3Uri'].rstrip('/')}/{invocation.endpoint}/{invocation.variant}/{hour}"
        place = (uri, invocation.role)
        line = COMPACT.encode(record(config, invocation))
        with self.lock:
            if place in self.buffers:
                self.buffers[place].append(line)
                self.world.journal.note(PART, (*place, len(self.buffers[place]) - 1))
                return
            self.buffers[place] = [line]
            due = invocation.at + timedelta(seconds=DELAY)
            name = f"{due:%M-%S}-{due.microsecond // 1000:03d}-{uuid.uuid5(uuid.NAMESPACE_URL, invocation.event)}.jsonl"
            self.world.at(due, partial(self._flush, place, name), f"capture {invocation.endpoint}", quiet=True)
        self.world.journal.note(PART, (*place, 0))

    def line(self, key: tuple[str, str, int]) -> str | None:
        """One record that waits, by its folder, the role that writes it, and its number."""
        return self.buffers[key[:2]][key[2]] if key[:2] in self.buffers else None

    def take_back(self, key: tuple[str, str, int], line: str) -> None:
        """A record that was kept over a restart; in their order."""
        self.buffers.setdefault(key[:2], []).append(line)

    def _flush(self, place: tuple[str, str], name: str) -> None:
        """Write a file by the model's role; where it may not, records are lost and callers see nothing of it."""
        with self.lock:
            lines, (uri, role) = self.buffers.pop(place), place
        for number in range(len(lines)):
            self.world.journal.note(PART, (*place, number))
        bucket, prefix = split(uri)
        try:
            self.world.authority.store(role).put(bucket, f"{prefix}/{name}", ("\n".join(lines) + "\n").encode())
        except AwsError as error:
            self.world.log.warning("%d captured records are lost: %s", len(lines), error)


def record(config: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    """One line of a capture file."""
    modes = {option["CaptureMode"] for option in config.get("CaptureOptions") or []}
    both = "InputAndOutput" in modes
    captured: dict[str, Any] = {}
    if both or "Input" in modes:
        captured["endpointInput"] = _half(config, "INPUT", invocation.content_type, invocation.body)
    if both or "Output" in modes:
        captured["endpointOutput"] = _half(config, "OUTPUT", invocation.answer_type, invocation.answer)
    metadata: dict[str, Any] = {"eventId": invocation.event}
    if invocation.attributes:
        metadata["customAttributes"] = [invocation.attributes]
    if invocation.inference_id:
        metadata["inferenceId"] = invocation.inference_id
    metadata["inferenceTime"] = f"{_second(invocation.at)}Z"
    return {"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"}


def _second(at: datetime) -> str:
    """As far as its second, in UTC."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _half(config: Mapping[str, Any], mode: str, content_type: str, body: bytes) -> dict[str, str]:
    """Text where the media type is listed, else base64."""
    listed = config.get("CaptureContentTypeHeader") or {}
    media = content_type.partition(";")[0].strip().lower()
    encoding = (
        "CSV"
        if media in listed.get("CsvContentTypes", [])
        else "JSON"
        if media in listed.get("JsonContentTypes", [])
        else ""
    )
    try:
        data = body.decode() if encoding else ""
    except UnicodeDecodeError:
        encoding, data = "", ""
    text = data if encoding else base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding or "BASE64"}
