"""Batches: up to ten entries, each of which succeeds or fails on its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from localaws.errors import AwsError
from localaws.sqs.message import size
from localaws.sqs.queue import Queue
from localaws.sqs.refusals import missing, old

MOST, MOST_BYTES = 10, 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
Entry = Mapping[str, Any]


def each(request: Entry, queue: Queue, carry_out: Callable[[Queue, Entry], Any], kind: str) -> dict[str, Any]:
    """Successful and Failed, in the order of the entries."""
    entries = request.get("Entries")
    if entries is None:
        raise missing("Entries")
    _check(entries, kind)
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"]} | (carry_out(queue, entry) or {}))
        except AwsError as error:
            told = {"Id": entry["Id"], "SenderFault": error.status < 500, "Code": error.code, "Message": error.message}
            failed.append(told)
    return ({"Successful": successful} if successful else {}) | ({"Failed": failed} if failed else {})


def _check(entries: list[Entry], kind: str) -> None:
    if not entries:
        message = f"There should be at least one {kind}MessageBatchRequestEntry in the request."
        raise old("EmptyBatchRequest", message)
    if len(entries) > MOST:
        message = f"Maximum number of entries per request are {MOST}. You have sent {len(entries)}."
        raise old("TooManyEntriesInBatchRequest", message)
    ids = [str(entry.get("Id", "")) for entry in entries]
    if any(not _ID.fullmatch(one) for one in ids):
        message = (
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80"
            " letters long."
        )
        raise old("InvalidBatchEntryId", message)
    if repeated := [one for number, one in enumerate(ids) if one in ids[:number]]:
        raise old("BatchEntryIdsNotDistinct", f"Id {repeated[0]} repeated.")
    length = sum(size(str(entry.get("MessageBody", "")), entry.get("MessageAttributes") or {}) for entry in entries)
    if length > MOST_BYTES:
        message = f"Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {length} bytes."
        raise old("BatchRequestTooLong", message)
