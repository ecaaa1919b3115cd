"""Handles an SQS batch record by record: one bad message neither fails nor hides the others.

Lambda takes back what `batchItemFailures` names; the rest is deleted from the queue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from leeway.errors import LeewayError, Rejected
from leeway.log import logger

Failures = dict[str, list[dict[str, str]]]


def consume(event: dict[str, Any], handle: Callable[[Any], None]) -> Failures:
    """Call `handle` with the JSON body of each record; a Rejected is logged and done, anything else comes back.

    Returns the answer of a function with ReportBatchItemFailures.
    """
    return failures([record["messageId"] for record in event["Records"] if not _handled(record, handle)])


def failures(ids: Sequence[str]) -> Failures:
    """The answer that names the messages to be delivered again."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in ids]}


def _handled(record: dict[str, Any], handle: Callable[[Any], None]) -> bool:
    try:
        handle(_body(record["body"]))
    except Rejected as error:
        logger().warning("message refused", reason=str(error))
    except LeewayError as error:
        logger().warning("message comes back", reason=str(error))
        return False
    except Exception:  # noqa: BLE001  the one edge: a bug in one record must not hide the others
        logger().exception("message failed")
        return False
    return True


def _body(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Rejected(f"the message is not JSON: {type(error).__name__}") from error
