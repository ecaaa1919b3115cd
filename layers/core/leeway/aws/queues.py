"""The FIFO queues that wake reconcilers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leeway.aws.translate import translated


class Queues:
    """Sends wakes: one message group a model, so that one model has one flight."""

    def __init__(self, client: Any, urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def send(self, machine: str, model: str, token: str) -> None:
        """Wake `machine` for `model`; `token` is the deduplication id and must be fresh.

        A content-based id would swallow a wake for five minutes after the one before was consumed.
        """
        with translated(f"SQS SendMessage to {machine}"):
            self._client.send_message(
                QueueUrl=self._urls[machine],
                MessageBody=json.dumps({"model": model}),
                MessageGroupId=model,
                MessageDeduplicationId=token,
            )
