"""Lambda's part that is not running: the register of functions, and asynchronous invocations with their ends."""

from collections.abc import Callable
from functools import partial
from typing import Any

from localaws.errors import AwsError
from localaws.functions.embedded_metrics import embedded
from localaws.functions.model import Function, Outcome
from localaws.functions.runner import Runner
from localaws.metrics import key_of
from localaws.targets import Sender
from localaws.world import World

# Seconds from a failed attempt to the next one.
_BACKOFF = (60.0, 120.0)


class Lambda:
    """Functions by name; `send(arn, payload, sender, attributes)` reaches destinations and dead-letter queues."""

    def __init__(self, world: World, runner: Runner, send: Callable[[str, Any, Sender, dict[str, str]], None]) -> None:
        self._world = world
        self._runner = runner
        self._send = send
        self.functions: dict[str, Function] = {}

    @property
    def marks(self) -> dict[str, list[tuple[int, float]]]:
        """By function: from which byte of its log on the lines are of which moment."""
        return self._runner.marks

    def find(self, reference: str) -> Function:
        """By name, ARN or partial ARN, with or without the qualifier $LATEST."""
        name = reference.removesuffix(":$LATEST").rsplit(":", 1)[-1]
        if name not in self.functions:
            arn = f"arn:aws:lambda:{self._world.region}:{self._world.account}:function:{name}"
            raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)
        return self.functions[name]

    def invoke(self, reference: str, payload: Any) -> Outcome:
        """Runs a function now."""
        return self._run(self.find(reference), payload)

    def _run(self, function: Function, payload: Any) -> Outcome:
        outcome = self._runner.run(function, payload)
        self.count(function, self._world.clock.timestamp(), failed=outcome.error is not None)
        with self._world.lock:
            for key, at, value in embedded(outcome.logs):
                self._world.metrics.add(key, at, value)
                self._world.metrics.embedded.add(key)
        return outcome

    def count(self, function: Function, moment: float, *, failed: bool) -> None:
        """Lambda's metrics of one invocation; AWS publishes an error count with each, 0 or 1."""
        for metric, value in (("Invocations", 1.0), ("Errors", float(failed))):
            self._world.metrics.add(key_of("AWS/Lambda", metric, {"FunctionName": function.name}), moment, value)

    def invoke_async(self, reference: str, payload: Any) -> None:
        """Takes a payload into the asynchronous queue."""
        function = self.find(reference)
        received = self._world.clock.timestamp()
        self._plan(0, partial(self._again, function, payload, received, 1), f"invoke {function.name}")

    def _plan(self, seconds: float, action: Callable[[], None], label: str) -> None:
        # Not by world.later: a function that runs must not hold the lock, or nobody else is answered meanwhile.
        self._world.agenda.put(self._world.clock.timestamp() + seconds, action, label)

    def attempt(self, function: Function, payload: Any, received: float, number: int) -> Outcome:
        """One attempt of an asynchronous invocation, with what follows from how it ends."""
        current = self.functions.get(function.name, function)
        outcome = self._run(current, payload)
        if outcome.error is None:
            self._succeeded(current, payload, outcome, number)
            return outcome
        age = self._world.clock.timestamp() - received
        delay = _BACKOFF[min(number, len(_BACKOFF)) - 1]
        if number > current.asynchronous.retries:
            self._failed(current, payload, outcome, number, "RetriesExhausted")
        elif age + delay > current.asynchronous.max_age:
            self._failed(current, payload, outcome, number, "EventAgeExceeded")
        else:
            self._plan(delay, partial(self._again, current, payload, received, number + 1), f"retry {current.name}")
        return outcome

    def _again(self, function: Function, payload: Any, received: float, number: int) -> None:
        self.attempt(function, payload, received, number)

    def _succeeded(self, function: Function, payload: Any, outcome: Outcome, number: int) -> None:
        if function.asynchronous.on_success:
            record = self._record(function, payload, outcome, number, "Success")
            self._send(function.asynchronous.on_success, record, sent_by(function), {})

    def _failed(self, function: Function, payload: Any, outcome: Outcome, number: int, condition: str) -> None:
        if function.asynchronous.on_failure:
            record = self._record(function, payload, outcome, number, condition)
            self._send(function.asynchronous.on_failure, record, sent_by(function), {})
        if function.dead_letters:
            message = str((outcome.error or {}).get("errorMessage", ""))[:1024]
            attributes = {"RequestID": outcome.request_id, "ErrorCode": "200", "ErrorMessage": message}
            self._send(function.dead_letters, payload, sent_by(function), attributes)

    def _record(
        self, function: Function, payload: Any, outcome: Outcome, number: int, condition: str
    ) -> dict[str, Any]:
        failed = {"functionError": "Unhandled"} if outcome.error is not None else {}
        return {
            "version": "1.0",
            "timestamp": self._world.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "requestContext": {
                "requestId": outcome.request_id,
                "functionArn": f"{function.arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": number,
            },
            "requestPayload": payload,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"} | failed,
            "responsePayload": outcome.payload,
        }


def sent_by(function: Function) -> Sender:
    """What is left of an invocation goes out by the function's own role."""
    return Sender(service="lambda.amazonaws.com", role=function.role, session=function.name)
