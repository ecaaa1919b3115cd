"""Dead letters: what could not be handled, in each queue of the stack that takes such; and its way back.

A redrive sends a message anew and deletes it then, so a crash between the two doubles it: all that Leeway's queues hold
are hints, and what was done already is found done.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leeway.aws.translate import translated
from leeway.errors import Missing
from leeway_cli import console
from leeway_cli.target import Target

NAME = re.compile(r"-dlq(?:\.fifo)?$")
HELD = 60  # seconds that a message is held while it is looked at or sent on
BATCH = 10  # most messages that SQS hands out or changes at once
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue of dead letters; `source` is the URL of the queue whose they are, "" where there is none.

    `held` are messages that somebody is looking at just now, or did a minute ago.
    """

    name: str
    url: str
    source: str
    messages: int
    held: int

    @property
    def fifo(self) -> bool:
        """Whether messages have an order."""
        return self.url.endswith(".fifo")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One dead letter: when it was first sent, how often it was received, why it is here, and its text."""

    id: str
    sent: datetime
    received: int
    why: str
    body: str
    handle: str
    group: str


def queues(target: Target) -> list[Queue]:
    """All of the stack, by name."""
    names = {url: _name(target, url) for url in urls(target.client("cloudformation"), target.settings.stack)}
    return sorted((_queue(target.client("sqs"), url, name) for url, name in names.items()), key=lambda one: one.name)


def urls(cloudformation: Any, stack: str) -> list[str]:
    """URLs of a stack's queues of dead letters."""
    with translated("CloudFormation ListStackResources"):
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    kind = "AWS::SQS::Queue"
    there = [one.get("PhysicalResourceId", "") for one in found if one["ResourceType"] == kind]
    return [url for url in there if NAME.search(url)]


def count(sqs: Any, url: str) -> tuple[int, int]:
    """(waiting, held) messages of a queue, as nearly as SQS knows."""
    with translated("SQS GetQueueAttributes"):
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS))["Attributes"]
    waiting, held = (int(answer[name]) for name in COUNTS)
    return waiting, held


def named(target: Target, name: str) -> Queue:
    """The queue of dead letters of that name; raises Missing with the names that there are."""
    known = queues(target)
    found = next((queue for queue in known if queue.name == name), None)
    if found is None:
        there = ", ".join(queue.name for queue in known)
        raise Missing(f"there are no dead letters of {console.plain(name)} in {target}; there are: {there}")
    return found


def letters(target: Target, queue: Queue, most: int) -> list[Letter]:
    """The first of them; they are free again when this is done."""
    sqs, found = target.client("sqs"), list[Letter]()
    try:
        while len(found) < most and (more := _received(sqs, queue, most - len(found))):
            found += more
    finally:
        _release(sqs, queue, found)
    return found


def redrive(target: Target, queue: Queue) -> Iterator[Letter]:
    """Send them back to the queue that they come from, one after the other; each that is done.

    What comes back while this runs is left: it would go round for ever. A tick has no queue to go back to, and the next
    one has done what it should, so it goes.
    """
    sqs = target.client("sqs")
    left = queue.messages
    while left > 0 and (found := _received(sqs, queue, left)):
        for letter in found:
            if queue.source:
                _send(sqs, queue, letter)
            with translated(f"SQS DeleteMessage {queue.name}"):
                sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=letter.handle)
            yield letter
        left -= len(found)


def told(letter: Letter) -> str:
    """What it is about, in a few words."""
    try:
        found = json.loads(letter.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        return "no JSON"
    detail = found.get("detail")
    if isinstance(detail, Mapping):
        return f"{found.get('detail-type')}: {_subject(detail)}"
    return f"a wake of {found['model']}" if "model" in found else "an invocation"


def _subject(detail: Mapping[str, Any]) -> str:
    thing = detail.get("object")
    names = ("ModelPackageArn", "EndpointName", "pipelineExecutionArn", "pipelineArn")
    found = (
        thing.get("key") if isinstance(thing, Mapping) else next((detail[one] for one in names if one in detail), "")
    )
    return str(found)


def _name(target: Target, url: str) -> str:
    return NAME.sub("", url.rsplit("/", 1)[-1]).removeprefix(f"{target.settings.stack}-")


def _queue(sqs: Any, url: str, name: str) -> Queue:
    waiting, held = count(sqs, url)
    with translated(f"SQS ListDeadLetterSourceQueues {name}"):
        sources = sqs.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls", [])
    return Queue(name=name, url=url, source=next(iter(sources), ""), messages=waiting, held=held)


def _received(sqs: Any, queue: Queue, most: int) -> list[Letter]:
    with translated(f"SQS ReceiveMessage {queue.name}"):
        answer = sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=min(most, BATCH),
            VisibilityTimeout=HELD,
            WaitTimeSeconds=2,  # a short poll may look where there are none
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
    return [_letter(message) for message in answer.get("Messages", [])]


def _letter(message: Mapping[str, Any]) -> Letter:
    attributes, said = message.get("Attributes", {}), message.get("MessageAttributes", {})
    texts = [said[name]["StringValue"] for name in ("ERROR_CODE", "ERROR_MESSAGE") if name in said]
    # The queue counted its receives up to where it gave up; looking at it here counts on.
    why = ": ".join(texts) or (
        "it was tried until its queue gave up" if "DeadLetterQueueSourceArn" in attributes else ""
    )
    return Letter(
        id=message["MessageId"],
        sent=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        received=int(attributes["ApproximateReceiveCount"]),
        why=why or _failure(message["Body"]),
        body=message["Body"],
        handle=message["ReceiptHandle"],
        group=attributes.get("MessageGroupId", ""),
    )


def _failure(body: str) -> str:
    """Of an invocation that failed, what the function said."""
    try:
        said = json.loads(body)["responsePayload"]
        return f"{said['errorType']}: {said['errorMessage']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "nothing says why"


def _release(sqs: Any, queue: Queue, found: list[Letter]) -> None:
    for start in range(0, len(found), BATCH):
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
            for number, letter in enumerate(found[start : start + BATCH])
        ]
        with translated(f"SQS ChangeMessageVisibilityBatch {queue.name}"):
            sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=entries)


def _send(sqs: Any, queue: Queue, letter: Letter) -> None:
    # A content-based id, or the old one, would be swallowed within five minutes of the first.
    order = {"MessageGroupId": letter.group, "MessageDeduplicationId": uuid.uuid4().hex} if queue.fifo else {}
    with translated(f"SQS SendMessage {queue.name}"):
        sqs.send_message(QueueUrl=queue.source, MessageBody=letter.body, **order)
