"""SQS's operations, by its JSON protocol; long polls wait in real time without holding others up."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from localaws.errors import AwsError, NotEmulated
from localaws.sqs import attributes as known
from localaws.sqs.batches import each
from localaws.sqs.message import IN_FLIGHT, Message, attributes_digest, check_identifier, digest
from localaws.sqs.queue import Queue
from localaws.sqs.queues import Queues
from localaws.sqs.recent import Sent
from localaws.sqs.refusals import invalid, missing, no_queue, old, refusal, shown
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

MOST, LONGEST_VISIBILITY = 10, 43_200
_LOOK = 0.2  # real seconds between two looks of a long poll, for virtual time may jump
Request = Mapping[str, Any]


class QueuesApi:
    """One operation a method; each runs under the lock."""

    def __init__(self, world: World, queues: Queues) -> None:
        self._world, self._queues = world, queues
        self._arrived = threading.Condition(world.lock)
        self._base = ""  # how the call's sender reaches us
        self._operations: dict[str, Callable[[Request], Any]] = {
            "CreateQueue": self._create,
            "DeleteQueue": lambda request: self._queues.delete(self._queue(request)),
            "PurgeQueue": lambda request: self._queues.purge(self._queue(request)),
            "GetQueueUrl": self._url_of,
            "ListQueues": self._list,
            "GetQueueAttributes": self._attributes,
            "SetQueueAttributes": self._set,
            "ListDeadLetterSourceQueues": self._sources,
            "SendMessage": lambda request: self._send(self._queue(request), request),
            "SendMessageBatch": lambda request: each(request, self._queue(request), self._send, "Send"),
            "DeleteMessage": lambda request: self._delete(self._queue(request), request),
            "DeleteMessageBatch": lambda request: each(request, self._queue(request), self._delete, "Delete"),
            "ChangeMessageVisibility": lambda request: self._change(self._queue(request), request),
            "ChangeMessageVisibilityBatch": lambda request: each(
                request, self._queue(request), self._change, "ChangeVisibility"
            ),
            "TagQueue": lambda request: self._tag(self._queue(request), request),
            "UntagQueue": lambda request: self._untag(self._queue(request), request),
            "ListQueueTags": lambda request: {"Tags": self._queue(request).tags},
        }

    def handle(self, call: Call) -> Answer:
        """One call."""
        if not call.header("X-Amz-Target"):
            raise NotEmulated("SQS by the query protocol")
        try:
            if call.operation == "ReceiveMessage":
                wait = 0.0 if call.environ.get("localaws.in_process") else None
                return json_answer(self._receive(call.json(), wait))
            if call.operation not in self._operations:
                raise NotEmulated(f"sqs:{call.operation}")
            with self._world.lock:
                self._base = f"{call.environ['wsgi.url_scheme']}://{call.environ.get('HTTP_HOST', 'localhost')}"
                answer = self._operations[call.operation](call.json())
                self._arrived.notify_all()
        except AwsError as error:
            if (told := shown(error)) is None:
                raise
            return told
        return json_answer(answer or {})

    def _queue(self, request: Request) -> Queue:
        url = str(_needed(request, "QueueUrl"))
        account, _, name = url.rpartition("/")
        if "/" in url and account.rsplit("/", 1)[-1] != self._world.account:
            raise no_queue()
        return self._queues.find(name)

    def _url(self, queue: Queue) -> str:
        return f"{self._base}/{self._world.account}/{queue.name}"

    def _create(self, request: Request) -> Any:
        name, given = str(_needed(request, "QueueName")), request.get("Attributes") or {}
        return {"QueueUrl": self._url(self._queues.create(name, given, request.get("tags") or {}))}

    def _set(self, request: Request) -> None:
        self._queues.set(self._queue(request), _needed(request, "Attributes"))

    def _url_of(self, request: Request) -> Any:
        if request.get("QueueOwnerAWSAccountId") not in (None, self._world.account):
            raise no_queue()
        return {"QueueUrl": self._url(self._queues.find(str(_needed(request, "QueueName"))))}

    def _list(self, request: Request) -> Any:
        prefix = request.get("QueueNamePrefix", "")
        found = [queue for queue in self._queues.queues.values() if queue.name.startswith(prefix)]
        return self._page(found, request, "QueueUrls")

    def _sources(self, request: Request) -> Any:
        return self._page(self._queues.sources(self._queue(request)), request, "queueUrls")

    def _page(self, found: list[Queue], request: Request, member: str) -> Any:
        start, limit = _start(request.get("NextToken")), int(request.get("MaxResults") or 1000)
        page = found[start : start + limit]
        more = request.get("MaxResults") and start + limit < len(found)
        token = {"NextToken": base64.b64encode(str(start + limit).encode()).decode()} if more else {}
        return ({member: [self._url(queue) for queue in page]} if page or member == "queueUrls" else {}) | token

    def _attributes(self, request: Request) -> Any:
        queue, wanted = self._queue(request), request.get("AttributeNames") or []
        for name in wanted:
            if name not in (*known.READABLE, "All"):
                raise refusal("InvalidAttributeName", f"Unknown Attribute {name}.")
        counts = zip(known.COUNTED, ("ready", "in flight", "delayed"), strict=True)
        everything = queue.attributes | {name: str(queue.counts[state]) for name, state in counts}
        everything |= {
            "CreatedTimestamp": str(int(queue.created)),
            "LastModifiedTimestamp": str(int(queue.modified)),
            "QueueArn": queue.arn,
        }
        found = {name: value for name, value in everything.items() if "All" in wanted or name in wanted}
        return {"Attributes": found} if found else {}

    def _send(self, queue: Queue, request: Request) -> Any:
        sent = self._queues.send(queue, request)
        answer: dict[str, str] = {"MD5OfMessageBody": digest(request["MessageBody"])}
        if given := request.get("MessageAttributes"):
            answer["MD5OfMessageAttributes"] = attributes_digest(given)
        if system := request.get("MessageSystemAttributes"):
            answer["MD5OfMessageSystemAttributes"] = attributes_digest(system)
        answer["MessageId"] = sent.message_id if isinstance(sent, Sent) else sent.id
        return answer | ({"SequenceNumber": f"{sent.number:020d}"} if queue.fifo else {})

    def _receive(self, request: Request, wait: float | None) -> Any:
        began = time.monotonic()
        with self._world.lock:
            while True:
                queue = self._queue(request)
                taken = self._take(queue, request)
                seconds = wait if wait is not None else _waits(queue, request)
                left = began + seconds - time.monotonic()
                if taken or left <= 0:
                    return {"Messages": [_received(queue, one, request) for one in taken]} if taken else {}
                self._arrived.wait(min(left, _LOOK))

    def _take(self, queue: Queue, request: Request) -> list[Message]:
        limit, attempt = int(request.get("MaxNumberOfMessages", 1)), request.get("ReceiveRequestAttemptId")
        if not 1 <= limit <= MOST:
            raise invalid(limit, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
        visibility = request.get("VisibilityTimeout")
        if visibility is not None:
            _check_visibility(visibility)
        if attempt and not queue.fifo:
            raise invalid(attempt, "ReceiveRequestAttemptId", "This parameter is only for FIFO queues.")
        check_identifier(attempt, "ReceiveRequestAttemptId")
        return self._queues.receive(queue, limit, visibility, attempt)

    def _delete(self, queue: Queue, request: Request) -> None:
        message, last = _by_handle(queue, request)
        if message is None or not last:
            return
        if queue.fifo and message.state != IN_FLIGHT:
            raise invalid(request["ReceiptHandle"], "ReceiptHandle", "The receipt handle has expired.")
        queue.remove(message)

    def _change(self, queue: Queue, request: Request) -> None:
        seconds = _needed(request, "VisibilityTimeout")
        _check_visibility(seconds)
        message, last = _by_handle(queue, request)
        if message is None or not last:
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid(request["ReceiptHandle"], "ReceiptHandle", reason)
        if message.state != IN_FLIGHT:
            raise old("MessageNotInflight", "The message referred to isn't in flight.")
        now = self._world.clock.timestamp()
        if now + seconds - message.taken > LONGEST_VISIBILITY:
            reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
            raise invalid(seconds, "VisibilityTimeout", reason)
        queue.change(message, float(seconds), now)

    def _tag(self, queue: Queue, request: Request) -> None:
        queue.tags |= _needed(request, "Tags")
        self._queues.changed(queue.name)

    def _untag(self, queue: Queue, request: Request) -> None:
        for key in _needed(request, "TagKeys"):
            queue.tags.pop(key, None)
        self._queues.changed(queue.name)


def _needed(request: Request, name: str) -> Any:
    value = request.get(name)
    if value is None or value == "":
        raise missing(name)
    return value


def _start(token: str | None) -> int:
    try:
        return int(base64.b64decode(token)) if token else 0
    except ValueError as exc:
        raise invalid(token, "NextToken", "It is none of this operation.") from exc


def _waits(queue: Queue, request: Request) -> float:
    given = request.get("WaitTimeSeconds")
    if given is not None and not 0 <= given <= 20:
        raise invalid(given, "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.")
    return float(queue.number("ReceiveMessageWaitTimeSeconds") if given is None else given)


def _check_visibility(seconds: Any) -> None:
    if not 0 <= seconds <= LONGEST_VISIBILITY:
        raise invalid(seconds, "VisibilityTimeout", "Must be between 0 and 43200, if provided.")


def _by_handle(queue: Queue, request: Request) -> tuple[Message | None, bool]:
    handle = str(_needed(request, "ReceiptHandle"))
    try:
        return queue.by_handle(handle)
    except ValueError as exc:
        message = f'The input receipt handle "{handle}" is not a valid receipt handle.'
        raise refusal("ReceiptHandleIsInvalid", message) from exc


def _received(queue: Queue, message: Message, request: Request) -> dict[str, Any]:
    wanted = {*(request.get("AttributeNames") or []), *(request.get("MessageSystemAttributeNames") or [])}
    shown_ = {"MessageId": message.id, "ReceiptHandle": queue.handle(message), "MD5OfBody": message.md5}
    answer: dict[str, Any] = shown_ | {"Body": message.body}
    system = {name: text for name, text in message.system_attributes().items() if wanted & {name, "All"}}
    if system:
        answer["Attributes"] = system
    if chosen := message.chosen(request.get("MessageAttributeNames") or []):
        answer |= {"MessageAttributes": chosen, "MD5OfMessageAttributes": attributes_digest(chosen)}
    return answer
