"""A queue as it is kept over a restart: without its messages and deduplication ids, which are kept one by one."""

from __future__ import annotations

from typing import Any

from localaws.journal import Journal
from localaws.sqs.queue import Queue

MEMBERS = ("name", "arn", "fifo", "attributes", "created", "modified", "tags", "purged", "last")


def kept_of(queue: Queue) -> dict[str, Any]:
    """What is kept."""
    return {name: getattr(queue, name) for name in MEMBERS} | {"attempts": queue.recent.attempts}


def made_of(kept: dict[str, Any], journal: Journal) -> Queue:
    """The queue again, empty."""
    queue = Queue(**{name: kept[name] for name in MEMBERS}, journal=journal)
    queue.recent.attempts = kept["attempts"]
    return queue
