"""SQS before moto: a long poll must not hold the one lock."""

import json
import time

from localaws.clock import real_time
from localaws.motoapps import Moto
from localaws.wire import Answer, Call

_PAUSE = 0.05


class LongPolls:
    """Turns a long poll into short ones; in process it answers at once, since nobody else could send meanwhile."""

    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def handle(self, call: Call) -> Answer | None:
        """ReceiveMessage is ours; everything else is moto's."""
        if call.operation == "SetQueueAttributes":
            return self._moto.answer(self._with_policy(call))
        if call.operation != "ReceiveMessage":
            return None
        request = call.json()
        wait = float(request.get("WaitTimeSeconds", 0))
        short = self._short(call, request)
        deadline = real_time() + wait
        while True:
            answer = self._moto.answer(short)
            empty = answer.status == 200 and not json.loads(answer.body or b"{}").get("Messages")
            if not empty or call.environ.get("localaws.in_process") or real_time() >= deadline:
                return answer
            time.sleep(_PAUSE)
            short = self._short(call, request)

    def _with_policy(self, call: Call) -> Call:
        """moto takes a queue's policy away where it is not sent along."""
        request = call.json()
        queue = self._moto.backend("sqs").queues.get(str(request.get("QueueUrl", "")).rsplit("/", 1)[-1])
        kept = {"Policy": queue.policy} if queue and queue.policy else {}
        return call.with_body(json.dumps(request | {"Attributes": kept | request.get("Attributes", {})}).encode())

    @staticmethod
    def _short(call: Call, request: dict[str, object]) -> Call:
        return call.with_body(json.dumps(request | {"WaitTimeSeconds": 0}).encode())
