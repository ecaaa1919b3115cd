"""SageMaker's two endpoints: the control plane by target, the runtime by path."""

import re
from urllib.parse import unquote

from localaws.errors import NotEmulated
from localaws.iam.guard import Guard
from localaws.sagemaker import SageMaker
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

_INVOCATIONS = re.compile(r"^/endpoints/([^/]+)/invocations$")


class SageMakerFront:
    """The control plane runs under the lock, an invocation beside it."""

    def __init__(self, world: World, service: SageMaker, guard: Guard) -> None:
        self._world, self._service, self._guard = world, service, guard

    def handle(self, call: Call) -> Answer:
        """One call of either endpoint."""
        found = _INVOCATIONS.match(call.path)
        if found:
            status, headers, body = self._service.invoke(unquote(found[1]), _headers(call), call.body)
            return Answer(status=status, headers=list(headers.items()), body=body)
        if not call.header("X-Amz-Target").startswith("SageMaker."):
            raise NotEmulated(f"sagemaker {call.method} {call.path}")
        with self._world.lock:
            return json_answer(self._service.handle(call.operation, call.json(), self._guard.identity(call)))


def _headers(call: Call) -> dict[str, str]:
    """Request headers by their lower-case names."""
    sent = {name[5:]: str(value) for name, value in call.environ.items() if name.startswith("HTTP_")}
    found = {name.replace("_", "-").lower(): value for name, value in sent.items()}
    return found | {"content-type": str(call.environ.get("CONTENT_TYPE", ""))}
