"""All queues of the account: made, found, sent to and received from; to be used under the lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from localaws.sqs import attributes as known
from localaws.sqs.kept import kept_of, made_of
from localaws.sqs.message import Attributes, Message, check_attributes, check_body, check_identifier, size
from localaws.sqs.queue import MOST_IN_FLIGHT, QUEUES, Queue
from localaws.sqs.recent import Sent
from localaws.sqs.refusals import invalid, missing, no_queue, old, refusal
from localaws.world import World

PAUSE = 60.0  # seconds between a deletion and another queue of the name, and between two purges
_OTHER_TYPE = "The request include parameter that is not valid for this queue type."


class Queues:
    """Queues by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.queues: dict[str, Queue] = {}
        self.deleted: dict[str, float] = {}

    def find(self, name: str) -> Queue:
        """A queue as it is now."""
        queue = self.queues.get(name)
        if queue is None:
            raise no_queue()
        queue.tick(self._world.clock.timestamp())
        return queue

    def create(self, name: str, given: Mapping[str, str], tags: Mapping[str, str]) -> Queue:
        """A queue; one that is there already must have the same attributes."""
        fifo = str(given.get("FifoQueue", "false")).lower() == "true"
        known.check_name(name, fifo=fifo)
        plain = {key: value for key, value in given.items() if fifo or (key, value) != ("FifoQueue", "false")}
        known.check(plain, fifo=fifo)
        if found := self.queues.get(name):
            _check_same(found, plain)
            return found
        now = self._world.clock.timestamp()
        if now - self.deleted.get(name, -PAUSE) < PAUSE:
            message = (
                "You must wait 60 seconds after deleting a queue before you can create another with the same name."
            )
            raise old("QueueDeletedRecently", message)
        arn = f"arn:aws:sqs:{self._world.region}:{self._world.account}:{name}"
        self._check_kept(name, arn, plain, fifo=fifo)
        made = Queue(
            name=name,
            arn=arn,
            fifo=fifo,
            attributes=known.defaults(fifo=fifo) | plain,
            created=now,
            modified=now,
            journal=self._world.journal,
            tags=dict(tags),
        )
        self.queues[name] = made
        self.changed(name)
        return made

    def kept(self, name: str) -> Any:
        """A queue but for its messages, or when it was deleted; as it is kept over a restart."""
        return kept_of(self.queues[name]) if name in self.queues else self.deleted.get(name)

    def restore(self, name: str, kept: Any) -> None:
        """A queue that was kept."""
        if isinstance(kept, float):
            self.deleted[name] = kept
        else:
            self.queues[name] = made_of(kept, self._world.journal)

    def message(self, key: tuple[str, int]) -> Message | None:
        """A message by its queue and number."""
        return self.queues[key[0]].messages.get(key[1]) if key[0] in self.queues else None

    def take_back(self, key: tuple[str, int], message: Message) -> None:
        """A message that was kept."""
        self.queues[key[0]].take_back(message)

    def sent(self, key: tuple[str, str, str]) -> Sent | None:
        """What was sent under a deduplication id, by its queue and scope."""
        return self.queues[key[0]].recent.sent.get(key[1:]) if key[0] in self.queues else None

    def sent_before(self, key: tuple[str, str, str], sent: Sent) -> None:
        """A deduplication id that was kept; in the order of their times."""
        self.queues[key[0]].recent.sent[key[1:]] = sent

    def changed(self, name: str) -> None:
        """A queue was made, changed or deleted."""
        self._world.journal.note(QUEUES, name)

    def set(self, queue: Queue, given: Mapping[str, str]) -> None:
        """Change attributes; an empty policy takes it away."""
        known.check(given, fifo=queue.fifo)
        if "FifoQueue" in given:
            raise refusal("InvalidAttributeName", "Unknown Attribute FifoQueue.")
        merged = {key: value for key, value in (queue.attributes | dict(given)).items() if value != ""}
        self._check_kept(queue.name, queue.arn, merged, fifo=queue.fifo)
        queue.attributes, queue.modified = merged, self._world.clock.timestamp()
        self.changed(queue.name)

    def _check_kept(self, name: str, arn: str, attributes: Mapping[str, str], *, fifo: bool) -> None:
        known.check_together(attributes)
        known.check_allowed(attributes)
        wanted = known.redrive(attributes)
        if wanted is None:
            return
        dead = self.queues.get(wanted[0].rsplit(":", 1)[-1])
        given = attributes[known.DEAD]
        if dead is None or dead.arn != wanted[0]:
            raise invalid(given, known.DEAD, "Dead letter target does not exist.")
        if dead.fifo != fifo:
            raise invalid(given, known.DEAD, "Dead-letter queue must be same type of queue as the source.")
        if dead.name == name or not known.takes_from(dead.attributes, arn):
            raise invalid(given, known.DEAD, f"The redrive allow policy of {dead.arn} does not let {arn} use it.")

    def delete(self, queue: Queue) -> None:
        """It is gone, with its messages."""
        queue.purge()
        queue.recent.clear()
        del self.queues[queue.name]
        self.deleted[queue.name] = self._world.clock.timestamp()
        self.changed(queue.name)

    def purge(self, queue: Queue) -> None:
        """All messages are gone; once a minute."""
        now = self._world.clock.timestamp()
        if now - queue.purged < PAUSE:
            message = f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds."
            raise old("PurgeQueueInProgress", message)
        queue.purge()
        queue.purged = now
        self.changed(queue.name)

    def sources(self, queue: Queue) -> list[Queue]:
        """The queues whose dead letters come here."""
        return [one for one in self.queues.values() if one.dead_letters() == queue.name]

    def send(self, queue: Queue, request: Mapping[str, Any]) -> Message | Sent:
        """A message by the members of SendMessage, or of one entry of a batch."""
        body = check_body(request.get("MessageBody"))
        given: Attributes = request.get("MessageAttributes") or {}
        system: Attributes = request.get("MessageSystemAttributes") or {}
        check_attributes(given)
        if set(system) - {"AWSTraceHeader"}:
            raise refusal("InvalidParameterValue", "Message system attribute name must be AWSTraceHeader.")
        if (most := queue.number("MaximumMessageSize")) < size(body, given):
            reason = f"One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
            raise refusal("InvalidParameterValue", reason)
        group, deduplication = _ordered(queue, request, body)
        return queue.send(
            self._world.clock.timestamp(),
            body,
            given,
            system,
            self._world.account,
            delay=_delay(queue, request),
            group=group,
            deduplication=deduplication,
        )

    def receive(
        self, queue: Queue, limit: int, visibility: float | None = None, attempt: str | None = None
    ) -> list[Message]:
        """Messages, in flight from now on; those that were received too often go to the dead-letter queue."""
        now = self._world.clock.timestamp()
        timeout = queue.number("VisibilityTimeout") if visibility is None else visibility
        if attempt and (again := queue.again(attempt, now, timeout)):
            return again
        if queue.counts["in flight"] >= MOST_IN_FLIGHT:
            if queue.fifo:
                return []
            raise refusal("OverLimit", f"Too many messages in flight: {MOST_IN_FLIGHT} at most.")
        found: list[Message] = []
        while taken := queue.receive(now, limit - len(found), timeout):
            alive = self._without_dead(queue, taken, now)
            found += alive
            if len(alive) == len(taken):  # where some were dead, there may be more behind them
                break
        if attempt:
            queue.remember(attempt, now, found)
        return found

    def _without_dead(self, queue: Queue, taken: list[Message], now: float) -> list[Message]:
        wanted = known.redrive(queue.attributes)
        dead = self.queues.get(wanted[0].rsplit(":", 1)[-1]) if wanted else None
        if wanted is None or dead is None:
            return taken
        kept = [one for one in taken if one.count <= wanted[1]]
        for message in [one for one in taken if one.count > wanted[1]]:
            queue.remove(message)
            message.count -= 1  # nobody has received it this time
            dead.admit(message, now, queue.arn)
        return kept


def _check_same(found: Queue, given: Mapping[str, str]) -> None:
    for name, value in given.items():
        have = found.attributes.get(name)
        if have != value and not (have and name.endswith("Policy") and json.loads(have) == json.loads(value)):
            message = f"A queue already exists with the same name and a different value for attribute {name}"
            raise refusal("QueueAlreadyExists", message)


def _delay(queue: Queue, request: Mapping[str, Any]) -> float:
    given = request.get("DelaySeconds")
    if given is None or (queue.fifo and not given):
        return queue.number("DelaySeconds")
    if queue.fifo:
        raise invalid(given, "DelaySeconds", _OTHER_TYPE)
    if not 0 <= int(given) <= 900:
        raise invalid(given, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    return float(given)


def _ordered(queue: Queue, request: Mapping[str, Any], body: str) -> tuple[str | None, str | None]:
    """Group and deduplication id; a standard queue may have groups (fair queues), and no deduplication."""
    group, deduplication = request.get("MessageGroupId"), request.get("MessageDeduplicationId")
    check_identifier(group, "MessageGroupId")
    check_identifier(deduplication, "MessageDeduplicationId")
    if not queue.fifo:
        if deduplication is not None:
            raise invalid(deduplication, "MessageDeduplicationId", _OTHER_TYPE)
        return group, None
    if group is None:
        raise missing("MessageGroupId")
    if deduplication is None:
        if queue.attributes.get("ContentBasedDeduplication") != "true":
            message = (
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
                " explicitly"
            )
            raise refusal("InvalidParameterValue", message)
        # Of the body and not of attributes (API reference, SendMessage).
        deduplication = hashlib.sha256(body.encode()).hexdigest()
    return group, deduplication
