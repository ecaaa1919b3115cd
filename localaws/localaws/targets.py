"""Handing something over to a queue, a function or a topic, by its ARN, as EventBridge and Lambda do."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException

from localaws.errors import AwsError
from localaws.faults import ConnectionFault, Faults, fail
from localaws.motoapps import Moto
from localaws.sqs import Queues
from localaws.wire import Call
from localaws.world import World


class DeliveryFailed(Exception):
    """A hand-over that failed; a target that is missing is not tried again."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who hands over: a service for a source of its own, or by a role, in whose name `session` stands."""

    service: str
    source: str = ""
    role: str = ""
    session: str = ""


_SERVICES = {"sqs": ("sqs", "SendMessage"), "lambda": ("lambda", "Invoke"), "sns": ("sns", "Publish")}


class Targets:
    """Delivers without a client; faults whose caller is the delivering service's principal strike here too."""

    def __init__(self, world: World, moto: Moto, queues: Queues, faults: Faults) -> None:
        self._world = world
        self._moto = moto
        self._queues = queues
        self._faults = faults
        self.invoke_async: Callable[[str, Any], None] = lambda arn, payload: None
        # Raises AwsError where the sender may not hand anything over to a target.
        self.permit: Callable[[Sender, str], None] = lambda sender, arn: None
        self.sent: Callable[[str], None] = lambda queue: None

    def send(
        self,
        arn: str,
        payload: Any,
        sender: Sender,
        attributes: dict[str, str] | None = None,
        group: str | None = None,
    ) -> None:
        """Hands a JSON payload over; raises DeliveryFailed."""
        kind = arn.split(":")[2]
        if kind not in _SERVICES:
            raise DeliveryFailed("NotImplemented", f"localaws delivers nothing to {arn}", retryable=False)
        try:
            self._fault(sender.service, *_SERVICES[kind], arn)
            self.permit(sender, arn)
            self._hand_over(kind, arn, payload, attributes or {}, group)
        except AwsError as exc:
            raise DeliveryFailed(exc.code, exc.message, retryable=exc.status >= 500 or "Thrott" in exc.code) from exc
        except ConnectionFault as exc:
            raise DeliveryFailed("SDK_CLIENT_ERROR", str(exc), retryable=True) from exc
        except ServiceException as exc:
            code = str(getattr(exc, "code", None) or type(exc).__name__)
            raise DeliveryFailed(code, str(exc), retryable=False) from exc

    def send_or_log(self, arn: str, payload: Any, sender: Sender, attributes: dict[str, str]) -> None:
        """For destinations and dead-letter queues, behind which there is nothing: what fails is logged and lost."""
        try:
            self.send(arn, payload, sender, attributes)
        except DeliveryFailed:
            self._world.log.exception("lost on the way to %s", arn)

    def _hand_over(self, kind: str, arn: str, payload: Any, attributes: dict[str, str], group: str | None) -> None:
        name = arn.rsplit(":", 1)[-1]
        if kind == "lambda":
            self.invoke_async(arn, payload)
            return
        body = payload if isinstance(payload, str) else json.dumps(payload)
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items() if value}
        with self._world.lock:
            if kind == "sqs":
                message = {"MessageBody": body, "MessageAttributes": typed, "MessageGroupId": group}
                self._queues.send(self._queues.find(name), message)
            else:
                self._moto.backend("sns").publish(body, arn=arn)
        self.sent(name)

    def _fault(self, caller: str, service: str, operation: str, arn: str) -> None:
        if not self._faults.planned:
            return
        call = Call(
            service=service,
            operation=operation,
            caller=caller,
            method="POST",
            path=arn,
            query="",
            body=b"",
            environ={},
        )
        mode = self._faults.strike(call, self._world.now())
        if mode:
            fail(mode, call)
