"""SageMaker's two endpoints: the control plane by target, the runtime by path."""

import importlib
import re
from typing import Any, Protocol
from urllib.parse import unquote

from localaws.errors import NotEmulated
from localaws.wire import Answer, Call, json_answer
from localaws.world import World

_INVOCATIONS = re.compile(r"^/endpoints/([^/]+)/invocations$")


class Service(Protocol):
    """What the front asks of the emulated SageMaker."""

    def handle(self, operation: str, request: dict[str, Any], caller: str) -> dict[str, Any]:
        """An operation of the control plane; raises AwsError."""
        ...

    def invoke(self, endpoint: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """An invocation of an endpoint: status, headers, body; raises AwsError."""
        ...

    def close(self) -> None:
        """Ends what runs beside the pump."""
        ...


class Absent:
    """Stands where no SageMaker is installed."""

    def handle(self, operation: str, request: dict[str, Any], caller: str) -> dict[str, Any]:  # noqa: ARG002
        """Refuses."""
        raise NotEmulated(f"sagemaker:{operation}")

    def invoke(self, endpoint: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:  # noqa: ARG002
        """Refuses."""
        raise NotEmulated(f"invoking {endpoint}")

    def close(self) -> None:
        """Nothing runs."""


def service(world: World) -> Service:
    """The emulated SageMaker."""
    try:
        module = importlib.import_module("localaws.sagemaker")
    except ModuleNotFoundError:
        return Absent()
    made: Service = module.SageMaker(world)
    return made


def handler(world: World, service: Service, call: Call) -> Answer:
    """One call of either endpoint; the control plane's under the lock, an invocation beside it."""
    found = _INVOCATIONS.match(call.path)
    if found:
        status, headers, body = service.invoke(unquote(found[1]), _headers(call), call.body)
        return Answer(status=status, headers=list(headers.items()), body=body)
    if not call.header("X-Amz-Target").startswith("SageMaker."):
        raise NotEmulated(f"sagemaker {call.method} {call.path}")
    with world.lock:
        return json_answer(service.handle(call.operation, call.json(), call.caller))


def _headers(call: Call) -> dict[str, str]:
    """Request headers by their lower-case names."""
    sent = {name[5:]: str(value) for name, value in call.environ.items() if name.startswith("HTTP_")}
    found = {name.replace("_", "-").lower(): value for name, value in sent.items()}
    return found | {"content-type": str(call.environ.get("CONTENT_TYPE", ""))}
