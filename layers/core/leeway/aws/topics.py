"""The SNS topic of the alarms, which reaches those who look after the stack."""

from __future__ import annotations

from typing import Any

from leeway.aws.translate import translated

SUBJECT = 99  # characters, and ASCII: SNS takes no other


class Topic:
    """Sends short texts."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def tell(self, subject: str, text: str) -> None:
        """One message to all subscribers."""
        with translated("SNS Publish"):
            self._client.publish(TopicArn=self._arn, Subject=subject[:SUBJECT], Message=text)
