"""A message: what it holds, what of it is checked, and its digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localaws.sqs.refusals import invalid, missing, refusal

_FOREIGN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z0-9_\-.]{1,256}")
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?")
_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
MOST_ATTRIBUTES = 10
DELAYED, READY, IN_FLIGHT = "delayed", "ready", "in flight"

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(kw_only=True)
class Message:
    """One message; `number` is its place in the queue, `visible` the epoch second from which it is to be had."""

    number: int
    id: str
    body: str
    attributes: Attributes
    system: Attributes
    sent: float
    visible: float
    sender: str
    group: str | None = None
    deduplication: str | None = None
    count: int = 0
    first: float | None = None
    state: str = DELAYED
    taken: float = 0.0  # when it was last received
    handle: str = ""
    source: str = ""  # ARN of the queue whose dead letter it is
    md5: str = field(default="")

    def __post_init__(self) -> None:
        self.md5 = self.md5 or digest(self.body)

    @property
    def sequence(self) -> str:
        """SequenceNumber: twenty digits that grow."""
        return f"{self.number:020d}"

    def system_attributes(self) -> dict[str, str]:
        """All that SQS itself says of it."""
        told = {
            "SenderId": self.sender,
            "SentTimestamp": _ms(self.sent),
            "ApproximateReceiveCount": str(self.count),
            "ApproximateFirstReceiveTimestamp": _ms(self.first or self.sent),
        }
        if self.group is not None:
            told["MessageGroupId"] = self.group
        if self.deduplication is not None:
            told |= {"MessageDeduplicationId": self.deduplication, "SequenceNumber": self.sequence}
        if self.source:
            told["DeadLetterQueueSourceArn"] = self.source
        return told | {name: str(value["StringValue"]) for name, value in self.system.items()}

    def chosen(self, names: list[str]) -> dict[str, Mapping[str, Any]]:
        """The attributes that a receiver asks for: by name, all, or by a prefix `foo.*`."""
        prefixes = tuple(name.removesuffix("*") for name in names if name.endswith(".*"))
        everything = "All" in names or ".*" in names
        return {
            name: value
            for name, value in sorted(self.attributes.items())
            if everything or name in names or (prefixes and name.startswith(prefixes))
        }


def _ms(seconds: float) -> str:
    return str(int(seconds * 1000))


def digest(text: str) -> str:
    """MD5 of a body."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Attributes) -> str:
    """MD5 of attributes (developer guide, "Calculating the MD5 message digest for message attributes")."""
    hashed = hashlib.md5(usedforsecurity=False)
    for name, value in sorted(attributes.items()):
        binary = "BinaryValue" in value
        content = base64.b64decode(value["BinaryValue"]) if binary else str(value["StringValue"]).encode()
        hashed.update(_counted(name.encode()) + _counted(str(value["DataType"]).encode()))
        hashed.update((b"\x02" if binary else b"\x01") + _counted(content))
    return hashed.hexdigest()


def _counted(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def size(body: str, attributes: Attributes) -> int:
    """Bytes that count: the body, and names, types and values of attributes."""
    return len(body.encode()) + sum(
        len(name.encode()) + len(str(value["DataType"]).encode()) + _length(value) for name, value in attributes.items()
    )


def _length(value: Mapping[str, Any]) -> int:
    if "BinaryValue" in value:
        return len(base64.b64decode(value["BinaryValue"]))
    return len(str(value["StringValue"]).encode())


def check_body(body: str | None) -> str:
    """The body, if it may be one."""
    if not body:
        raise missing("MessageBody")
    if _FOREIGN.search(body):
        raise refusal(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD"
            " | #x10000 to #x10FFFF",
        )
    return body


def check_attributes(attributes: Attributes) -> None:
    """At most ten, with names, types and values that there may be."""
    if len(attributes) > MOST_ATTRIBUTES:
        message = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
        raise refusal("InvalidParameterValue", message)
    for name, value in attributes.items():
        if not _NAME.fullmatch(name) or name.startswith(("AWS.", "Amazon.")) or name.strip(".") != name:
            raise refusal("InvalidParameterValue", f"Message attribute name {name!r} is not allowed.")
        _check_value(name, value)


def _check_value(name: str, value: Mapping[str, Any]) -> None:
    kind = str(value.get("DataType", ""))
    if not kind:
        message = f"The message attribute '{name}' must contain non-empty message attribute type."
        raise refusal("InvalidParameterValue", message)
    if not _TYPE.fullmatch(kind) or len(kind) > 256:
        message = (
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes"
            " is Binary, Number, and String."
        )
        raise refusal("InvalidParameterValue", message)
    member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
    if not value.get(member):
        message = f"The message attribute '{name}' must contain non-empty message attribute value for type {kind}."
        raise refusal("InvalidParameterValue", message)
    if member == "BinaryValue":
        try:
            base64.b64decode(value[member], validate=True)
        except (binascii.Error, ValueError) as exc:
            raise refusal("InvalidParameterValue", f"The message attribute '{name}' is not valid base64.") from exc
    elif _FOREIGN.search(str(value[member])) or (kind.startswith("Number") and not _is_number(str(value[member]))):
        message = f"Can't cast the value of message attribute '{name}' to a {kind.partition('.')[0].lower()}."
        raise refusal("InvalidParameterValue", message)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_identifier(value: str | None, parameter: str) -> None:
    """Up to 128 letters, digits and marks; None is for what was not given."""
    if value is not None and not _IDENTIFIER.fullmatch(value):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid(value, parameter, reason)
