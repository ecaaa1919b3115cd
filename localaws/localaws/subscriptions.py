"""SNS on its way to queues: moto hands over whatever the queue's policy says."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.sns.models import Subscription
from moto.sqs.exceptions import QueueDoesNotExist

from localaws.errors import AwsError
from localaws.sqs import Queues
from localaws.targets import Sender
from localaws.world import World

_models: Any = importlib.import_module("moto.sns.models")


class Subscriptions:
    """Asks before each message to a queue, while it is open; what may not go there is logged and lost, as on AWS."""

    def __init__(self, world: World, queues: Queues, permit: Callable[[Sender, str], None]) -> None:
        original: Any = Subscription.publish

        def publish(subscription: Subscription, *message: Any, **more: Any) -> None:
            try:
                if subscription.protocol == "sqs":
                    sender = Sender(service="sns.amazonaws.com", source=subscription.topic.arn)
                    permit(sender, subscription.endpoint)
            except AwsError:
                world.log.exception("message dropped on the way to %s", subscription.endpoint)
                return
            original(subscription, *message, **more)

        self._original = original, _models.sqs_backends
        _models.sqs_backends = {world.account: {world.region: _Delivery(queues)}}
        Subscription.publish = publish  # type: ignore[method-assign, assignment]

    def close(self) -> None:
        """Gives moto its own back."""
        Subscription.publish, _models.sqs_backends = self._original  # type: ignore[method-assign]


class _Delivery:
    """What moto's SNS takes for moto's SQS."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        *,
        validate_group_id: bool = True,  # noqa: ARG002  a name of moto's
    ) -> None:
        """One message to a queue; a standard queue takes no deduplication id over from a topic."""
        queue = self._queues.find(queue_name)
        message = {"MessageBody": message_body, "MessageAttributes": message_attributes, "MessageGroupId": group_id}
        self._queues.send(queue, message | ({"MessageDeduplicationId": deduplication_id} if queue.fifo else {}))

    def get_queue(self, queue_name: str) -> Any:
        """A queue, for a topic that asks whether it is there."""
        if queue_name not in self._queues.queues:
            raise QueueDoesNotExist
        return SimpleNamespace(fifo_queue=self._queues.queues[queue_name].fifo)
