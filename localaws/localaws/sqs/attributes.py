"""Attributes of queues: their defaults, what they may be, and what they refer to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from localaws.sqs.refusals import invalid, refusal

KIB, DAY = 1024, 86_400
DEAD = "RedrivePolicy"
# Smallest, largest, default (API reference, SetQueueAttributes).
RANGES = {
    "DelaySeconds": (0, 900, "0"),
    "MaximumMessageSize": (KIB, KIB * KIB, str(KIB * KIB)),
    "MessageRetentionPeriod": (60, 14 * DAY, str(4 * DAY)),
    "ReceiveMessageWaitTimeSeconds": (0, 20, "0"),
    "VisibilityTimeout": (0, 43_200, "30"),
    "KmsDataKeyReusePeriodSeconds": (60, DAY, None),
}
CHOICES = {
    "FifoQueue": ("true",),
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": ("true", "false"),
}
ONLY_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
SETTABLE = (*RANGES, *CHOICES, *TEXTS)
COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
READABLE = (*SETTABLE, *COUNTED, "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn")
_NAME, _FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}"), re.compile(r"(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")
_LONG_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


def check_name(name: str, *, fifo: bool) -> None:
    """A FIFO queue's name ends in `.fifo`, and no other's does."""
    if fifo and not _FIFO_NAME.fullmatch(name):
        reason = (
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with"
            " .fifo suffix and be 1 to 80 in length."
        )
        raise refusal("InvalidParameterValue", reason)
    if not fifo and not _NAME.fullmatch(name):
        raise refusal("InvalidParameterValue", _LONG_NAME)


def defaults(*, fifo: bool) -> dict[str, str]:
    """Attributes that a queue has unless it was given others."""
    common = {name: default for name, (_, _, default) in RANGES.items() if default is not None}
    common["SqsManagedSseEnabled"] = "true"
    if not fifo:
        return common
    own = {"ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
    return common | {"FifoQueue": "true"} | own


def check(given: Mapping[str, str], *, fifo: bool) -> None:
    """Each on its own, and those that need each other."""
    for name, value in given.items():
        if name not in SETTABLE:
            raise refusal("InvalidAttributeName", f"Unknown Attribute {name}.")
        if not fifo and name in (*ONLY_FIFO, "FifoQueue"):
            raise refusal("InvalidAttributeName", f"Unknown Attribute {name}.")
        if not _holds(name, str(value)):
            raise refusal("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def check_together(kept: Mapping[str, str]) -> None:
    """High throughput per group needs deduplication per group (developer guide)."""
    if kept.get("FifoThroughputLimit") == "perMessageGroupId" and kept.get("DeduplicationScope") != "messageGroup":
        raise invalid(
            "perMessageGroupId",
            "FifoThroughputLimit",
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        )


def _holds(name: str, value: str) -> bool:
    if name in RANGES:
        low, high, _ = RANGES[name]
        return value.isdecimal() and low <= int(value) <= high
    if name in CHOICES:
        return value in CHOICES[name]
    if name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy") and value:
        return isinstance(_json(value), dict)
    return True


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def redrive(attributes: Mapping[str, str]) -> tuple[str, int] | None:
    """ARN of the dead-letter queue, and how often a message is received before it goes there."""
    if not attributes.get(DEAD):
        return None
    policy = json.loads(attributes[DEAD])
    arn, most = policy.get("deadLetterTargetArn"), str(policy.get("maxReceiveCount", ""))
    if not arn:
        raise invalid(
            attributes[DEAD], DEAD, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."
        )
    if not most.isdecimal() or not 1 <= int(most) <= 1000:
        reason = "Redrive policy must have a maxReceiveCount between 1 and 1000."
        raise invalid(attributes[DEAD], DEAD, reason)
    return str(arn), int(most)


def check_allowed(attributes: Mapping[str, str]) -> None:
    """A redrive allow policy names its permission, and with byQueue up to ten sources."""
    if not attributes.get("RedriveAllowPolicy"):
        return
    policy = json.loads(attributes["RedriveAllowPolicy"])
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    by_queue = permission == "byQueue"
    if permission not in ("allowAll", "denyAll", "byQueue") or by_queue != bool(sources) or len(sources or ()) > 10:
        raise refusal("InvalidAttributeValue", "Invalid value for the parameter RedriveAllowPolicy.")


def takes_from(attributes: Mapping[str, str], source: str) -> bool:
    """Whether a queue may be the dead-letter queue of another, by its ARN."""
    policy = json.loads(attributes.get("RedriveAllowPolicy") or "{}")
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source in policy.get("sourceQueueArns", []))
