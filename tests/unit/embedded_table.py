"""The table and the two FIFO queues alone, in process: enough for waking and for the reconcile loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leeway import keys
from leeway.aws.queues import Queues
from leeway.aws.table import Table
from leeway.wake import Waker
from localaws import LocalAWS


@dataclass(frozen=True, kw_only=True)
class World:
    aws: LocalAWS
    table: Table
    waker: Waker
    urls: dict[str, str]

    def received(self, machine: str = keys.RETRAINER) -> list[str]:
        """Takes the messages that wait for a machine, and their bodies."""
        sqs, bodies = self.aws.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.urls[machine], MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=self.urls[machine], ReceiptHandle=message["ReceiptHandle"])
        return bodies


@contextmanager
def table_and_queues(folder: Path) -> Iterator[World]:
    """Named as in the template, with the same keys and the same index."""
    with LocalAWS(state_dir=folder) as aws:
        aws.client("dynamodb").create_table(TableName="leeway", BillingMode="PAY_PER_REQUEST", **_schema())
        sqs = aws.client("sqs")
        urls = {
            machine: sqs.create_queue(QueueName=f"leeway-{machine}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
            for machine in keys.MACHINES
        }
        table = Table(aws.client("dynamodb"), "leeway")
        yield World(aws=aws, table=table, waker=Waker(table=table, queues=Queues(sqs, urls)), urls=urls)


def _schema() -> dict[str, Any]:
    types = {"pk": "S", "sk": "S", "due": "S", "due_at": "N"}

    def key(first: str, second: str) -> list[dict[str, str]]:
        return [{"AttributeName": first, "KeyType": "HASH"}, {"AttributeName": second, "KeyType": "RANGE"}]

    index = {"IndexName": "due", "KeySchema": key("due", "due_at"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        "KeySchema": key("pk", "sk"),
        "GlobalSecondaryIndexes": [index],
    }
