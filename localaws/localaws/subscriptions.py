"""SNS on its way to queues: moto hands over whatever the queue's policy says."""

from collections.abc import Callable
from typing import Any

from moto.sns.models import Subscription

from localaws.errors import AwsError
from localaws.targets import Sender
from localaws.world import World


class Subscriptions:
    """Asks before each message to a queue, while it is open; what may not go there is logged and lost, as on AWS."""

    def __init__(self, world: World, permit: Callable[[Sender, str], None]) -> None:
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

        self._original = original
        Subscription.publish = publish  # type: ignore[method-assign, assignment]

    def close(self) -> None:
        """Gives moto its own back."""
        Subscription.publish = self._original  # type: ignore[method-assign]
